// This file is about building one program from the Go module proxy.
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type GoModule, runGo } from './go-command.ts'
import { changeFlags, type SourceChange } from './source-change.ts'

/** What is built, and from where; a part of the sandbox is one. */
export interface Buildable extends GoModule {
  /** Also its file name. */
  readonly name: string
  readonly main: string
  /** The variable of the program that holds its version. */
  readonly versionVariable?: string
  /** Build tags: what the source may be built without. */
  readonly tags?: readonly string[]
  readonly change?: SourceChange
}

/**
 * Builds `part` so that `target` appears complete or not at all.
 * @throws BuildFailed
 */
export async function buildPart(
  part: Buildable,
  target: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const folder = dirname(target)
  await mkdir(dirname(folder), { recursive: true })
  const unfinished = await mkdtemp(`${folder}.unfinished-`)
  const changed = await mkdtemp(`${folder}.changed-`)
  try {
    const change = part.change === undefined ? [] : await changeFlags(part, part.change, changed, env)
    const flags = [...buildFlags(part), ...change]
    await runGo(part, env, ['build', ...flags, '-o', join(unfinished, part.name), part.main])
    await chmod(unfinished, 0o755)
    await rm(folder, { recursive: true, force: true })
    await rename(unfinished, folder)
  } finally {
    for (const rest of [unfinished, changed]) await rm(rest, { recursive: true, force: true })
  }
}

const buildFlags = (part: Buildable): string[] => {
  const version = part.versionVariable === undefined ? '' : ` -X ${part.versionVariable}=${part.version}`
  const tags = part.tags === undefined ? [] : [`-tags=${part.tags.join(',')}`]
  return ['-mod=readonly', '-trimpath', '-buildvcs=false', `-ldflags=-s -w${version}`, ...tags]
}
