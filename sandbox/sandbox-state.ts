// This file is about what a sandbox is doing now, read from its folder without touching it.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { rfc3339 } from '../src/base/clock.ts'
import { runningProcess } from './process.ts'
import { defaultSandboxFolder } from './sandbox.ts'
import { knownPort, SANDBOX_PARTS, type SandboxPart } from './sandbox-parts.ts'

export interface SandboxPartState {
  readonly name: SandboxPart
  readonly state: 'running' | 'stopped'
  readonly pid?: number
  /** host:port, kept while it is stopped. */
  readonly address?: string
  /** When it was started, RFC 3339; the difference to now is its uptime. */
  readonly since?: string
}

export interface SandboxState {
  readonly folder: string
  /** Empty when there is no sandbox. */
  readonly parts: readonly SandboxPartState[]
}

export function sandboxState(given: string = defaultSandboxFolder()): SandboxState {
  const folder = resolve(given)
  return { folder, parts: existsSync(folder) ? SANDBOX_PARTS.map((name) => partState(folder, name)) : [] }
}

function partState(folder: string, name: SandboxPart): SandboxPartState {
  const port = knownPort(folder, name)
  const running = runningProcess(folder, name)
  return {
    name,
    state: running === undefined ? 'stopped' : 'running',
    ...(running !== undefined && { pid: running.pid, since: rfc3339(running.since) }),
    ...(port !== undefined && { address: `127.0.0.1:${port}` }),
  }
}
