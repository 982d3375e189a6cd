// This file is about the reference of what an operator tells: its metrics, and the reasons of its faults.
import { instant } from '../src/base/clock.ts'
import { FAULTS, fault, type Retry } from '../src/model/fault.ts'
import { makeMetrics } from '../src/observe/metrics.ts'

/** Made from the exposition itself, with one of everything recorded, so that names, labels and help cannot differ. */
export async function metricsLines(): Promise<readonly string[]> {
  const rows = [...(await exposed()).matchAll(/^# HELP (everpull_\S+) (.*)\n# TYPE \S+ (\S+)\n(.*)$/gm)]
  return [
    'Served at `/metrics`, beside the process metrics that Prometheus users of Node know.',
    'Instants are in seconds since 1970; `reason` is the [reason of a fault](faults.md), or `Yielding` or `TargetMissing`; a call to AWS ends with `ok` or such a reason.',
    '',
    '| metric | type | labels | meaning |',
    '|---|---|---|---|',
    ...rows.map(
      ([, name, help, type, sample = '']) => `| \`${name}\` | ${type} | ${labelsOf(sample)} | ${help} |`,
    ),
  ]
}

const labelsOf = (sample: string): string =>
  [...sample.matchAll(/(\w+)="/g)]
    .map(([, label]) => label)
    .filter((label) => label !== 'le')
    .map((label) => `\`${label}\``)
    .join(', ')

function exposed(): Promise<string> {
  const metrics = makeMetrics('0.0.0')
  const at = instant(0)
  const target = { namespace: 'argocd', name: 'repo' }
  const orderedBy = {
    group: 'external-secrets.io',
    kind: 'ExternalSecret',
    namespace: 'argocd',
    name: 'repo',
  }
  metrics.aws.called({ identity: 'ambient', operation: 'GetAuthorizationToken', outcome: 'ok', seconds: 0 })
  metrics.reconciles.reconciled('external-secrets', 'done', 0)
  metrics.reconciles.watchesQueue('external-secrets', () => 0)
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
  'on-change': 'when something it read changes',
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
