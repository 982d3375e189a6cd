// This file is about what a thousand ExternalSecrets cost: cold start, restart and steady state, beside the raw limit of the same run.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { systemClock } from '../src/base/clock.ts'
import { silentLog } from '../src/base/log.ts'
import { systemRandom } from '../src/base/random.ts'
import type { KubeClient } from '../src/kube/client.ts'
import { startReflector } from '../src/kube/reflector.ts'
import { SECRETS } from '../src/kube/resource.ts'
import { eventually } from '../test/support/eventually.ts'
import { type RunningOperator, Stage } from '../test/support/stage.ts'
import { type Requests, requestsOf } from './audit.ts'
import { connectAs, measureRawLimit } from './raw-limit.ts'
import { type Row, tableOf } from './report.ts'
import { applyWorkload, IDENTITIES, OBJECTS, REGIONS } from './workload.ts'

const OPERATOR = 'system:serviceaccount:everpull:everpull'
const MANAGED = 'reconcile.external-secrets.io/managed=true'
const LIMIT_MS = 180_000
/** Without a request for this long, the operator has nothing more to say. */
const QUIET_MS = 3000
const STEADY_MS = 15_000

const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** The account may only create and update; measuring applies with its credential takes this on top. */
const RAW_ROLE = `
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: bench-raw},
 rules: [{apiGroups: [""], resources: [secrets], verbs: [patch]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: bench-raw},
 roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: bench-raw},
 subjects: [{kind: ServiceAccount, namespace: everpull, name: everpull}]}
`

async function bench(stage: Stage): Promise<readonly Row[]> {
  const admin = await connectAs(stage.sandbox.kubeconfigPath)
  say(`making ${OBJECTS} ExternalSecrets`)
  await applyWorkload(admin, stage.sandbox.aws.principals)
  await stage.apply(RAW_ROLE)
  const raw = await rawLimit(stage)
  say('cold start')
  const cold = await coldStart(stage, admin)
  say('restart with everything fresh')
  const restart = await restartFresh(stage)
  await admin.close()
  return [...coldRows(raw, cold), ...restart]
}

async function rawLimit(stage: Stage): Promise<number> {
  say('raw limit')
  const file = join(stage.sandbox.folder, 'raw.kubeconfig')
  const account = { namespace: 'everpull', name: 'everpull' }
  await writeFile(file, await stage.sandbox.kubeconfigFor({ serviceAccount: account }), { mode: 0o600 })
  const client = await connectAs(file)
  try {
    return await measureRawLimit(client)
  } finally {
    await client.close()
  }
}

interface Cold {
  readonly wallMs: number
  readonly requests: Requests
  readonly mints: number
  readonly wrong: number
  readonly peakBytes: number
}

async function coldStart(stage: Stage, admin: KubeClient): Promise<Cold> {
  const before = await requestsOf(stage.sandbox.folder, OPERATOR)
  const written = startReflector({
    client: admin,
    type: SECRETS,
    labelSelector: MANAGED,
    metadataOnly: true,
    keep: () => true,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  })
  await written.settled()
  const done = Promise.withResolvers<number>()
  written.store.subscribe(() => {
    if (written.store.size === OBJECTS) done.resolve(performance.now())
  })
  const begun = performance.now()
  const operator = await stage.startOperator()
  const wallMs = (await within(done.promise, operator)) - begun
  const requests = await quiet(stage, before)
  await written.stop()
  const cold = {
    wallMs,
    requests,
    mints: await minted(stage),
    wrong: await wrongOnes(stage),
    peakBytes: await peakMemory(operator),
  }
  await operator.stop()
  return cold
}

async function within(done: Promise<number>, operator: RunningOperator): Promise<number> {
  const late = pause(LIMIT_MS, undefined, { ref: false }).then(() => {
    throw new Error(`not done within ${LIMIT_MS} ms; the operator said: ${operator.output.slice(-2000)}`)
  })
  return Promise.race([done, late])
}

/** What was asked since `before`, once nothing more is asked. */
async function quiet(stage: Stage, before: Requests): Promise<Requests> {
  let last = { all: -1, at: performance.now() }
  const now = await eventually(
    'the operator has nothing more to say',
    async () => {
      const seen = await requestsOf(stage.sandbox.folder, OPERATOR)
      if (seen.all !== last.all) last = { all: seen.all, at: performance.now() }
      await pause(200)
      return performance.now() - last.at > QUIET_MS ? seen : undefined
    },
    LIMIT_MS,
  )
  return minus(now, before)
}

