// This file is about what the dashboard shows: rows of panels, each with its queries.
//
// One login an object: what is drawn over time is summed by namespace at most, and single objects are listed by topk.
export interface Query {
  readonly expr: string
  /** How a series is called; `{{label}}` is Grafana's own. */
  readonly legend: string
}

export interface Panel {
  readonly title: string
  readonly description: string
  readonly show: 'stat' | 'time series' | 'table'
  readonly unit: 'short' | 's' | 'bytes' | 'percentunit' | 'ops' | 'dateTimeFromNow'
  readonly queries: readonly [Query, ...Query[]]
  /** Above it is red. */
  readonly alarmFrom?: number
  /** What has to be switched on for it to show anything. */
  readonly needs?: 'config-repo' | 'token-endpoint'
}

export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

const JOB = 'job=~"$job"'
const PLACE = `${JOB},namespace=~"$namespace"`
const one = (expr: string, legend = ''): readonly [Query] => [{ expr, legend }]

const stat = (title: string, description: string, expr: string, alarmFrom?: number): Panel => ({
  title,
  description,
  show: 'stat',
  unit: 'short',
  queries: one(expr),
  ...(alarmFrom === undefined ? {} : { alarmFrom }),
})
const graph = (
  title: string,
  description: string,
  unit: Panel['unit'],
  ...queries: [Query, ...Query[]]
): Panel => ({ title, description, show: 'time series', unit, queries })
const table = (title: string, description: string, unit: Panel['unit'], expr: string): Panel => ({
  title,
  description,
  show: 'table',
  unit,
  queries: one(expr),
})

const inState = (state: string): string => `sum(everpull_objects{${PLACE},state="${state}"}) or vector(0)`
const quantile = (share: number, metric: string, by = ''): string =>
  `histogram_quantile(${share}, sum by (le${by}) (rate(${metric}_bucket{${JOB}}[$__rate_interval])))`

