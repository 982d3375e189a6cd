// This file is about having the operator test a connection, with the identity that will be used: by way of an object of its own.
//
// Flow: an EcrIntegration shared with nobody; where a key was brought along, its Secret, or an ExternalSecret that fetches
// it, owned by the integration from birth, which is meant for no installation until then.
// The operator tests it as it tests every other, and what it says is read from its status and events.
// Guarantee: both are deleted however this ends, save by SIGKILL; then the operator deletes the integration after a while,
// and Kubernetes what it owns.
import { randomBytes } from 'node:crypto'
import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { systemRandom } from '../base/random.ts'
import { TEST_PREFIX } from '../dialects/everpull/integration-kind.ts'
import type { EcrIntegrationSpec } from '../dialects/everpull/integration-schema.ts'
import { isForbidden, KubeError } from '../kube/error.ts'
import { startReflector } from '../kube/reflector.ts'
import { apiVersionOf, type KubeObject, type ResourceType } from '../kube/resource.ts'
import { createObject, mergePatch } from '../kube/writes.ts'
import type { Caller } from '../look-around.ts'
import { CommandFailure } from '../operator/commands.ts'
import type { ConnectionTold, Tested, TestOptions } from '../operator/commands/integrations.ts'
import { withCluster } from '../reach-cluster.ts'
import { type Answer, answerOf, withTimes } from './answer.ts'
import { untilToldToStop } from './interruption.ts'
import { FIELD_MANAGER, LABELS, type LentKey, lentKey, whyNotFetched } from './lent-key.ts'
import { operatorHome } from './operator-home.ts'
import { remove } from './removal.ts'
import { heldKey, type Home, INTEGRATIONS, specFor } from './tested-spec.ts'

/** Nobody has looked at it by then: an operator does in a second. */
const SILENCE_MS = 45_000

export function testInCluster(
  caller: Caller,
  tested: Tested,
  options: TestOptions,
  limit: AbortSignal,
): Promise<ConnectionTold> {
  const { config, environment, version } = caller
  return withCluster(config.cluster, environment, version, async (cluster) => {
    const mayGuess = heldKey(tested) === undefined ? 'yes' : 'no'
    const operatorNamespace = await operatorHome(caller, cluster, options.operatorNamespace, limit, mayGuess)
    const secretName = `${TEST_PREFIX}${randomBytes(4).toString('hex')}`
    const home: Home = { client: cluster.client, operatorNamespace, secretName, canFetch: true }
    const lent = lentKey(tested, home)
    const spec = forNobody(await specFor(tested, options, home, limit), config.runtime)
    const told = untilToldToStop(limit)
    const made = new Set<ResourceType>()
    try {
      return await whileThere(home, { spec, lent, made }, options, told.signal)
    } catch (error) {
      throw told.signal.aborted
        ? await called(told.signal, home, lent, options)
        : (rightMissing(error) ?? error)
    } finally {
      await remove(home, { lent, made }, options)
      told.release()
    }
  })
}

/** Installations that have a name of their own look at what is meant for them or for all. */
const forNobody = (spec: EcrIntegrationSpec, runtime: string): EcrIntegrationSpec => ({
  ...spec,
  sharing: { namespaces: { names: [] } },
  ...(runtime === 'default' ? {} : { runtimes: { policy: 'Selected', names: [runtime] } }),
})

interface Making {
  readonly spec: EcrIntegrationSpec
  readonly lent: LentKey | undefined
  /** Takes down what was made. */
  readonly made: Set<ResourceType>
}

