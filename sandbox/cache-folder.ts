// This file is about where the package lies and where it keeps what it builds.
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** The folder of this package's package.json, from a checkout as from an installed copy (where the code lies in dist/). */
export function packageRoot(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (
      existsSync(manifest) &&
      (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }).name === 'everpull'
    )
      return folder
    if (folder === dirname(folder)) throw new Error(`no package.json of everpull above ${from}`)
  }
}

/**
 * Where built parts and the sandbox's state go: EVERPULL_CACHE, else `.cache` in a checkout, else (installed by npm,
 * where the package folder may be read-only and vanishes with each update) the user's cache folder.
 */
export function cacheFolder(env: Environment = process.env, root: string = packageRoot()): string {
  if (env.EVERPULL_CACHE) return resolve(env.EVERPULL_CACHE)
  if (!root.split(sep).includes('node_modules')) return join(root, '.cache')
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'everpull')
}