export const ROWS: readonly Row[] = [
  {
    title: 'At a glance',
    panels: [
      stat('Ready', 'Objects that are as ordered.', inState('ready')),
      stat('Renewing fails', 'Their Secrets hold a login that still lives.', inState('retrying'), 1),
      stat('Failing', 'Objects that are not as ordered.', inState('failing'), 1),
      stat('Left alone', 'Objects that another controller still works on.', inState('dormant')),
      stat(
        'Logins late',
        'Three quarters of their life are spent, or more; they are renewed at two thirds.',
        `sum(everpull_logins{${PLACE},state=~"late|dying|expired"}) or vector(0)`,
        1,
      ),
      {
        ...stat(
          'Next expiry',
          'When the first login of all dies.',
          `min(everpull_target_login_expiry_timestamp_seconds{${PLACE}}) * 1000`,
        ),
        unit: 'dateTimeFromNow',
      },
      stat('Replicas that may write', 'None: nothing is renewed.', `sum(everpull_leading{${JOB}})`),
      stat(
        'Watches that do not work',
        'Forbidden or failing.',
        `sum(everpull_watches{${JOB},phase=~"forbidden|failing"}) or vector(0)`,
        1,
      ),
    ],
  },
  {
    title: 'Logins',
    panels: [
      graph('Logins by age', 'Secrets by how much of the life of their login is spent.', 'short', {
        expr: `sum by (state) (everpull_logins{${PLACE}})`,
        legend: '{{state}}',
      }),
      graph('Objects', 'Objects by how they fare.', 'short', {
        expr: `sum by (state) (everpull_objects{${PLACE}})`,
        legend: '{{state}}',
      }),
      table(
        'Soonest to expire',
        'Twenty Secrets, and the seconds their logins have left.',
        's',
        `sort(bottomk(20, max by (namespace, secret, kind, name) (everpull_target_login_expiry_timestamp_seconds{${PLACE}}) - time()))`,
      ),
      table(
        'Longest without success',
        'Twenty Secrets, and the seconds since they were last found or made right.',
        's',
        `sort_desc(topk(20, time() - max by (namespace, secret, kind, name) (everpull_target_last_success_timestamp_seconds{${PLACE}})))`,
      ),
      graph('Failures by reason', 'Passes that did not leave a Secret right.', 'ops', {
        expr: `sum by (reason) (rate(everpull_target_failures_total{${PLACE}}[$__rate_interval]))`,
        legend: '{{reason}}',
      }),
      table(
        'Namespaces in trouble',
        'Twenty namespaces with the most objects that fail or cannot be renewed.',
        'short',
        `sort_desc(topk(20, sum by (namespace) (everpull_objects{${PLACE},state=~"failing|retrying"})))`,
      ),
    ],
  },
  {
    title: 'AWS',
    panels: [
      graph('Calls', 'Calls to AWS a second, by operation and how they ended.', 'ops', {
        expr: `sum by (operation, outcome) (rate(everpull_aws_calls_total{${JOB}}[$__rate_interval]))`,
        legend: '{{operation}} {{outcome}}',
      }),
      graph(
        'Calls that did not end well',
        'The share of all calls that was throttled, or failed otherwise.',
        'percentunit',
        {
          expr: `(sum(rate(everpull_aws_calls_total{${JOB},outcome="Throttled"}[$__rate_interval])) or vector(0)) / sum(rate(everpull_aws_calls_total{${JOB}}[$__rate_interval]))`,
          legend: 'throttled',
        },
        {
          expr: `(sum(rate(everpull_aws_calls_total{${JOB},outcome!~"ok|Throttled"}[$__rate_interval])) or vector(0)) / sum(rate(everpull_aws_calls_total{${JOB}}[$__rate_interval]))`,
          legend: 'failed',
        },
      ),
      graph(
        'How long calls took',
        'The retries of the SDK included.',
        's',
        {
          expr: quantile(0.5, 'everpull_aws_call_duration_seconds', ', operation'),
          legend: '{{operation}} p50',
        },
        {
          expr: quantile(0.99, 'everpull_aws_call_duration_seconds', ', operation'),
          legend: '{{operation}} p99',
        },
      ),
      table(
        'Who asks most',
        'Twenty identities by their calls in the last hour.',
        'short',
        `sort_desc(topk(20, sum by (identity) (increase(everpull_aws_calls_total{${JOB}}[1h]))))`,
      ),
    ],
  },
  {
    title: 'Work',
    panels: [
      graph('Passes', 'Passes over objects a second.', 'ops', {
        expr: `sum by (outcome) (rate(everpull_reconcile_duration_seconds_count{${JOB}}[$__rate_interval]))`,
        legend: '{{outcome}}',
      }),
      graph(
        'How long passes took',
        'From taking an object to having answered it.',
        's',
        { expr: quantile(0.5, 'everpull_reconcile_duration_seconds'), legend: 'p50' },
        { expr: quantile(0.99, 'everpull_reconcile_duration_seconds'), legend: 'p99' },
      ),
      graph('Waiting for their turn', 'Objects that are due.', 'short', {
        expr: `sum by (instance) (everpull_queue_depth{${JOB}})`,
        legend: '{{instance}}',
      }),
      graph('Longest wait', 'Of the object that is due longest, its pass included.', 's', {
        expr: `max by (instance) (everpull_queue_longest_wait_seconds{${JOB}})`,
        legend: '{{instance}}',
      }),
      graph('Statuses', 'Statuses sent a second, by what became of them.', 'ops', {
        expr: `sum by (outcome) (rate(everpull_status_writes_total{${JOB}}[$__rate_interval]))`,
        legend: '{{outcome}}',
      }),
      graph('Watches', 'Watches by phase.', 'short', {
        expr: `sum by (phase) (everpull_watches{${JOB}})`,
        legend: '{{phase}}',
      }),
    ],
  },
  {
    title: 'Processes',
    panels: [
      graph('Memory', 'Resident, a replica.', 'bytes', {
        expr: `process_resident_memory_bytes{${JOB}}`,
        legend: '{{instance}}',
      }),
      graph('CPU', 'Cores in use, a replica.', 'short', {
        expr: `rate(process_cpu_seconds_total{${JOB}}[$__rate_interval])`,
        legend: '{{instance}}',
      }),
      graph('Event loop lag', 'p99: beyond a second, health checks and leases are at risk.', 's', {
        expr: `nodejs_eventloop_lag_p99_seconds{${JOB}}`,
        legend: '{{instance}}',
      }),
      graph(
        'Who serves what',
        'Shards that a replica may write for; where one serves all, 1 for it.',
        'short',
        { expr: `everpull_shards_held{${JOB}}`, legend: '{{instance}}' },
        { expr: `max(everpull_shards{${JOB}})`, legend: 'there are' },
      ),
    ],
  },
  {
    title: 'Git sync and token endpoint',
    panels: [
      {
        ...graph('Objects of the repository', 'By what came of them.', 'short', {
          expr: `sum by (outcome) (everpull_config_repo_objects{${JOB}})`,
          legend: '{{outcome}}',
        }),
        needs: 'config-repo',
      },
      {
        ...graph(
          'Since the last success',
          'Seconds since the cluster was last in line with the branch.',
          's',
          {
            expr: `time() - max by (branch) (everpull_config_repo_last_success_timestamp_seconds{${JOB}})`,
            legend: '{{branch}}',
          },
        ),
        needs: 'config-repo',
      },
      {
        ...graph('Requests for logins', 'At the token endpoint, by result and reason.', 'ops', {
          expr: `sum by (result, reason) (rate(everpull_token_endpoint_requests_total{${JOB}}[$__rate_interval]))`,
          legend: '{{result}} {{reason}}',
        }),
        needs: 'token-endpoint',
      },
      {
        ...graph('How long answers took', 'At the token endpoint.', 's', {
          expr: quantile(0.99, 'everpull_token_endpoint_request_duration_seconds', ', result'),
          legend: '{{result}} p99',
        }),
        needs: 'token-endpoint',
      },
    ],
  },
]