async function whileThere(
  home: Home,
  { spec, lent, made: types }: Making,
  options: TestOptions,
  signal: AbortSignal,
): Promise<ConnectionTold> {
  const { client, secretName: name } = home
  const { onProgress } = options
  const create = (first: EcrIntegrationSpec): Promise<KubeObject> => {
    const metadata = { name, labels: LABELS }
    const object = { apiVersion: apiVersionOf(INTEGRATIONS), kind: INTEGRATIONS.kind, metadata, spec: first }
    return createObject<KubeObject>(client, INTEGRATIONS, object, { fieldManager: FIELD_MANAGER })
  }
  const integration = await create(lent === undefined ? spec : { ...spec, runtimes: nobodyYet(name) })
  types.add(INTEGRATIONS)
  signal.throwIfAborted()
  if (lent !== undefined) {
    onProgress?.(lent.doing)
    await lent.create(integration)
    types.add(lent.type)
    signal.throwIfAborted()
  }
  onProgress?.(`having the operator test EcrIntegration ${name}`)
  const made = lent === undefined ? integration : await meanFor(home, spec.runtimes)
  signal.throwIfAborted()
  return withTimes(client, made, await testedStatus(home, made, { ...options, lent }, signal), signal)
}

/** Its key is still to come, and must be owned by something that is there: nothing is left over whenever this ends. */
const nobodyYet = (name: string): EcrIntegrationSpec['runtimes'] => ({ policy: 'Selected', names: [name] })

function meanFor(
  { client, secretName: name }: Home,
  runtimes: EcrIntegrationSpec['runtimes'] = { policy: 'All' },
): Promise<KubeObject> {
  // As members of a merge patch stay where they are not named.
  const { policy, names = null } = runtimes
  const patch = { spec: { runtimes: { policy, names } } }
  return mergePatch<KubeObject>(client, INTEGRATIONS, { name }, patch, { fieldManager: FIELD_MANAGER })
}

/** The object as soon as its status answers the test. */
async function testedStatus(
  { client }: Home,
  made: KubeObject,
  { lent, onProgress }: Pick<TestOptions, 'onProgress'> & { readonly lent: LentKey | undefined },
  signal: AbortSignal,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const following = startReflector<KubeObject>({
    client,
    type: INTEGRATIONS,
    fieldSelector: `metadata.name=${made.metadata.name}`,
    keep: (raw) => raw,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  })
  let isSeen = false
  const end = following.store.subscribe((change) => {
    if (change.type === 'delete') reject(new CommandFailure('somebody deleted it before it was tested'))
    if (change.type !== 'upsert') return
    if (change.now.metadata.generation !== made.metadata.generation) return
    isSeen ||= change.now['status'] !== undefined
    try {
      const answer = answerOf(change.now, lent?.isFetched === true)
      if (answer !== undefined) resolve(answer)
    } catch (error) {
      reject(error)
    }
  })
  const stop = (): void => reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  const silence = systemClock.after(SILENCE_MS, () => {
    if (isSeen) onProgress?.('the operator is still asking AWS')
    else reject(new CommandFailure(NOBODY))
  })
  try {
    return await promise
  } finally {
    silence()
    signal.removeEventListener('abort', stop)
    end()
    await following.stop()
  }
}

const NOBODY =
  'no operator has looked at it: check that one runs in this cluster and leads, serves the everpull dialect, and is the one that --runtime names; --here asks from this machine instead'

/** Told to stop, or out of time. */
async function called(
  signal: AbortSignal,
  home: Home,
  lent: LentKey | undefined,
  { patience = 180_000 }: TestOptions,
): Promise<CommandFailure> {
  if (signal.reason instanceof CommandFailure) return signal.reason
  const because = lent?.isFetched === true ? `: ${await whyNotFetched(home, lent)}` : ''
  return new CommandFailure(`the test has not ended within ${Math.round(patience / 1000)} seconds${because}`)
}

function rightMissing(error: unknown): CommandFailure | undefined {
  if (!(error instanceof KubeError) || !isForbidden(error)) return undefined
  return new CommandFailure(
    `testing in the cluster takes the right to create, patch and delete EcrIntegrations, and to create and delete Secrets where the operator lives: ${error.message}; --here asks from this machine instead`,
  )
}
