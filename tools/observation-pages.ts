// This file is about the reference of what an operator tells: its metrics, and the reasons of its faults.
import { instant } from '../src/base/clock.ts'
import { dialects } from '../src/dialects/all.ts'
import { FAULTS, fault, type Retry } from '../src/model/fault.ts'
import { makeMetrics } from '../src/observe/metrics.ts'

/** Made from the exposition itself, with one of everything recorded, so that names, labels and help cannot differ. */
export async function metricsLines(): Promise<readonly string[]> {
  const all = [...(await exposed()).matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)\n(.*)$/gm)]
  const named = (isOurs: boolean) =>
    all.filter(([, name = '']) => !IS_OF_NODE.test(name) && name.startsWith('everpull_') === isOurs)
  return [
    'Served at `/metrics`, beside the process metrics that Prometheus users of Node know.',
    'Instants are in seconds since 1970; `reason` is the [reason of a fault](faults.md), or `Yielding` or `TargetMissing`; a call to AWS ends with `ok` or such a reason.',
    'Series of an object that is gone, and of an identity that asked nothing for a day, are gone too.',
    '',
    ...table(named(true)),
    '',
    '## Under names that dashboards know',
    '',
    'The External Secrets Operator exposes these; dashboards and alerts made for it go on working.',
    'Objects that are still left to their own controller are not among them: it tells of them itself.',
    'An object that is deleted leaves nothing behind, and calls for ECR logins are counted, which they are not upstream.',
    '',
    ...table(named(false)),
  ]
}

const IS_OF_NODE = /^(process|nodejs)_/

const table = (rows: readonly RegExpExecArray[]): readonly string[] => [
  '| metric | type | labels | meaning |',
  '|---|---|---|---|',
  ...rows.map(
    ([, name, help, type, sample = '']) => `| \`${name}\` | ${type} | ${labelsOf(sample)} | ${help} |`,
  ),
]

const labelsOf = (sample: string): string =>
  [...sample.matchAll(/(\w+)="/g)]
    .map(([, label]) => label)
    .filter((label) => label !== 'le')
    .map((label) => `\`${label}\``)
    .join(', ')

function exposed(): Promise<string> {
  const metrics = makeMetrics('0.0.0', {
    kinds: dialects.flatMap(({ kinds }) => kinds),
    calls: dialects.flatMap(({ calls }) => calls ?? []),
  })
  const at = instant(0)
  const target = { namespace: 'argocd', name: 'repo' }
  const orderedBy = {
    group: 'external-secrets.io',
    kind: 'ExternalSecret',
    namespace: 'argocd',
    name: 'repo',
  }
  metrics.aws.called({
    identity: 'ambient',
    service: 'ecr',
    operation: 'GetAuthorizationToken',
    outcome: 'ok',
    seconds: 0,
  })
  metrics.familiar.passed({ ref: orderedBy, is: 'done', isPlanned: true, seconds: 0 })
  const known = {
    passes: 1,
    failures: 0,
    tookMs: 1,
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  }
  const kindsWithSeries = dialects.flatMap(({ kinds }) => kinds.filter(({ series }) => series !== undefined))
  metrics.knows({
    objects: () =>
      kindsWithSeries.map(({ group, kind }) => ({ ref: { ...orderedBy, group, kind }, ...known })),
    due: () => [],
  })
  metrics.reconciles.reconciled('external-secrets', 'done', 0)
  metrics.configRepo.succeeded(at, '', 'main')
  metrics.configRepo.failed('RepositoryUnreachable')
  metrics.configRepo.counted({ synced: 0, skipped: 0, failed: 0, foreign: 0, held: 0, spared: 0 })
  metrics.reconciles.watchesQueue('external-secrets', { depth: () => 0, longestWaitMs: () => 0 })
  metrics.statuses.written('ExternalSecret', 'taken')
  metrics.follows({
    isLeading: () => true,
    shardsHeld: () => 1,
    shards: () => 1,
    objects: () => [{ ref: orderedBy, state: 'ready' }],
    watches: () => [{ kind: 'ExternalSecret', phase: 'watching' }],
  })
  metrics.tokenEndpoint.answered({ result: 'granted', reason: 'granted', seconds: 0 })
  metrics.targets.answered(orderedBy, [
    {
      is: 'receipt',
      target,
      logins: [{ mintedAt: at, expiresAt: at }],
      at,
      wrote: 'none',
      expiryAssumed: false,
    },
    { is: 'failed', target, fault: fault('internal', ''), at },
  ])
  return metrics.expose()
}

const AGAIN: Readonly<Record<Retry, string>> = {
  backoff: 'soon, then ever later',
  slowly: 'at most once a minute, as somebody outside the cluster has to act',
  'on-change':
    'when something it read changes; for what no watch shows, at most every five minutes, unless the object itself is wrong',
}

export const faultsLines = (): readonly string[] => [
  'Each failure has one reason in metrics and one code in the log.',
  'Conditions and events have the reasons of the API they belong to; their message tells the cause and what to do.',
  '',
  '| reason | code | tried again | while the login written before lives |',
  '|---|---|---|---|',
  ...Object.entries(FAULTS).map(
    ([code, { reason, retry, obtaining }]) =>
      `| ${reason} | \`${code}\` | ${AGAIN[retry]} | ${obtaining ? 'the object stays ready' : 'the object is not ready'} |`,
  ),
]
