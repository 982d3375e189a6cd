// This file is about the alert rules: promtool takes them, and each fires when it should, and not before.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { parse, stringify } from 'yaml'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { ALERT_RULES } from '../../tools/observability/rules.ts'
import { CHECKOUT } from '../support/everpull-process.ts'

const run = promisify(execFile)
const FILE = join(CHECKOUT, 'deploy/observability/everpull-alerts.yaml')

/** Values a minute apart, as promtool spells them: `0x5` is six times 0, `0+60x5` a counter. */
interface Trial {
  readonly alert: string
  readonly series: Readonly<Record<string, string>>
  /** Minutes at which it does not fire (yet, or any more). */
  readonly quietAt: readonly number[]
  readonly firesAt: number
  readonly labels: Readonly<Record<string, string>>
  /** As its description has it. */
  readonly value?: string
}

const JOB = 'job="everpull"'
const AT = `${JOB},instance="a"`
const STATE = (state: string): string =>
  `everpull_objects{${AT},kind="ExternalSecret",namespace="apps",state="${state}"}`
const LOGINS = (state: string): string => `everpull_logins{${AT},namespace="apps",state="${state}"}`
const CALLS = (outcome: string): string =>
  `everpull_aws_calls_total{${AT},identity="ambient",operation="GetAuthorizationToken",outcome="${outcome}"}`
const REQUESTS = (result: string, reason: string): string =>
  `everpull_token_endpoint_requests_total{${AT},result="${result}",reason="${reason}"}`
const WATCHES = (kind: string, phase: string, instance = 'a'): string =>
  `everpull_watches{${JOB},instance="${instance}",kind="${kind}",phase="${phase}"}`
const APPS = { namespace: 'apps' }
const INSTANCE = { instance: 'a' }

