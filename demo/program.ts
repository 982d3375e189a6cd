// This file is about running a program to its end and reading what it printed.
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'

export interface ProgramOptions {
  /** All of its environment besides PATH: nothing else of ours leaks in. */
  readonly env: Readonly<Record<string, string>>
  readonly input?: string
  /** Ends it. */
  readonly signal?: AbortSignal | undefined
}

/** It ended with another code than 0, or was killed; the message holds all it said. */
export class ProgramFailed extends Error {
  override name = 'ProgramFailed'
}

/** Resolves to its standard output. Rejects with ProgramFailed, or with an AbortError when called off. */
export async function run(
  [program, ...args]: readonly [string, ...string[]],
  { env, input, signal }: ProgramOptions,
): Promise<string> {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: 'pipe',
    // In a group of its own it is not hit by the Ctrl-C meant for us, and does not count as failed.
    detached: true,
    ...(signal && { signal }),
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const ended = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    let calledOff: Error | undefined
    child.once('error', (error) => {
      // It may still write where it was told to: whoever called it off hears of it when it is gone.
      if (child.pid === undefined) reject(error)
      else calledOff = error
    })
    child.once('close', (code, killedBy) => {
      if (calledOff === undefined) resolve(killedBy ?? code)
      else reject(calledOff)
    })
  })
  const [out, err, end] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (end !== 0) throw new ProgramFailed(`${args.join(' ')} ended with ${end}: ${`${err}${out}`.trim()}`)
  return out
}

/** A program of the system's, found as a shell would; undefined where there is none. */
export const programOnPath = (name: string): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find(isExecutable)

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
