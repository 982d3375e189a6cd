// This file is about having every part at hand: found where it is, built where it is not.
import { join } from 'node:path'
import { formatDuration } from '../../src/base/duration.ts'
import { systemClock } from '../../src/base/clock.ts'
import { cacheFolder } from '../cache-folder.ts'
import { buildPart } from './build.ts'
import { withLock } from '../file-lock.ts'
import { PART_NAMES, type Part, partNamed, type PartName } from './catalog.ts'
import { cachedPath, findPart } from './lookup.ts'

export type PartPaths<Name extends PartName = PartName> = Readonly<Record<Name, string>>

/**
 * The absolute path of each part, building what is missing, one after the other (a Go build fills all cores).
 * When everything is there it only looks at files. `onProgress` is told one line per thing that takes time.
 * @throws BuildFailed, with a sentence for the user
 */
export async function ensureParts<Name extends PartName = PartName>(
  names: readonly Name[] = PART_NAMES as unknown as readonly Name[],
  onProgress: (line: string) => void = () => {},
): Promise<PartPaths<Name>> {
  const cache = cacheFolder()
  const entries: [Name, string][] = []
  for (const name of names) entries.push([name, await ensurePart(partNamed(name), cache, onProgress)])
  return Object.fromEntries(entries) as Record<Name, string>
}

async function ensurePart(part: Part, cache: string, onProgress: (line: string) => void): Promise<string> {
  const found = await findPart(part, cache, process.env)
  if (found !== undefined) return found
  return withLock(
    join(cache, 'parts', 'build.lock'),
    async () => (await findPart(part, cache, process.env)) ?? buildAloud(part, cache, onProgress),
    (pid) => onProgress(`waiting for process ${pid}, which is building parts`),
  )
}

async function buildAloud(part: Part, cache: string, onProgress: (line: string) => void): Promise<string> {
  const target = cachedPath(cache, part)
  const began = systemClock.monotonic()
  onProgress(`building ${part.name} ${part.version} (once; kept in ${join(cache, 'parts')})`)
  await buildPart(part, target)
  onProgress(`built ${part.name} ${part.version} in ${formatDuration(systemClock.monotonic() - began)}`)
  return target
}