const TRIALS: readonly Trial[] = [
  {
    alert: 'EverpullLoginExpiring',
    series: { [LOGINS('dying')]: '0x9 3x30 0x30' },
    quietAt: [9, 10, 45],
    firesAt: 12,
    labels: APPS,
    value: '3',
  },
  {
    alert: 'EverpullLoginExpired',
    series: { [LOGINS('expired')]: '0x9 1x30' },
    quietAt: [9],
    firesAt: 10,
    labels: APPS,
    value: '1',
  },
  {
    alert: 'EverpullLoginLate',
    series: { [LOGINS('late')]: '2x10 0x5 2x60' },
    quietAt: [10, 25],
    firesAt: 35,
    labels: APPS,
    value: '2',
  },
  {
    alert: 'EverpullRenewingFails',
    series: { [STATE('retrying')]: '0x5 4x60', [STATE('ready')]: '9x60' },
    quietAt: [5, 14],
    firesAt: 18,
    labels: APPS,
    value: '4',
  },
  {
    alert: 'EverpullObjectsFailing',
    series: { [STATE('failing')]: '1x60' },
    quietAt: [14],
    firesAt: 16,
    labels: { ...APPS, kind: 'ExternalSecret' },
    value: '1',
  },
  {
    alert: 'EverpullObjectsStalled',
    series: { [`everpull_queue_longest_wait_seconds{${AT},controller="reconcile"}`]: '0+60x30' },
    quietAt: [5, 9],
    firesAt: 12,
    labels: INSTANCE,
    value: '12m 0s',
  },
  {
    alert: 'EverpullThrottled',
    series: { [CALLS('ok')]: '0+60x60', [CALLS('Throttled')]: '0x19 0+30x60' },
    quietAt: [19, 25],
    firesAt: 40,
    labels: {},
    value: '500m',
  },
  {
    alert: 'EverpullAwsFailing',
    series: { [CALLS('ok')]: '0x60', [CALLS('AwsUnavailable')]: '0x19 0+30x60' },
    quietAt: [19, 25],
    firesAt: 40,
    labels: {},
  },
  {
    alert: 'EverpullNobodyLeads',
    series: {
      [`everpull_leading{${JOB},instance="a"}`]: '1x9 0x30',
      [`everpull_leading{${JOB},instance="b"}`]: '0x20 1x30',
    },
    quietAt: [9, 10, 25],
    firesAt: 13,
    labels: {},
  },
  {
    alert: 'EverpullShardUnserved',
    series: {
      [`everpull_shards{${JOB},instance="a"}`]: '4x40',
      [`everpull_shards{${JOB},instance="b"}`]: '4x40',
      [`everpull_shards_held{${JOB},instance="a"}`]: '2x40',
      // The other is lost, and what it held is taken over late, one after the other.
      [`everpull_shards_held{${JOB},instance="b"}`]: '2x9 0x9 1x9 2x9',
    },
    quietAt: [9, 10, 35],
    firesAt: 13,
    labels: {},
    value: '2',
  },
  {
    alert: 'EverpullCutOff',
    series: { [WATCHES('Secret', 'failing')]: '0x9 2x30', [WATCHES('Secret', 'watching')]: '2x9 stale' },
    quietAt: [9, 10],
    firesAt: 13,
    labels: INSTANCE,
  },
  {
    alert: 'EverpullWatchBroken',
    series: {
      [WATCHES('ExternalSecret', 'forbidden')]: '1x30',
      [WATCHES('Secret', 'watching')]: '1x30',
    },
    quietAt: [5],
    firesAt: 12,
    labels: { ...INSTANCE, kind: 'ExternalSecret' },
  },
  {
    alert: 'EverpullStatusesRefused',
    series: {
      [`everpull_status_writes_total{${AT},kind="ExternalSecret",outcome="taken"}`]: '0+60x40',
      [`everpull_status_writes_total{${AT},kind="ExternalSecret",outcome="postponed"}`]: '0x9 0+6x40',
    },
    quietAt: [9, 15],
    firesAt: 30,
    labels: { kind: 'ExternalSecret', outcome: 'postponed' },
  },
  {
    alert: 'EverpullDormantForLong',
    series: { [STATE('dormant')]: '1x500' },
    quietAt: [300],
    firesAt: 365,
    labels: { ...APPS, kind: 'ExternalSecret' },
    value: '1',
  },
  {
    alert: 'EverpullGitSyncStale',
    series: { [`everpull_config_repo_last_success_timestamp_seconds{${AT},branch="main"}`]: '0x100' },
    quietAt: [59, 64],
    firesAt: 70,
    labels: { branch: 'main' },
    value: '1h 10m 0s',
  },
  {
    alert: 'EverpullTokenEndpointFailing',
    series: {
      [REQUESTS('granted', 'granted')]: '0+60x60',
      [REQUESTS('refused', 'not-allowed')]: '0+60x60',
      [REQUESTS('refused', 'login-unavailable')]: '0x19 0+30x60',
    },
    quietAt: [19, 25],
    firesAt: 40,
    labels: {},
  },
]

/** As long as all is well, with two replicas of which one leads, and users who do what they may do. */
const HEALTHY: Readonly<Record<string, string>> = {
  [`everpull_build_info{${AT},version="1"}`]: '1x1500',
  [`everpull_leading{${JOB},instance="a"}`]: '1x1500',
  [`everpull_leading{${JOB},instance="b"}`]: '0x1500',
  [`everpull_shards{${JOB},instance="a"}`]: '1x1500',
  [`everpull_shards_held{${JOB},instance="a"}`]: '1x1500',
  [`everpull_shards_held{${JOB},instance="b"}`]: '0x1500',
  [STATE('ready')]: '1000x1500',
  [STATE('yielding')]: '1x1500',
  [STATE('waiting')]: '1x1500',
  [LOGINS('fresh')]: '1000x1500',
  [LOGINS('unrenewed')]: '1x1500',
  [CALLS('ok')]: '0+60x1500',
  // One in a hundred is made again by whoever asked.
  [CALLS('Throttled')]: '0+0.6x1500',
  [WATCHES('Secret', 'watching')]: '1x1500',
  [WATCHES('ArgoHelmRepoSecret', 'absent')]: '1x1500',
  [WATCHES('Secret', 'watching', 'b')]: '1x1500',
  [`everpull_queue_longest_wait_seconds{${AT},controller="reconcile"}`]: '0x700 20 0x700',
  [`everpull_status_writes_total{${AT},kind="ExternalSecret",outcome="taken"}`]: '0+60x1500',
  [`everpull_status_writes_total{${AT},kind="ExternalSecret",outcome="overtaken"}`]: '0+6x1500',
  [`everpull_config_repo_last_success_timestamp_seconds{${AT},branch="main"}`]: '0+60x1500',
  [REQUESTS('granted', 'granted')]: '0+60x1500',
  [REQUESTS('refused', 'too-often')]: '0+60x1500',
}

