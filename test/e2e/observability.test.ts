// This file is about dashboard and alerts on a real Prometheus that scrapes a real operator, well and in trouble.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ROWS } from '../../tools/observability/panels.ts'
import { conditionWhere } from '../support/deeds.ts'
import { eventually } from '../support/eventually.ts'
import { CHECKOUT } from '../support/everpull-process.ts'
import { externalSecret, generator, together } from '../support/orders.ts'
import { Prometheus } from '../support/prometheus.ts'
import type { Stage } from '../support/stage.ts'
import { fileOf, integration, SyncedCluster } from '../support/synced-cluster.ts'
import { tlsIdentity } from '../support/tls-identity.ts'
import { askEndpoint } from '../support/token-client.ts'

const NAMESPACE = 'apps'
const RULES = join(CHECKOUT, 'deploy/observability/everpull-alerts.yaml')
/** Each has a fault of its own. */
const REGIONS = { throttled: 'eu-west-2', unavailable: 'eu-west-3' } as const
/** Short enough that one dies in a test; a tenth of it, in which it is about to die, is long enough for several scrapes. */
const TOKEN_LIFE_S = 75
/** A whole life of a login, and as long again for a busy machine. */
const ALERT_LIMIT_MS = 2 * TOKEN_LIFE_S * 1000
const LIMIT_MS = 60_000

const QUERIES = ROWS.flatMap(({ panels }) =>
  panels.flatMap(({ title, queries }) => queries.map(({ expr }) => ({ title, expr }))),
)

/** As Grafana fills it in. */
const filled = (expr: string): string =>
  expr.replaceAll('$job', '.*').replaceAll('$namespace', '.*').replaceAll('$__rate_interval', '1m')

describe('a Prometheus that scrapes an operator', () => {
  let cluster: SyncedCluster
  let stage: Stage
  let prometheus: Prometheus
  let ask: () => Promise<unknown>

  const ordered = (name: string, spec: Readonly<Record<string, unknown>> = {}): string =>
    together(
      generator({ namespace: NAMESPACE, name }, spec),
      externalSecret({ namespace: NAMESPACE, name, generator: name }),
    )
  const pending = (name: string, labels: Readonly<Record<string, string>> = {}): Promise<unknown> =>
    eventually(
      `${name} is pending or firing`,
      async () =>
        (await prometheus.alerts()).some(
          (alert) =>
            alert.labels['alertname'] === name &&
            Object.entries(labels).every(([label, value]) => alert.labels[label] === value),
        ),
      ALERT_LIMIT_MS,
    )

  before(async () => {
    cluster = await SyncedCluster.open(
      { [fileOf('one')]: integration('one') },
      { tokenLifeSeconds: TOKEN_LIFE_S },
    )
    stage = cluster.stage
    await stage.namespace(NAMESPACE)
    await stage.apply(ordered('good'))
    const { cert, key } = await tlsIdentity('endpoint')
    const [certFile, keyFile] = ['tls.crt', 'tls.key'].map((name) => join(stage.sandbox.folder, name))
    await writeFile(certFile ?? '', cert)
    await writeFile(keyFile ?? '', key, { mode: 0o600 })
    const operator = await cluster.start(
      '--token-endpoint-address=127.0.0.1:0',
      `--token-endpoint-cert=${certFile}`,
      `--token-endpoint-key=${keyFile}`,
    )
    await conditionWhere(stage, 'externalsecret', NAMESPACE, 'good', ({ status }) => status === 'True')
    const { url } = await operator.logged('token endpoint: listening')
    ask = () => askEndpoint(String(url), cert, { integration: 'one' })
    const { metrics } = await operator.logged('listening')
    prometheus = await Prometheus.start([String(metrics)], RULES)
  })
  after(async () => {
    await prometheus?.[Symbol.asyncDispose]()
    await cluster?.[Symbol.asyncDispose]()
  })

  it('has no alert while all is well', async () => {
    await eventually(
      'it has been scraped',
      async () => (await prometheus.query('everpull_logins')).length > 0,
      LIMIT_MS,
    )
    await eventually(
      'rules were evaluated',
      async () => {
        const records = await prometheus.query('namespace:everpull_objects:sum{state="ready"}')
        return records.length > 0
      },
      LIMIT_MS,
    )
    // A busy machine misses a scrape, and a series is gone until the next.
    await eventually('there is none', async () => (await prometheus.alerts()).length === 0, LIMIT_MS)
  })

  it('keeps the namespace of a series, and one series for all objects in it', async () => {
    const [sample, ...more] = await prometheus.query(
      `everpull_objects{kind="ExternalSecret",namespace="${NAMESPACE}"}`,
    )
    assert.deepEqual(more, [])
    assert.equal(sample?.value[1], '1')
    assert.deepEqual(
      (await prometheus.query('everpull_leading')).map(({ value }) => value[1]),
      ['1'],
    )
  })

  it('alerts of what is throttled, unavailable, and wrong in itself', async () => {
    await stage.fault({ kind: 'throttle', region: REGIONS.throttled })
    await stage.fault({ kind: 'unavailable', region: REGIONS.unavailable })
    await stage.apply(
      together(
        ordered('throttled', { region: REGIONS.throttled }),
        ordered('unavailable', { region: REGIONS.unavailable }),
        externalSecret({ namespace: NAMESPACE, name: 'wrong', generator: 'nowhere' }),
      ),
    )
    await pending('EverpullObjectsFailing', { namespace: NAMESPACE, kind: 'ExternalSecret' })
    await pending('EverpullThrottled')
  })

  it('alerts of logins that cannot be renewed, before they die and after', async () => {
    await stage.fault({ kind: 'unavailable' })
    // Side by side: one that waited for another would come too late for what lasts for seconds.
    await Promise.all([
      pending('EverpullRenewingFails', { namespace: NAMESPACE }),
      pending('EverpullAwsFailing'),
      pending('EverpullLoginExpiring', { namespace: NAMESPACE }),
      pending('EverpullLoginExpired', { namespace: NAMESPACE }),
    ])
  })

  it('answers every query of the dashboard with data', async () => {
    for (const { title, expr } of QUERIES) {
      const isAnswered = async (): Promise<boolean> => {
        if (expr.includes('token_endpoint')) await ask()
        const samples = await prometheus.query(filled(expr))
        return samples.some(({ value }) => Number.isFinite(Number(value[1])))
      }
      await eventually(`${title} has data: ${expr}`, isAnswered, LIMIT_MS)
    }
  })

  it('has no alert any more when all is well again', async () => {
    await stage.clearFaults()
    await stage.kubectl('delete', 'externalsecret', '-n', NAMESPACE, 'wrong')
    await eventually(
      'no alert about objects is left',
      async () =>
        (await prometheus.alerts()).every(({ labels }) =>
          ['EverpullThrottled', 'EverpullAwsFailing'].includes(labels['alertname'] ?? ''),
        ),
      180_000,
    )
  })
})
