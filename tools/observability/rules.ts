// This file is about the alerts that are shipped: when each fires, what it means, and what to do then.
//
// All of them aggregate: an AWS that fails for ten thousand objects is one alert a namespace, not ten thousand.
import { REFUSALS } from '../../src/token-endpoint/refusal.ts'

export interface AlertRule {
  readonly name: string
  readonly expr: string
  /** How long it has to be so. */
  readonly for: string
  readonly severity: 'critical' | 'warning' | 'info'
  /** One line; `{{ $labels.x }}` and `{{ $value }}` are Prometheus' own. */
  readonly summary: string
  readonly description: string
  /** What it means, and what to look at and do: lines of the page it links to. */
  readonly remedy: readonly string[]
}

export interface RecordingRule {
  readonly record: string
  readonly expr: string
}

/** What alerts and dashboard ask again and again: over identities there may be hundreds, over outcomes a dozen. */
export const RECORDING_RULES: readonly RecordingRule[] = [
  {
    record: 'job:everpull_aws_calls:rate5m',
    expr: 'sum by (job, operation, outcome) (rate(everpull_aws_calls_total[5m]))',
  },
  {
    record: 'namespace:everpull_objects:sum',
    expr: 'sum by (job, namespace, kind, state) (everpull_objects)',
  },
]

/** Refusals that are not the fault of whoever asked, nor go away by asking another replica. */
const OUR_REFUSALS = Object.entries(REFUSALS)
  .filter(([reason, status]) => status >= 500 && reason !== 'token-early' && reason !== 'not-leading')
  .map(([reason]) => reason)
  .join('|')

const PASSES =
  'The counters of AWS calls and failures tell by `outcome` and `reason` which [fault](faults.md) it is.'