function minus(now: Requests, before: Requests): Requests {
  const byVerb = Object.entries(now.byVerb).map(
    ([verb, n]) => [verb, n - (before.byVerb[verb] ?? 0)] as const,
  )
  return {
    all: now.all - before.all,
    writes: now.writes - before.writes,
    byVerb: Object.fromEntries(byVerb.filter(([, n]) => n > 0)),
  }
}

const minted = async (stage: Stage): Promise<number> =>
  (await stage.calls()).filter((call) => call.operation === 'GetAuthorizationToken').length

/** Secrets that are not the docker config their ExternalSecret asks for, and objects that are not Ready. */
async function wrongOnes(stage: Stage): Promise<number> {
  interface List {
    readonly items: readonly {
      readonly data?: Record<string, string>
      readonly status?: { readonly conditions?: readonly { readonly status: string }[] }
    }[]
  }
  const secrets = await stage.get<List>('secrets', '-A', '-l', MANAGED)
  const objects = await stage.get<List>('externalsecrets', '-A')
  const rightSecrets = secrets?.items.filter(({ data }) => {
    const text = Buffer.from(data?.['.dockerconfigjson'] ?? '', 'base64').toString()
    const [auth] = Object.values((JSON.parse(text) as { auths: Record<string, { auth: string }> }).auths)
    return Buffer.from(auth?.auth ?? '', 'base64')
      .toString()
      .startsWith('AWS:')
  })
  const ready = objects?.items.filter(({ status }) => status?.conditions?.[0]?.status === 'True')
  return 2 * OBJECTS - (rightSecrets?.length ?? 0) - (ready?.length ?? 0)
}

async function peakMemory(operator: RunningOperator): Promise<number> {
  const status = await readFile(`/proc/${operator.child.pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

function coldRows(rawMs: number, cold: Cold): readonly Row[] {
  const logins = IDENTITIES.length * REGIONS.length
  const ratio = cold.wallMs / rawMs
  const asked = Object.entries(cold.requests.byVerb)
    .toSorted(([, a], [, b]) => b - a)
    .map(([verb, n]) => `${n} ${verb}`)
  say(`requests: ${asked.join(', ')}`)
  return [
    row(`raw limit: ${OBJECTS} applies, 50 in flight`, `${(rawMs / 1000).toFixed(2)} s`, '', true),
    row(
      'cold start to all Secrets',
      `${(cold.wallMs / 1000).toFixed(2)} s = ${ratio.toFixed(2)} x raw`,
      '4 x raw',
      ratio <= 4,
    ),
    row('wrong Secrets or statuses', String(cold.wrong), '0', cold.wrong === 0),
    row(
      'API requests',
      String(cold.requests.all),
      String(3 * OBJECTS + 300),
      cold.requests.all <= 3 * OBJECTS + 300,
    ),
    row('GetAuthorizationToken', String(cold.mints), String(logins), cold.mints === logins),
    row('peak memory', `${(cold.peakBytes / 1e6).toFixed(0)} MB`, '150 MB', cold.peakBytes <= 150e6),
  ]
}

async function restartFresh(stage: Stage): Promise<readonly Row[]> {
  const before = await requestsOf(stage.sandbox.folder, OPERATOR)
  const mints = await minted(stage)
  const operator = await stage.startOperator()
  await operator.ready()
  const restart = await quiet(stage, before)
  const mintsAfterRestart = await minted(stage)
  say('steady state')
  const beforeSteady = await requestsOf(stage.sandbox.folder, OPERATOR)
  await pause(STEADY_MS)
  const steady = minus(await requestsOf(stage.sandbox.folder, OPERATOR), beforeSteady)
  const mintsAfterSteady = await minted(stage)
  await operator.stop()
  return [
    row('restart: writes', String(restart.writes), '0', restart.writes === 0),
    row('restart: AWS calls', String(mintsAfterRestart - mints), '0', mintsAfterRestart === mints),
    row(`steady ${STEADY_MS / 1000} s: writes`, String(steady.writes), '0', steady.writes === 0),
    row(
      `steady ${STEADY_MS / 1000} s: AWS calls`,
      String(mintsAfterSteady - mintsAfterRestart),
      '0',
      mintsAfterSteady === mintsAfterRestart,
    ),
  ]
}

const row = (figure: string, measured: string, limit: string, isKept: boolean): Row => ({
  figure,
  measured,
  limit,
  isKept,
})

await using stage = await Stage.open({ audit: true })
const rows = await bench(stage)
process.stdout.write(`${tableOf(rows)}\n`)
process.exitCode = rows.every((r) => r.isKept) ? 0 : 1
