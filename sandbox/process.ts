// This file is about the sandbox's operating-system processes: each detached, with a pid file and a log file.
import { spawn } from 'node:child_process'
import { mkdirSync, openSync, closeSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Instant, systemClock } from '../src/base/clock.ts'
import { identify, isAlive, type ProcessIdentity, processesWith } from './process-identity.ts'
import { waitFor } from './wait.ts'
import { writeWhole } from './whole-file.ts'

/** What to run; `name` names the pid file and the log file. */
export interface Command {
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface RunningProcess extends ProcessIdentity {
  readonly since: Instant
}

/** In each process's environment, so that one whose pid file was never written (we died in between) is found too. */
const FOLDER_VARIABLE = 'EVERPULL_STATE_FOLDER'

/** How long a process may take to end by itself before it is killed. etcd and the API server need well under a second. */
const GRACE_MS = 10_000

export const logFile = (folder: string, name: string): string => join(folder, 'logs', `${name}.log`)
const pidFile = (folder: string, name: string): string => join(folder, 'run', `${name}.json`)

/**
 * Starts a process that outlives us, in a session of its own (a Ctrl-C meant for us does not reach it), with an
 * environment of its own: nothing of ours (proxies, credentials, kubeconfigs) leaks in.
 */
export async function startProcess(folder: string, command: Command): Promise<RunningProcess> {
  mkdirSync(join(folder, 'run'), { recursive: true })
  mkdirSync(join(folder, 'logs'), { recursive: true })
  const log = openSync(logFile(folder, command.name), 'a', 0o600)
  try {
    const child = spawn(command.file, [...command.args], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env.PATH, HOME: folder, ...command.env, [FOLDER_VARIABLE]: folder },
    })
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
    child.unref()
    const identity = identify(child.pid ?? 0)
    if (identity === undefined)
      throw new Error(`${command.name} ended at once: ${lastWords(folder, command.name)}`)
    return record(folder, command.name, { ...identity, since: systemClock.now() })
  } finally {
    closeSync(log)
  }
}

function record(folder: string, name: string, running: RunningProcess): RunningProcess {
  writeWhole(pidFile(folder, name), JSON.stringify(running))
  return running
}

/** The process that runs under this name; undefined when none does, whatever its pid file says. */
export function runningProcess(folder: string, name: string): RunningProcess | undefined {
  try {
    const running = JSON.parse(readFileSync(pidFile(folder, name), 'utf8')) as RunningProcess
    return isAlive(running) ? running : undefined
  } catch {
    return undefined
  }
}

/** Sends a signal; false when no such process runs. */
export function signalProcess(folder: string, name: string, signal: NodeJS.Signals): boolean {
  const running = runningProcess(folder, name)
  return running !== undefined && send(running, signal)
}

/** Ends the process: SIGTERM, and SIGKILL when it takes too long. Returns when it is gone. */
export async function stopProcess(folder: string, name: string, graceMs: number = GRACE_MS): Promise<void> {
  const running = runningProcess(folder, name)
  if (running !== undefined) await end(running, name, graceMs)
  rmSync(pidFile(folder, name), { force: true })
}

/** Kills and waits until the process is gone: a crash. */
export const crashProcess = (folder: string, name: string): Promise<void> => stopProcess(folder, name, 0)

/**
 * Ends every process of this folder: those with pid files, and strays that carry the folder in their environment.
 * With a grace of 0 they are killed at once, which is right where all they wrote is deleted next.
 */
export async function stopAllProcesses(folder: string, graceMs: number = GRACE_MS): Promise<void> {
  await Promise.all(recordedNames(folder).map((name) => stopProcess(folder, name, graceMs)))
  await stopStrays(folder)
}

/** Kills what carries this folder in its environment and is not recorded: what a crash between two steps left. */
export async function stopStrays(folder: string): Promise<void> {
  const known = new Set(recordedNames(folder).map((name) => runningProcess(folder, name)?.pid))
  const strays = processesWith(FOLDER_VARIABLE, folder).filter(({ pid }) => !known.has(pid))
  await Promise.all(strays.map((stray) => end(stray, `process ${stray.pid}`, 0)))
}

function recordedNames(folder: string): string[] {
  try {
    return readdirSync(join(folder, 'run')).flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? [])
  } catch {
    return []
  }
}

async function end(identity: ProcessIdentity, name: string, graceMs: number): Promise<void> {
  const gone = (): boolean => !isAlive(identity)
  if (graceMs > 0) {
    send(identity, 'SIGTERM')
    // A stopped process acts on the signal only once it is continued.
    send(identity, 'SIGCONT')
    const ended = await waitFor(gone, { what: name, limitMs: graceMs, everyMs: 10 }).catch(() => false)
    if (ended) return
  }
  send(identity, 'SIGKILL')
  await waitFor(gone, { what: `${name} ends after SIGKILL`, limitMs: 10_000, everyMs: 10 })
}

function send(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false
  try {
    return process.kill(identity.pid, signal)
  } catch {
    return false
  }
}

/** The last lines of a part's log, for the message that tells why it ended. */
export function lastWords(folder: string, name: string): string {
  try {
    return readFileSync(logFile(folder, name), 'utf8').trimEnd().split('\n').slice(-5).join('\n')
  } catch {
    return '(no log)'
  }
}
