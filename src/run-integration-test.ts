// This file is about testing a connection from the command line: as the operator would ask, or as this machine does.
import type { Caller } from './look-around.ts'
import type {
  ConnectionTold,
  IntegrationSettings,
  TestAsked,
  TestedFrom,
  TestOptions,
} from './operator/commands/integrations.ts'
import { testHere } from './run-integration-test/here.ts'
import { testInCluster } from './run-integration-test/in-cluster.ts'

/** A connection has two dozen steps, each of which may be waited for. */
const PATIENCE_MS = 180_000

/**
 * Whatever it takes in the cluster is gone again when this settles. Rejects with a CommandFailure where nothing could be
 * tested at all; what AWS refuses is a step of what it resolves to. `signal` calls it off.
 */
export function runIntegrationTest(
  caller: Caller,
  { tested, from, ...options }: TestAsked,
  signal?: AbortSignal,
): Promise<ConnectionTold> {
  const limit = AbortSignal.timeout(options.patience ?? PATIENCE_MS)
  const until = signal === undefined ? limit : AbortSignal.any([signal, limit])
  return from === 'here'
    ? testHere(caller, tested, options, until)
    : testInCluster(caller, tested, options, until)
}

/** The same, of a form that nobody has saved. */
export const testConnection = (
  caller: Caller,
  settings: IntegrationSettings,
  from: TestedFrom,
  options: TestOptions = {},
  signal?: AbortSignal,
): Promise<ConnectionTold> =>
  runIntegrationTest(caller, { ...options, tested: { is: 'settings', settings }, from }, signal)
