// This file is about the operator's settings as people write them: one list for flags, variables and help texts.

export interface Setting {
  readonly flag: string
  /** What stands for the value in help texts. */
  readonly value: string
  /** `many` may be repeated and takes comma lists; `optional` means true when given without a value. */
  readonly takes: 'one' | 'many' | 'optional'
  readonly help: string
}

export const settings = {
  kubeconfig: {
    flag: 'kubeconfig',
    value: 'FILE',
    takes: 'one',
    help: 'reach the cluster this file names (default: the in-cluster service account, else what kubectl would use)',
  },
  context: { flag: 'context', value: 'NAME', takes: 'one', help: 'the context of the kubeconfig to use' },
  namespace: {
    flag: 'namespace',
    value: 'NAMESPACE',
    takes: 'many',
    help: 'serve these namespaces only (default: all; WATCH_NAMESPACE says the same)',
  },
  dialect: {
    flag: 'dialect',
    value: 'DIALECT',
    takes: 'many',
    help: 'serve these dialects only (default: all; argocd only where the namespace of Argo CD is among those served, or named)',
  },
  takeOver: {
    flag: 'take-over',
    value: 'DIALECT',
    takes: 'many',
    help: 'serve these dialects’ objects at once, though their own controller may still be at work',
  },
  leaderElect: {
    flag: 'leader-elect',
    value: 'BOOLEAN',
    takes: 'optional',
    help: 'let one of several replicas work at a time (default: true in a cluster, false with a kubeconfig)',
  },
  leaseNamespace: {
    flag: 'lease-namespace',
    value: 'NAMESPACE',
    takes: 'one',
    help: 'where the leader’s lease lives (default: the operator’s own namespace)',
  },
  leaseName: {
    flag: 'lease-name',
    value: 'NAME',
    takes: 'one',
    help: 'what the leader’s lease is called, and what the leases of shards begin with: installations with leases of their own serve different objects (default: everpull)',
  },
  shards: {
    flag: 'shards',
    value: 'NUMBER',
    takes: 'one',
    help: 'deal the namespaces out to so many shards, and these to the replicas that live: 1 to 64, the same for all replicas (default: 1, one replica serves all)',
  },
  selector: {
    flag: 'selector',
    value: 'SELECTOR',
    takes: 'one',
    help: 'serve only objects with such labels, as kubectl takes it: team=a,tier in (gold,silver),!legacy (default: all)',
  },
  leaseDuration: {
    flag: 'lease-duration',
    value: 'DURATION',
    takes: 'one',
    help: 'how long a lease lasts that nobody renews (default: 15s)',
  },
  renewDeadline: {
    flag: 'renew-deadline',
    value: 'DURATION',
    takes: 'one',
    help: 'how long the leader tries to renew before it stops (default: 10s)',
  },
  retryPeriod: {
    flag: 'retry-period',
    value: 'DURATION',
    takes: 'one',
    help: 'how long to wait between two tries at the lease (default: 2s)',
  },
  metricsAddress: {
    flag: 'metrics-address',
    value: 'HOST:PORT',
    takes: 'one',
    help: 'where /metrics is served (default: :8080 in a cluster, 127.0.0.1:8080 elsewhere; port 0: any free one)',
  },
  healthAddress: {
    flag: 'health-address',
    value: 'HOST:PORT',
    takes: 'one',
    help: 'where /healthz and /readyz are served (default: :8081 in a cluster, 127.0.0.1:8081 elsewhere)',
  },
  ambientCredentials: {
    flag: 'ambient-credentials',
    value: 'WHO',
    takes: 'one',
    help: 'who may use the operator’s own AWS identity, the Secret it is kept in included: allow, deny or namespaces=A,B (default: allow)',
  },
  serviceAccountIdentities: {
    flag: 'service-account-identities',
    value: 'ACCOUNTS',
    takes: 'optional',
    help: 'ask for tokens of these service accounts, NAMESPACE/NAME,…; without a value of every one (default: of none)',
  },
  driftWatch: {
    flag: 'drift-watch',
    value: 'BOOLEAN',
    takes: 'optional',
    help: 'watch Secrets and repair what others change; false needs no right to list and watch them, but after a restart nobody finds what a deleted order had merged into others’ docker configs (default: true)',
  },
  argocdNamespace: {
    flag: 'argocd-namespace',
    value: 'NAMESPACE',
    takes: 'one',
    help: 'where Argo CD keeps its repository Secrets, those labelled for refreshing among them (default: argocd)',
  },
  nudgeArgocd: {
    flag: 'nudge-argocd',
    value: 'BOOLEAN',
    takes: 'optional',
    help: 'ask Argo CD for a hard refresh of Applications that paused, when a login in its namespace was renewed late (default: false)',
  },
  runtime: {
    flag: 'runtime',
    value: 'NAME',
    takes: 'one',
    help: 'the name of this installation, which integrations can be meant for (default: default)',
  },
  configRepo: {
    flag: 'config-repo',
    value: 'URL',
    takes: 'one',
    help: 'keep the cluster in line with this Git repository, URL[/path][?ref=branch], https or ssh and without user name (default: with none)',
  },
  configRepoInterval: {
    flag: 'config-repo-interval',
    value: 'DURATION',
    takes: 'one',
    help: 'how often that repository is looked at (default: 1m)',
  },
  configRepoSecret: {
    flag: 'config-repo-secret',
    value: 'NAME',
    takes: 'one',
    help: 'the Secret in the operator’s own namespace with its credentials: username and password or token, or sshPrivateKey and known_hosts; and ca.crt (default: none)',
  },
  tokenEndpointAddress: {
    flag: 'token-endpoint-address',
    value: 'HOST:PORT',
    takes: 'one',
    help: 'where logins are given over TLS to whoever shows a token that an integration has a rule for (default: nowhere)',
  },
  tokenEndpointCert: {
    flag: 'token-endpoint-cert',
    value: 'FILE',
    takes: 'one',
    help: 'its certificate with those above it, PEM, as in tls.crt of a mounted Secret; read again when it changes',
  },
  tokenEndpointKey: {
    flag: 'token-endpoint-key',
    value: 'FILE',
    takes: 'one',
    help: 'the key of that certificate, PEM, as in tls.key; read again when it changes',
  },
  tokenEndpointAudience: {
    flag: 'token-endpoint-audience',
    value: 'AUDIENCE',
    takes: 'one',
    help: 'for which audience tokens of service accounts are reviewed besides those of the rules, one of which they need (default: everpull)',
  },
  allowRead: {
    flag: 'allow-read',
    value: 'PATH[,PATH...]',
    takes: 'one',
    help: 'files and folders that the process may read, beside what is mounted below /var/run/secrets and what its settings, kubeconfig and AWS profiles name (default: none)',
  },
  logLevel: {
    flag: 'log-level',
    value: 'LEVEL',
    takes: 'one',
    help: 'the least level that is logged: debug, info, warn or error (default: info)',
  },
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof settings

/** The environment variable of a setting: EVERPULL_LEADER_ELECT for --leader-elect. */
export const variableOf = (setting: Setting): string =>
  `EVERPULL_${setting.flag.toUpperCase().replaceAll('-', '_')}`
