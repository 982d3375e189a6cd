// This file is about AWS's shared files: where `config` and `credentials` lie, and what their profiles say.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from './connection.ts'

export type Profile = ReadonlyMap<string, string>

/** Texts; undefined where there is no such file. */
export interface SharedFiles {
  readonly config: string | undefined
  readonly credentials: string | undefined
}

/** A comment begins the line or follows white space, so that a value may hold "#" and ";". */
const COMMENT = /(^|\s)[;#].*$/

/** The sections of such a file by name as written ("default", "profile dev"). Indented settings nest and are left out. */
export function parseProfiles(text: string): ReadonlyMap<string, Profile> {
  const sections = new Map<string, Map<string, string>>()
  let current: Map<string, string> | undefined
  let nested = false
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.replace(COMMENT, '').trim()
    const name = /^\[(.*)\]$/.exec(line)?.[1]
    const equals = line.indexOf('=')
    if (name !== undefined) {
      current = sections.get(name.trim()) ?? new Map()
      sections.set(name.trim(), current)
      nested = false
    } else if (equals > 0) {
      const value = line.slice(equals + 1).trim()
      nested = value === '' || (nested && /^\s/.test(raw))
      if (!nested) current?.set(line.slice(0, equals).trim(), value)
    }
  }
  return sections
}

export async function readSharedFiles(environment: Environment): Promise<SharedFiles> {
  const home = environment['HOME'] ?? ''
  const [config, credentials] = await Promise.all([
    textOf(environment['AWS_CONFIG_FILE'] || join(home, '.aws', 'config'), home),
    textOf(environment['AWS_SHARED_CREDENTIALS_FILE'] || join(home, '.aws', 'credentials'), home),
  ])
  return { config, credentials }
}

/** The region of the chosen profile; the config file's word counts first. */
export function sharedRegion(environment: Environment, files: SharedFiles): string | undefined {
  const name = environment['AWS_PROFILE'] || 'default'
  const config = parseProfiles(files.config ?? '')
  const profile = config.get(`profile ${name}`) ?? config.get(name)
  return (
    profile?.get('region') ??
    parseProfiles(files.credentials ?? '')
      .get(name)
      ?.get('region')
  )
}

async function textOf(path: string, home: string): Promise<string | undefined> {
  try {
    return await readFile(path.startsWith('~/') ? join(home, path.slice(2)) : path, 'utf8')
  } catch {
    // The SDK reads an unreadable file as an empty one, and the next link of the chain is tried.
    return undefined
  }
}
