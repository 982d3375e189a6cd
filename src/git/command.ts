// This file is about running git: arguments as a list, an environment of our own, a limit in time, and no terminal to ask on.
import { spawn } from 'node:child_process'
import { systemClock } from '../base/clock.ts'
import { failWith, GitFailure, heardFault, scrubbed } from './fault.ts'

export interface GitRun {
  /** 0 where git is content. */
  readonly code: number
  readonly stdout: Buffer
  /** Scrubbed of all that is secret. */
  readonly stderr: string
}

export interface GitSetting {
  /** The folder git runs in. */
  readonly folder: string
  /** The whole environment: nothing of this process is added. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What must never be told. */
  readonly secrets: readonly string[]
  /** How the repository is called in messages. */
  readonly where: string
  /** For one run of git, in milliseconds. */
  readonly timeLimitMs: number
}

export interface GitAsk {
  readonly input?: string | Buffer
  readonly environment?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Git on one repository. */
export interface Git {
  readonly where: string
  /** Where it runs. */
  readonly folder: string
  /** Runs it and gives whatever came of it. @throws GitFailure when it is missing or took too long; the signal's reason */
  run(args: readonly string[], asked: GitAsk): Promise<GitRun>
  /** Its output. @throws GitFailure also when git fails */
  must(args: readonly string[], asked: GitAsk): Promise<Buffer>
  /** Its output as text without the last line break; undefined when git fails. */
  maybe(args: readonly string[], asked: GitAsk): Promise<string | undefined>
}

export const gitIn = (setting: GitSetting): Git => {
  const run = (args: readonly string[], asked: GitAsk): Promise<GitRun> => runGit(setting, args, asked)
  return {
    where: setting.where,
    folder: setting.folder,
    run,
    must: async (args, asked) => {
      const { code, stdout, stderr } = await run(args, asked)
      if (code !== 0) throw new GitFailure(heardFault(stderr, setting.where))
      return stdout
    },
    maybe: async (args, asked) => {
      const { code, stdout } = await run(args, asked)
      return code === 0 ? stdout.toString('utf8').replace(/\n$/, '') : undefined
    },
  }
}

/** More than any listing of a repository of settings; what goes beyond is no such repository. */
const MOST_OUTPUT = 128 << 20
/** What is said last is of no interest after so much. */
const MOST_WORDS = 1 << 20
/** Git removes its lock files when it is asked to end; what does not listen is killed. */
const GRACE_MS = 2_000
const MISSING = 'git is not installed, or not on PATH: install git 2.31 or newer'

async function runGit(setting: GitSetting, args: readonly string[], asked: GitAsk): Promise<GitRun> {
  asked.signal.throwIfAborted()
  const late = AbortSignal.timeout(setting.timeLimitMs)
  const ran = await spawnGit(setting, args, asked, AbortSignal.any([asked.signal, late]))
  asked.signal.throwIfAborted()
  if (ran === 'missing') failWith('git-missing', MISSING)
  if (ran === 'too-much') failWith('failed', `${setting.where} holds more than can be read`)
  if (late.aborted) {
    failWith('unreachable', `${setting.where} did not answer within ${setting.timeLimitMs / 1000} s`)
  }
  return { ...ran, stderr: scrubbed(ran.stderr, setting.secrets) }
}

type Ended = GitRun | 'missing' | 'too-much'

function spawnGit(
  { folder, environment }: GitSetting,
  args: readonly string[],
  asked: GitAsk,
  stop: AbortSignal,
): Promise<Ended> {
  return new Promise((done, fail) => {
    // In a session of its own it has no terminal to ask on, and all it started ends with it.
    const child = spawn('git', [...args], {
      cwd: folder,
      env: { ...environment, ...asked.environment },
      detached: true,
      stdio: 'pipe',
    })
    let cancelKill: (() => void) | undefined
    const stopAll = (): void => {
      cancelKill ??= endGroup(child.pid)
    }
    const out: Buffer[] = []
    const errors: Buffer[] = []
    let size = 0
    child.stdout.on('data', (part: Buffer) => {
      size += part.length
      if (size > MOST_OUTPUT) stopAll()
      else out.push(part)
    })
    let told = 0
    child.stderr.on('data', (part: Buffer) => {
      told += part.length
      if (told <= MOST_WORDS) errors.push(part)
    })
    child.once('error', (error: NodeJS.ErrnoException) => {
      stop.removeEventListener('abort', stopAll)
      if (error.code === 'ENOENT') done('missing')
      else fail(error)
    })
    child.once('close', (code) => {
      stop.removeEventListener('abort', stopAll)
      cancelKill?.()
      if (size > MOST_OUTPUT) return done('too-much')
      done({ code: code ?? -1, stdout: Buffer.concat(out), stderr: Buffer.concat(errors).toString('utf8') })
    })
    stop.addEventListener('abort', stopAll, { once: true })
    if (stop.aborted) stopAll()
    // Git that ends early reads no more: its exit code says why.
    child.stdin.on('error', () => {})
    child.stdin.end(asked.input ?? '')
  })
}

/** Returns how to spare what has not ended yet. */
function endGroup(pid: number | undefined): () => void {
  if (pid === undefined) return () => {}
  signalGroup(pid, 'SIGTERM')
  return systemClock.after(GRACE_MS, () => signalGroup(pid, 'SIGKILL'))
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // It is gone already.
  }
}
