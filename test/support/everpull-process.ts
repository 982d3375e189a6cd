// This file is about everpull as its users start it: a process, seen from outside.
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'

export const CHECKOUT = join(import.meta.dirname, '..', '..')

/** One way of starting it: the words before the command line's own. */
export interface Start {
  readonly says: string
  readonly command: readonly [string, ...string[]]
  readonly cwd?: string
  /** Added to the system's own. */
  readonly environment?: Readonly<Record<string, string>>
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface Running {
  readonly child: ChildProcess
  /** Resolves when it and everything it started have let go of its output. */
  readonly ended: Promise<Ended>
}

export function startEverpull(start: Start, args: readonly string[]): Running {
  const [program, ...before] = start.command
  const child = spawn(program, [...before, ...args], {
    cwd: start.cwd ?? CHECKOUT,
    // A group of its own, so that a test that failed can end all of it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...systemEnvironment(), ...start.environment },
  })
  const ended = Promise.all([text(child.stdout), text(child.stderr), exitOf(child)])
  return { child, ended: ended.then(([out, err, exit]) => ({ ...exit, out, err })) }
}

/** Ends whatever is left of a process and of those it started. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

export const runEverpull = (start: Start, ...args: readonly string[]): Promise<Ended> =>
  startEverpull(start, args).ended

function exitOf(child: ChildProcess): Promise<Pick<Ended, 'code' | 'signal'>> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}

/** A user's shell knows nothing of our node_modules, and tests run inside tests would wait for each other. */
export function systemEnvironment(): NodeJS.ProcessEnv {
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env
  return { ...environment, PATH: path.join(delimiter) }
}

/** A program of the system's, found as its shell would. */
export function systemProgram(name: string): string | undefined {
  return (systemEnvironment()['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
