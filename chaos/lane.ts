// This file is about a lane: one control plane and one AWS that many seeds use one after the other.
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { ApiFront } from './front.ts'

export interface Lane extends AsyncDisposable {
  readonly number: number
  /** Its parts are started, stopped and signalled through it; `sandbox.controlPlane.admin` asks the API server directly. */
  readonly sandbox: Sandbox
  /** The emulator's admin API: `admin('POST', '/faults', {kind: 'throttle'})`. */
  admin<T>(method: string, path: string, body?: unknown): Promise<T>
  /** kubectl as admin, past every front. */
  kubectl(args: readonly string[], input?: string): Promise<string>
  /** Output of a command of the CLI: `everpull(['crds'])`. */
  everpull(args: readonly string[]): Promise<string>
}

/** One operator of a seed. Its process may end and be started anew; the replica and its front stay. */
export interface Replica {
  /** From 0. */
  readonly number: number
  /** As the audit log names it: each replica has a service account of its own. */
  readonly user: string
  /** What it reaches the API server through, and nobody else. */
  readonly front: ApiFront
  /** Of its process now; undefined while none runs. */
  readonly pid: number | undefined
  signal(signal: NodeJS.Signals): void
  /** SIGKILL; resolves once it is gone. */
  kill(): Promise<void>
  /** Starts it (again), with the flags of the seed; resolves once the process is there, ready or not. */
  start(): Promise<void>
}
