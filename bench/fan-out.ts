// This file is about one ClusterRegistryLogin over many namespaces: how soon all hold its login, and how soon a new one does.
import type { KubeClient } from '../src/kube/client.ts'
import { NAMESPACES, type ResourceType } from '../src/kube/resource.ts'
import { createObject, mergePatch } from '../src/kube/writes.ts'
import { type RunningOperator, Stage } from '../test/support/stage.ts'
import { inParallel } from './in-parallel.ts'
import { installedEverpull } from './installed.ts'
import { cpuSeconds, peakBytes } from './comparison/process-tree.ts'
import { pidOf } from './comparison/works.ts'
import { connectAs, rawLimit } from './raw-limit.ts'
import { atMost, type Row, seconds, told } from './report.ts'
import { namespaceNames } from './scale.ts'
import { SecretWatch } from './secret-watch.ts'
import { minted, say, within } from './surroundings.ts'

const LABEL = { key: 'bench', value: 'fan-out' } as const
const HOST = '123456789012.dkr.ecr.us-west-1.amazonaws.com'
const FIELD_MANAGER = { fieldManager: 'bench' }
const LOGINS: ResourceType = {
  group: 'everpull.dev',
  version: 'v1alpha1',
  plural: 'clusterregistrylogins',
  kind: 'ClusterRegistryLogin',
  namespaced: false,
}
const LOGIN = { name: 'pull' }

const MOST_TIMES_RAW = 4
const MOST_MEMORY_MB = 200
const MOST_WAIT_MS = 1000
/** A hundredth of them may be late, which takes some hundred to tell. */
const NEWCOMERS = 200

/** Every namespace has one Secret, and all of them one login. */
export async function measureFanOut(namespaces: number): Promise<readonly Row[]> {
  await using stage = await Stage.open({ everpull: installedEverpull() })
  const admin = await connectAs(stage.sandbox.kubeconfigPath)
  say(`making ${namespaces} namespaces`)
  await inParallel(namespaceNames({ namespaces }), 20, (name) => makeNamespace(admin, name))
  const rawMs = await rawLimit(stage, { objects: namespaces, namespaces })
  await stage.namespace('everpull')
  await stage.credentialSecret('everpull', 'aws')
  await createObject(admin, LOGINS, login(), FIELD_MANAGER)
  const watch = await SecretWatch.open(admin, `${LABEL.key}=${LABEL.value}`)
  say('fan-out')
  const begun = performance.now()
  const operator = await stage.startOperator()
  const wallMs = (await within(watch.allMintedAfter(0, namespaces), operator)) - begun
  const calls = await minted(stage)
  const waits = await whileAllRotate(admin, watch, operator, namespaces)
  const cpu = cpuSeconds(pidOf(operator))
  const peak = peakBytes(pidOf(operator))
  await operator.stop()
  await watch.stop()
  await admin.close()
  return [
    told(`raw limit: ${namespaces} applies, 50 in flight`, seconds(rawMs)),
    told('start to a login in every namespace', seconds(wallMs)),
    atMost('start, times the raw limit', wallMs / rawMs, MOST_TIMES_RAW, '', 2),
    atMost('calls to AWS for them', calls, 1),
    ...waitRows(waits),
    told('CPU of the operator', `${cpu.toFixed(1)} s`),
    atMost('peak memory', peak / 1e6, MOST_MEMORY_MB, ' MB'),
  ]
}

interface Waits {
  /** Milliseconds from a namespace's creation to a login in it, shortest first. */
  readonly sorted: readonly number[]
  /** How often all the others were given a new login meanwhile. */
  readonly rotations: number
}

/** One newcomer after the other, while every other namespace is given new logins without a pause. */
async function whileAllRotate(
  admin: KubeClient,
  watch: SecretWatch,
  operator: RunningOperator,
  namespaces: number,
): Promise<Waits> {
  say('new namespaces while all others rotate')
  const over = new AbortController()
  let rotations = 0
  const rotating = (async () => {
    while (!over.signal.aborted) {
      rotations += 1
      const since = Date.now()
      const annotations = { 'everpull.dev/refresh': String(rotations) }
      await mergePatch(admin, LOGINS, LOGIN, { metadata: { annotations } }, FIELD_MANAGER)
      await within(watch.allMintedAfter(since, namespaces), operator)
    }
  })()
  const waits: number[] = []
  for (let i = 0; i < NEWCOMERS; i += 1) waits.push(await waitOf(admin, watch, operator, `bench-new-${i}`))
  over.abort()
  await rotating
  return { sorted: waits.toSorted((a, b) => a - b), rotations }
}

async function waitOf(
  admin: KubeClient,
  watch: SecretWatch,
  operator: RunningOperator,
  name: string,
): Promise<number> {
  const begun = performance.now()
  await makeNamespace(admin, name)
  return (await within(watch.writtenIn(name), operator)) - begun
}

function waitRows({ sorted, rotations }: Waits): readonly Row[] {
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN
  return [
    told('rotations of all others meanwhile', String(rotations)),
    told('a new namespace, median', seconds(at(0.5))),
    atMost('a new namespace, 99th percentile', at(0.99), MOST_WAIT_MS, ' ms'),
  ]
}

const makeNamespace = (admin: KubeClient, name: string): Promise<unknown> =>
  createObject(admin, NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, FIELD_MANAGER)

const login = () => ({
  apiVersion: 'everpull.dev/v1alpha1',
  kind: LOGINS.kind,
  metadata: LOGIN,
  spec: {
    registries: [{ host: HOST }],
    identity: {
      accessKey: {
        secretName: 'aws',
        namespace: 'everpull',
        accessKeyIdKey: 'access-key',
        secretAccessKeyKey: 'secret-access-key',
      },
    },
    namespaces: { names: ['bench-*'] },
    outputs: [{ secretName: 'pull', dockerConfig: {}, metadata: { labels: { [LABEL.key]: LABEL.value } } }],
  },
})