/** As Prometheus fills it in. */
const filled = (text: string, { labels, value }: Pick<Trial, 'labels' | 'value'>): string =>
  text
    .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => labels[name] ?? '')
    .replaceAll(/\{\{ \$value[^}]*\}\}/g, value ?? '')

function expected(trial: Omit<Trial, 'series' | 'quietAt' | 'firesAt'>): object {
  const rule = ALERT_RULES.find(({ name }) => name === trial.alert)
  assert.ok(rule !== undefined)
  return {
    exp_labels: {
      ...(trial.alert === 'EverpullDown' ? {} : { job: 'everpull' }),
      ...trial.labels,
      severity: rule.severity,
    },
    exp_annotations: {
      summary: filled(rule.summary, trial),
      description: filled(rule.description, trial),
      runbook_url: `docs/reference/alerts.md#${rule.name.toLowerCase()}`,
    },
  }
}

const inputs = (series: Readonly<Record<string, string>>): object[] =>
  Object.entries(series).map(([name, values]) => ({ series: name, values }))

const check = (alertname: string, minute: number, exp_alerts: readonly object[]): object => ({
  eval_time: `${minute}m`,
  alertname,
  exp_alerts,
})

function played(trial: Trial): object {
  return {
    interval: '1m',
    name: trial.alert,
    input_series: inputs(trial.series),
    alert_rule_test: [
      ...trial.quietAt.map((minute) => check(trial.alert, minute, [])),
      check(trial.alert, trial.firesAt, [expected(trial)]),
    ],
  }
}

const ALL = ALERT_RULES.map(({ name }) => name)

const TESTS: readonly object[] = [
  ...TRIALS.map(played),
  {
    interval: '1m',
    name: 'nothing is scraped',
    input_series: inputs({ [`everpull_build_info{${AT},version="1"}`]: '1x9' }),
    alert_rule_test: [
      check('EverpullDown', 9, []),
      check('EverpullDown', 25, [expected({ alert: 'EverpullDown', labels: {} })]),
    ],
  },
  {
    interval: '1m',
    name: 'all is well for a day',
    input_series: inputs(HEALTHY),
    alert_rule_test: [10, 701, 1440].flatMap((minute) => ALL.map((name) => check(name, minute, []))),
  },
]

describe('the alert rules', () => {
  let promtool: string
  let folder: string
  before(async () => {
    ;({ promtool } = await ensureParts(['promtool']))
    folder = await mkdtemp(join(tmpdir(), 'everpull-alerts-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('are each tried', () => {
    const tried = [...TRIALS.map(({ alert }) => alert), 'EverpullDown']
    assert.deepEqual(tried.toSorted(), ALL.toSorted())
  })

  it('are taken by Prometheus', async () => {
    const { stdout } = await run(promtool, ['check', 'rules', '--lint=all', '--lint-fatal', FILE])
    assert.match(stdout, /SUCCESS/)
  })

  it('are the same for the Prometheus Operator', async () => {
    const [rules, wrapped] = await Promise.all(
      [FILE, FILE.replace('alerts', 'prometheus-rule')].map(
        async (path) => parse(await readFile(path, 'utf8')) as { spec?: unknown },
      ),
    )
    assert.deepEqual(wrapped?.spec, rules)
  })

  it('fire when they should, and not before', async () => {
    const file = join(folder, 'tests.yaml')
    await writeFile(file, stringify({ rule_files: [FILE], evaluation_interval: '1m', tests: TESTS }))
    const { stdout } = await run(promtool, ['test', 'rules', file]).catch(
      (error: { stdout: string; stderr: string }) => assert.fail(`${error.stdout}${error.stderr}`),
    )
    assert.match(stdout, /SUCCESS/)
  })
})
