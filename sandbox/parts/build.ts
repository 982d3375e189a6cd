// This file is about building one program from the Go module proxy.
import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What is built, and from where; a part of the sandbox is one. */
export interface Buildable {
  /** Also its file name. */
  readonly name: string
  /** With the leading v. */
  readonly version: string
  /** Where its go.mod lies. */
  readonly source: string
  readonly main: string
  /** The variable of the program that holds its version. */
  readonly versionVariable?: string
}

/** A part that could not be built; the message is one sentence for the person at the keyboard. */
export class BuildFailed extends Error {
  override name = 'BuildFailed'
}

/**
 * Builds `part` so that `target` appears complete or not at all. Nothing of the caller's Go settings that could
 * change the result is assumed: flags, workspaces and cgo are set here; the module proxy and toolchain are the caller's.
 */
export async function buildPart(
  part: Buildable,
  target: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const folder = dirname(target)
  await mkdir(dirname(folder), { recursive: true })
  const unfinished = await mkdtemp(`${folder}.unfinished-`)
  try {
    await runGo(part, env, ['build', ...buildFlags(part), '-o', join(unfinished, part.name), part.main])
    await chmod(unfinished, 0o755)
    await rm(folder, { recursive: true, force: true })
    await rename(unfinished, folder)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

const buildFlags = (part: Buildable): string[] => {
  const version = part.versionVariable === undefined ? '' : ` -X ${part.versionVariable}=${part.version}`
  return ['-mod=readonly', '-trimpath', '-buildvcs=false', `-ldflags=-s -w${version}`]
}

function runGo(part: Buildable, callers: NodeJS.ProcessEnv, args: readonly string[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const env = { ...callers, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' }
  const go = spawn('go', args, { cwd: part.source, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  go.stderr.setEncoding('utf8').on('data', (text: string) => {
    // The last lines name the cause; a long download list before them is of no use.
    complaint = (complaint + text).slice(-4000)
  })
  go.on('error', (error: NodeJS.ErrnoException) => reject(startFailure(part, error)))
  go.on('close', (code) => (code === 0 ? resolve() : reject(buildFailure(part, code, complaint))))
  return promise
}

const startFailure = (part: Buildable, error: NodeJS.ErrnoException): Error =>
  error.code === 'ENOENT'
    ? new BuildFailed(
        `Go is missing: ${part.name} ${part.version} is built with it; install Go 1.26 or newer (https://go.dev/dl) and put it on PATH.`,
      )
    : new BuildFailed(`cannot start go to build ${part.name}: ${error.message}`)

function buildFailure(part: Buildable, code: number | null, complaint: string): Error {
  const tooOld = /requires go >= (\S+) \(running go (\S+?);/.exec(complaint)
  if (tooOld !== null)
    return new BuildFailed(
      `Go ${tooOld[2]} is too old: ${part.name} ${part.version} needs Go ${tooOld[1]} or newer (https://go.dev/dl).`,
    )
  const lines = complaint.split('\n').filter((line) => line !== '' && !line.startsWith('go: downloading'))
  return new BuildFailed(
    `building ${part.name} ${part.version} failed (go exited with ${code}):\n${lines.join('\n')}`,
  )
}
