// This file is about finding a part that is already there: named by KUBEBUILDER_ASSETS, in our cache, or on PATH.
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { Buildable } from './build.ts'
import { type Part, versionFits } from './catalog.ts'
import { changeDigest } from './source-change.ts'

const run = promisify(execFile)

type Environment = Readonly<Record<string, string | undefined>>

/** Where a built part lies: one folder per part, version and change, which exists only when it is complete. */
export const cachedPath = (cache: string, part: Pick<Buildable, 'name' | 'version' | 'change'>): string => {
  const change = part.change === undefined ? '' : `-${changeDigest(part.change)}`
  return join(cache, 'parts', `${part.name}-${part.version}${change}`, part.name)
}

/**
 * The part's path if it need not be built. KUBEBUILDER_ASSETS is taken at its word; PATH must have the version. Only
 * the cache has a part with a change.
 */
export async function findPart(part: Part, cache: string, env: Environment): Promise<string | undefined> {
  const cached = cachedPath(cache, part)
  if (part.change !== undefined) return isExecutable(cached) ? cached : undefined
  if (env.KUBEBUILDER_ASSETS) {
    const named = join(env.KUBEBUILDER_ASSETS, part.name)
    if (isExecutable(named)) return named
  }
  if (isExecutable(cached)) return cached
  for (const folder of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const found = join(folder, part.name)
    if (isExecutable(found) && versionFits(part.version, await versionOf(found, part))) return found
  }
  return undefined
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What the program says of its version; nothing when it fails or takes longer than 10 seconds. */
async function versionOf(file: string, part: Part): Promise<string> {
  try {
    return (await run(file, [...part.versionArgs], { timeout: 10_000 })).stdout
  } catch {
    return ''
  }
}
