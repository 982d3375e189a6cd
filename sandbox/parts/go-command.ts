// This file is about running go for one part, and saying in one sentence what is wrong when it fails.
import { spawn } from 'node:child_process'

/** A part that could not be built; the message is one sentence for the person at the keyboard. */
export class BuildFailed extends Error {
  override name = 'BuildFailed'
}

/** For which part go runs, and where its go.mod lies. */
export interface GoModule {
  readonly name: string
  /** With the leading v. */
  readonly version: string
  readonly source: string
}

/**
 * What go printed. Nothing of the caller's Go settings that could change the result is assumed: flags, workspaces and
 * cgo are set here; the module proxy and toolchain are the caller's.
 * @throws BuildFailed
 */
export function runGo(part: GoModule, callers: NodeJS.ProcessEnv, args: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const env = { ...callers, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' }
  const go = spawn('go', args, { cwd: part.source, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  go.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  let complaint = ''
  go.stderr.setEncoding('utf8').on('data', (text: string) => {
    // The last lines name the cause; a long download list before them is of no use.
    complaint = (complaint + text).slice(-4000)
  })
  go.on('error', (error: NodeJS.ErrnoException) => reject(startFailure(part, error)))
  go.on('close', (code) => (code === 0 ? resolve(output) : reject(buildFailure(part, code, complaint))))
  return promise
}

const startFailure = (part: GoModule, error: NodeJS.ErrnoException): Error =>
  error.code === 'ENOENT'
    ? new BuildFailed(
        `Go is missing: ${part.name} ${part.version} is built with it; install Go 1.26 or newer (https://go.dev/dl) and put it on PATH.`,
      )
    : new BuildFailed(`cannot start go to build ${part.name}: ${error.message}`)

function buildFailure(part: GoModule, code: number | null, complaint: string): Error {
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