export const ALERT_RULES: readonly AlertRule[] = [
  {
    name: 'EverpullLoginExpiring',
    expr: 'sum by (job, namespace) (everpull_logins{state="dying"}) > 0',
    for: '1m',
    severity: 'critical',
    summary: 'Logins in {{ $labels.namespace }} are about to expire',
    description:
      '{{ $value }} Secrets of namespace {{ $labels.namespace }} hold a login of which less than a tenth of its life is left. It should have been renewed at two thirds.',
    remedy: [
      'A login is renewed at two thirds of its life, and renewing is tried again and again until it dies: this one has failed for long.',
      'Pulls go on working until it dies; then they fail.',
      'The Secrets: `bottomk(20, everpull_target_login_expiry_timestamp_seconds - time())`; `everpull check` names the cause of each.',
      PASSES,
    ],
  },
  {
    name: 'EverpullLoginExpired',
    expr: 'sum by (job, namespace) (everpull_logins{state="expired"}) > 0',
    for: '0m',
    severity: 'critical',
    summary: 'Logins in {{ $labels.namespace }} have expired',
    description:
      '{{ $value }} Secrets of namespace {{ $labels.namespace }} hold a login that is dead: pulls with them fail now.',
    remedy: [
      'Whatever pulls with these Secrets fails until one renewal succeeds; nothing has to be deleted or restarted for that.',
      'The Secrets: `everpull_target_login_expiry_timestamp_seconds < time()`; logins that are never renewed, as their objects ask, are not counted here.',
      '`everpull check` names the cause of each; when it is mended, they are tried again within a minute.',
    ],
  },
  {
    name: 'EverpullLoginLate',
    expr: 'sum by (job, namespace) (everpull_logins{state="late"}) > 0',
    for: '15m',
    severity: 'warning',
    summary: 'Logins in {{ $labels.namespace }} are renewed late',
    description:
      '{{ $value }} Secrets of namespace {{ $labels.namespace }} hold a login of which three quarters of its life are spent, though it is renewed at two thirds.',
    remedy: [
      'Nothing is broken yet: a quarter of the life of these logins is left, three hours of twelve.',
      'Sync windows of an Argo CD project may put a renewal off; then it is as ordered.',
      PASSES,
    ],
  },
  {
    name: 'EverpullRenewingFails',
    expr: 'sum by (job, namespace) (namespace:everpull_objects:sum{state="retrying"}) > 0',
    for: '10m',
    severity: 'warning',
    summary: 'Renewing logins in {{ $labels.namespace }} fails',
    description:
      '{{ $value }} objects of namespace {{ $labels.namespace }} could not be renewed for ten minutes; their Secrets still hold a login that lives.',
    remedy: [
      'The last good login stays in the Secret, so pulls go on for now.',
      'Why: `sum by (reason) (increase(everpull_target_failures_total[10m]))`, and the status of the objects, which says what to do.',
      'Everywhere at once, it is AWS, the network to it, or the identity of the operator; in one namespace, what that namespace refers to.',
    ],
  },
  {
    name: 'EverpullObjectsFailing',
    expr: 'sum by (job, namespace, kind) (namespace:everpull_objects:sum{state="failing"}) > 0',
    for: '15m',
    severity: 'warning',
    summary: 'Objects of kind {{ $labels.kind }} in {{ $labels.namespace }} fail',
    description:
      '{{ $value }} objects of kind {{ $labels.kind }} in namespace {{ $labels.namespace }} have not been as ordered for a quarter of an hour.',
    remedy: [
      'Each of them says in its status what is wrong and what to do: `everpull check` lists them, `everpull explain` tells of one.',
      'The reasons: `sum by (reason) (increase(everpull_target_failures_total[15m]))`, explained in [faults](faults.md).',
    ],
  },
  {
    name: 'EverpullObjectsStalled',
    expr: 'max by (job, instance) (everpull_queue_longest_wait_seconds) > 300',
    for: '5m',
    severity: 'critical',
    summary: 'Objects wait for their turn at {{ $labels.instance }}',
    description:
      'An object has been due for {{ $value | humanizeDuration }} and its pass has not ended; the work of the operator has come to a standstill, or cannot keep up.',
    remedy: [
      'Thousands of first Secrets take seconds; nothing is due for minutes while the operator is well.',
      '`everpull_queue_depth` says how many wait: one may be a request that hangs; many are an operator without CPU, or an API server that answers slowly.',
      'Look at its CPU limit and at `nodejs_eventloop_lag_p99_seconds`; a restart loses nothing, as what is fresh is neither written nor asked for again.',
    ],
  },
  {
    name: 'EverpullThrottled',
    expr: 'sum by (job) (job:everpull_aws_calls:rate5m{outcome="Throttled"}) > 0.1 * sum by (job) (job:everpull_aws_calls:rate5m)',
    for: '10m',
    severity: 'warning',
    summary: 'AWS throttles Everpull',
    description:
      '{{ $value | humanize }} calls a second were throttled by AWS for ten minutes, more than a tenth of all.',
    remedy: [
      'For one identity and registry Everpull asks once a second at most, and shares what it gets; a quota of the account is shared with everybody else in it.',
      'Who asks most: `topk(10, sum by (identity) (rate(everpull_aws_calls_total[5m])))`.',
      'Objects that differ only in session name or tags are different identities: let them agree.',
      'Ask AWS for more of `GetAuthorizationToken` or `AssumeRole` where the number of identities is right.',
    ],
  },
  {
    name: 'EverpullAwsFailing',
    expr: 'sum by (job) (job:everpull_aws_calls:rate5m{outcome!~"ok|Throttled"}) > 0.5 * sum by (job) (job:everpull_aws_calls:rate5m)',
    for: '10m',
    severity: 'critical',
    summary: 'Most calls to AWS fail',
    description:
      'More than half of the calls to AWS failed for ten minutes. Logins live on until they expire, for a third of their life at least.',
    remedy: [
      'By cause: `sum by (operation, outcome) (rate(everpull_aws_calls_total[5m]))`; `AwsUnavailable` is AWS or the way to it, `AccessDenied` and `CredentialRefused` are rights and keys.',
      'Look at the health of AWS in the region, at the proxy, and at what changed in IAM.',
    ],
  },
  {
    name: 'EverpullNobodyLeads',
    expr: 'sum by (job) (everpull_leading) == 0',
    for: '2m',
    severity: 'critical',
    summary: 'No replica of Everpull leads',
    description: 'Replicas run, and none of them may write: nothing is renewed.',
    remedy: [
      'Look at the lease: `kubectl get leases -n everpull`, and at the log of the replicas for why they cannot take it.',
      'Most likely they may not write it (apply the output of `everpull rbac`), or cannot reach the API server.',
    ],
  },
  {
    name: 'EverpullShardUnserved',
    expr: 'sum by (job) (everpull_shards_held) > 0 and sum by (job) (everpull_shards_held) < max by (job) (everpull_shards)',
    for: '2m',
    severity: 'critical',
    summary: 'A shard of Everpull is served by nobody',
    description:
      'Only {{ $value }} shards have a replica that may write for them: objects of the others are not renewed.',
    remedy: [
      'Who holds what: `everpull_shards_held`, and `kubectl get leases -n everpull`.',
      'Replicas that were started with another number of shards wait for each other: let the rollout end, or end the older ones.',
      'Otherwise a replica cannot write leases: look at its log, and apply the output of `everpull rbac`.',
    ],
  },
  {
    name: 'EverpullDown',
    expr: 'absent(everpull_build_info)',
    for: '5m',
    severity: 'critical',
    summary: 'Everpull does not run, or is not scraped',
    description:
      'No replica of Everpull has been scraped for five minutes: nothing is renewed, or nobody would know.',
    remedy: [
      'Look at its pods first, and at the targets of Prometheus then.',
      'Logins that were written live on until they expire; a restart finds them and renews what is due.',
    ],
  },
  {
    name: 'EverpullCutOff',
    expr: 'sum by (job, instance) (everpull_watches{phase="failing"}) > 0 unless sum by (job, instance) (everpull_watches{phase=~"listing|watching"}) > 0',
    for: '2m',
    severity: 'critical',
    summary: '{{ $labels.instance }} is cut off from the API server',
    description:
      'None of the watches of {{ $labels.instance }} works: it sees nothing, and can write nothing.',
    remedy: [
      'The log says what the API server answered, or that it did not.',
      'Look at network policies, at the certificate of the API server, and at the token of the service account.',
    ],
  },
  {
    name: 'EverpullWatchBroken',
    expr: 'sum by (job, instance, kind) (everpull_watches{phase=~"forbidden|failing"}) > 0',
    for: '10m',
    severity: 'warning',
    summary: '{{ $labels.instance }} cannot watch {{ $labels.kind }}',
    description:
      'Objects of kind {{ $labels.kind }} have not been followed for ten minutes: what is new of them is not served, and changes of them are not seen.',
    remedy: [
      'Where it is forbidden, apply the output of `everpull rbac` for the settings in use; `everpull check` names the rights that lack.',
      'Else the log says what the API server answered.',
    ],
  },
  {
    name: 'EverpullStatusesRefused',
    expr: 'sum by (job, kind, outcome) (rate(everpull_status_writes_total{outcome=~"refused|postponed"}[5m])) > 0',
    for: '10m',
    severity: 'warning',
    summary: 'Statuses of {{ $labels.kind }} are not taken',
    description:
      'For ten minutes the API server has not taken statuses of {{ $labels.kind }} ({{ $labels.outcome }}). Secrets are still written; who reads the statuses is not told.',
    remedy: [
      '`postponed`: the status may not be written (apply the output of `everpull rbac`), or the API server cannot take it; it is sent again.',
      '`refused`: its content does not fit the definition that is installed, or an admission webhook says no; the log quotes it.',
      'Where it is the definition, install those that `everpull crds` prints.',
    ],
  },
  {
    name: 'EverpullDormantForLong',
    expr: 'sum by (job, namespace, kind) (namespace:everpull_objects:sum{state="dormant"}) > 0',
    for: '6h',
    severity: 'info',
    summary: 'Objects of kind {{ $labels.kind }} in {{ $labels.namespace }} are left to another controller',
    description:
      '{{ $value }} objects have been left to the controller they were made for, for six hours: it still works on them.',
    remedy: [
      'That is right while the other controller is meant to go on.',
      'To hand them over, scale it down, or start Everpull with `--take-over`; `everpull check` says of each why it is left alone.',
    ],
  },
  {
    name: 'EverpullGitSyncStale',
    expr: 'time() - max by (job, branch) (everpull_config_repo_last_success_timestamp_seconds) > 3600',
    for: '5m',
    severity: 'warning',
    summary: 'The Git repository of integrations has not been followed for an hour',
    description:
      'The cluster was last in line with branch {{ $labels.branch }} {{ $value | humanizeDuration }} ago.',
    remedy: [
      'By reason: `sum by (reason) (increase(everpull_config_repo_failures_total[1h]))`.',
      'See [how to look after the Git sync](../how-to/git-sync.md); integrations in the cluster stay as they are meanwhile.',
    ],
  },
  {
    name: 'EverpullTokenEndpointFailing',
    expr: `sum by (job) (rate(everpull_token_endpoint_requests_total{reason=~"${OUR_REFUSALS}"}[5m])) > 0.05 * sum by (job) (rate(everpull_token_endpoint_requests_total[5m]))`,
    for: '10m',
    severity: 'warning',
    summary: 'The token endpoint fails requests',
    description:
      'More than one request for a login in twenty failed for ten minutes, by no fault of those who asked.',
    remedy: [
      'By reason: `sum by (reason) (rate(everpull_token_endpoint_requests_total{result="refused"}[5m]))`.',
      'See [how to serve logins to CI](../how-to/token-endpoint.md).',
    ],
  },
]
