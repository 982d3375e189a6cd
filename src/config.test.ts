// This file is about what the settings become, as tables: one row a sentence.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hours, minutes, seconds } from './base/duration.ts'
import { type Config, type Environment, type Flags, type Place, readConfig } from './config.ts'

const POD: Place = { inCluster: true, podNamespace: 'everpull' }
const DESK: Place = { inCluster: false }

interface Row {
  says: string
  flags?: Flags
  env?: Environment
  place?: Place
  gives: Partial<Config>
}

const rows: readonly Row[] = [
  {
    says: 'in a pod the service account is used',
    place: POD,
    gives: { cluster: { is: 'in-cluster' }, podNamespace: 'everpull' },
  },
  { says: 'elsewhere the kubeconfig kubectl would use', gives: { cluster: { is: 'kubeconfig' } } },
  {
    says: 'a kubeconfig wins over the pod',
    place: POD,
    flags: { kubeconfig: 'k.yaml', context: 'c' },
    gives: { cluster: { is: 'kubeconfig', file: 'k.yaml', context: 'c' } },
  },
  {
    says: 'a flag wins over its variable',
    flags: { context: 'a' },
    env: { EVERPULL_CONTEXT: 'b' },
    gives: { cluster: { is: 'kubeconfig', context: 'a' } },
  },
  { says: 'all namespaces are served when none is named', gives: { namespaces: { is: 'all' } } },
  {
    says: 'an empty WATCH_NAMESPACE means all',
    env: { WATCH_NAMESPACE: '' },
    gives: { namespaces: { is: 'all' } },
  },
  {
    says: 'WATCH_NAMESPACE is a comma list',
    env: { WATCH_NAMESPACE: 'a, b,,a' },
    gives: { namespaces: { is: 'named', namespaces: ['a', 'b'] } },
  },
  {
    says: 'EVERPULL_NAMESPACE wins over WATCH_NAMESPACE',
    env: { EVERPULL_NAMESPACE: 'c', WATCH_NAMESPACE: 'a' },
    gives: { namespaces: { is: 'named', namespaces: ['c'] } },
  },
  {
    says: 'repeated flags and comma lists add up',
    flags: { namespace: ['a,b', 'c'] },
    gives: { namespaces: { is: 'named', namespaces: ['a', 'b', 'c'] } },
  },
  {
    says: 'all dialects are served when none is named',
    gives: { dialects: ['everpull', 'external-secrets', 'mobb', 'argocd'], takeOver: [] },
  },
  {
    says: 'a tenant’s operator does not look into the namespace of Argo CD',
    flags: { namespace: ['team-a'] },
    gives: { dialects: ['everpull', 'external-secrets', 'mobb'] },
  },
  {
    says: 'an operator that may not watch Secrets does not either',
    flags: { driftWatch: 'false' },
    gives: { dialects: ['everpull', 'external-secrets', 'mobb'] },
  },
  {
    says: 'a tenant’s operator does where that is said, or served',
    flags: { namespace: ['team-a'], argocdNamespace: 'argocd' },
    gives: { dialects: ['everpull', 'external-secrets', 'mobb', 'argocd'] },
  },
  {
    says: 'Argo CD’s own namespace may be the one that is served',
    flags: { namespace: ['argocd'], driftWatch: 'false' },
    gives: { dialects: ['everpull', 'external-secrets', 'mobb', 'argocd'] },
  },
  { says: 'dialects are selected', flags: { dialect: ['mobb'] }, gives: { dialects: ['mobb'] } },
  { says: 'dormancy is ended by name', env: { EVERPULL_TAKE_OVER: 'mobb' }, gives: { takeOver: ['mobb'] } },
  {
    says: 'replicas elect a leader in a cluster',
    place: POD,
    gives: {
      leaderElection: {
        is: 'on',
        namespace: undefined,
        name: 'everpull',
        shards: 1,
        leaseDuration: seconds(15),
        renewDeadline: seconds(10),
        retryPeriod: seconds(2),
      },
    },
  },
  {
    says: 'nobody is elected with a kubeconfig',
    flags: { kubeconfig: 'k' },
    place: POD,
    gives: { leaderElection: { is: 'off' } },
  },
  {
    says: 'a flag without its value turns the election on',
    flags: {
      leaderElect: true,
      leaseNamespace: 'l',
      leaseDuration: '4s',
      renewDeadline: '3s',
      retryPeriod: '500ms',
    },
    gives: {
      leaderElection: {
        is: 'on',
        namespace: 'l',
        name: 'everpull',
        shards: 1,
        leaseDuration: seconds(4),
        renewDeadline: seconds(3),
        retryPeriod: seconds(0.5),
      },
    },
  },
  {
    says: 'the work is dealt out to shards, under leases of their own name',
    flags: { leaderElect: true, leaseName: 'team-a', shards: '4' },
    gives: {
      leaderElection: {
        is: 'on',
        namespace: undefined,
        name: 'team-a',
        shards: 4,
        leaseDuration: seconds(15),
        renewDeadline: seconds(10),
        retryPeriod: seconds(2),
      },
    },
  },
  ...[
    'team=a',
    'team==a,tier!=gold',
    'team in (a, b),tier notin (gold)',
    'example.com/team,!legacy',
    'empty=',
  ].map((selector) => ({
    says: `objects are selected by ${selector}`,
    flags: { selector },
    gives: { selector },
  })),
  {
    says: 'a variable turns the election off',
    place: POD,
    env: { EVERPULL_LEADER_ELECT: 'false' },
    gives: { leaderElection: { is: 'off' } },
  },
  {
    says: 'a pod listens on all interfaces',
    place: POD,
    gives: { metricsAddress: { port: 8080 }, healthAddress: { port: 8081 } },
  },
  {
    says: 'a workstation listens on loopback',
    gives: {
      metricsAddress: { host: '127.0.0.1', port: 8080 },
      healthAddress: { host: '127.0.0.1', port: 8081 },
    },
  },
  {
    says: 'addresses are taken as given',
    flags: { metricsAddress: ':0', healthAddress: '[::1]:9' },
    gives: { metricsAddress: { port: 0 }, healthAddress: { host: '::1', port: 9 } },
  },
  {
    says: 'ambient credentials are allowed unless told otherwise',
    gives: { ambientCredentials: { is: 'allow' } },
  },
  {
    says: 'ambient credentials can be denied',
    flags: { ambientCredentials: 'deny' },
    gives: { ambientCredentials: { is: 'deny' } },
  },
  {
    says: 'ambient credentials can be kept to namespaces',
    flags: { ambientCredentials: 'namespaces=a,b' },
    gives: { ambientCredentials: { is: 'namespaces', namespaces: ['a', 'b'] } },
  },
  {
    says: 'no service account is spoken for by default',
    gives: { serviceAccountIdentities: { is: 'none' } },
  },
  {
    says: 'every service account is spoken for on a bare flag',
    flags: { serviceAccountIdentities: true },
    gives: { serviceAccountIdentities: { is: 'all' } },
  },
  {
    says: 'service accounts are named',
    env: { EVERPULL_SERVICE_ACCOUNT_IDENTITIES: 'a/b,c/d.e' },
    gives: {
      serviceAccountIdentities: {
        is: 'named',
        accounts: [
          { namespace: 'a', name: 'b' },
          { namespace: 'c', name: 'd.e' },
        ],
      },
    },
  },
  { says: 'drift is watched unless told otherwise', gives: { driftWatch: true } },
  { says: 'the drift watch can be left out', flags: { driftWatch: 'false' }, gives: { driftWatch: false } },
  { says: 'Argo CD lives in argocd', gives: { argocdNamespace: 'argocd' } },
  { says: 'no Git repository is synced unless told', gives: { configRepo: undefined } },
  {
    says: 'a Git repository is looked at once a minute',
    flags: { configRepo: 'https://git.example.com/config.git/ecr?ref=main' },
    gives: {
      configRepo: {
        location: 'https://git.example.com/config.git/ecr?ref=main',
        interval: minutes(1),
        secret: undefined,
      },
    },
  },
  {
    says: 'a Git repository can be reached by ssh, with a Secret',
    env: {
      EVERPULL_CONFIG_REPO: 'ssh://git.example.com/config.git',
      EVERPULL_CONFIG_REPO_SECRET: 'git',
      EVERPULL_CONFIG_REPO_INTERVAL: '5m',
    },
    gives: {
      configRepo: { location: 'ssh://git.example.com/config.git', interval: minutes(5), secret: 'git' },
    },
  },
  { says: 'Argo CD is not nudged unless told to', gives: { nudgeArgocd: false } },
  { says: 'Argo CD can be nudged', flags: { nudgeArgocd: true }, gives: { nudgeArgocd: true } },
  { says: 'a variable says so too', env: { EVERPULL_NUDGE_ARGOCD: 'true' }, gives: { nudgeArgocd: true } },
  { says: 'without variables AWS is where AWS is', gives: { awsEndpoints: {} } },
  {
    says: 'one variable moves every AWS endpoint, a narrower one wins, and external-secrets’ own wins over both',
    env: {
      AWS_ENDPOINT_URL: 'http://all',
      AWS_ENDPOINT_URL_ECR: 'http://ecr',
      AWS_ENDPOINT_URL_STS: 'http://sts',
      AWS_STS_ENDPOINT: 'http://own-sts',
    },
    gives: { awsEndpoints: { ecr: 'http://ecr', ecrPublic: 'http://all', sts: 'http://own-sts' } },
  },
  {
    says: 'ECR Public has a narrower variable of its own',
    env: { AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_ECR_PUBLIC: 'http://public' },
    gives: { awsEndpoints: { ecr: 'http://all', ecrPublic: 'http://public', sts: 'http://all' } },
  },
  {
    says: 'external-secrets’ own variable for ECR Public wins over both, and moves nothing else',
    env: {
      AWS_ENDPOINT_URL: 'http://all',
      AWS_ENDPOINT_URL_ECR_PUBLIC: 'http://public',
      AWS_ECR_PUBLIC_ENDPOINT: 'http://own-public',
    },
    gives: { awsEndpoints: { ecr: 'http://all', ecrPublic: 'http://own-public', sts: 'http://all' } },
  },
  {
    says: 'the SDK’s own switch silences the SDK’s variables only',
    env: {
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
      AWS_ENDPOINT_URL: 'http://all',
      AWS_ECR_ENDPOINT: 'http://own',
    },
    gives: { awsEndpoints: { ecr: 'http://own' } },
  },
]

for (const row of rows) {
  test(row.says, () => {
    const read = readConfig(row.flags ?? {}, row.env ?? {}, row.place ?? DESK)
    assert.equal(read.is, 'config')
    for (const [name, wanted] of Object.entries(row.gives)) {
      assert.deepEqual(read.config[name as keyof Config], wanted)
    }
  })
}

test('every mistake is reported at once, each with the place it was made', () => {
  const read = readConfig(
    {
      dialect: ['mobb,flux'],
      leaderElect: 'perhaps',
      leaseDuration: '10 hours',
      retryPeriod: '-1s',
      metricsAddress: 'localhost',
      ambientCredentials: 'namespaces=',
    },
    {
      EVERPULL_HEALTH_ADDRESS: ':70000',
      EVERPULL_SERVICE_ACCOUNT_IDENTITIES: 'account',
      WATCH_NAMESPACE: 'Team_A',
      AWS_ENDPOINT_URL: 'localhost:4566',
    },
    DESK,
  )
  assert.deepEqual(read.is === 'wrong' && read.mistakes, [
    'WATCH_NAMESPACE: "Team_A" is no namespace name',
    '--dialect: "mobb,flux" holds "flux", which is none of everpull, external-secrets, mobb, argocd',
    '--leader-elect: "perhaps" is neither true nor false',
    '--lease-duration: "10 hours" is no duration such as 15s or 1h30m',
    '--retry-period: "-1s" must be longer than nothing',
    '--metrics-address: "localhost" is no address such as 127.0.0.1:8080 or :8080',
    'EVERPULL_HEALTH_ADDRESS: ":70000" is no address such as 127.0.0.1:8080 or :8080',
    '--ambient-credentials: "namespaces=" names no namespace',
    'EVERPULL_SERVICE_ACCOUNT_IDENTITIES: "account" is no service account such as my-namespace/my-account',
    'AWS_ENDPOINT_URL: "localhost:4566" is no http:// or https:// URL',
  ])
})

test('a Git repository is refused without saying again what was written, which may be secret', () => {
  const mistakes = (configRepo: string, more: Flags = {}) => {
    const read = readConfig({ configRepo, ...more }, {}, DESK)
    return read.is === 'wrong' && read.mistakes
  }
  const within = 'holds a user name or a password: they belong into the Secret of --config-repo-secret'
  assert.deepEqual(mistakes('https://me:token@git.example.com/config.git'), [`--config-repo: ${within}`])
  assert.deepEqual(mistakes('me:token@git.example.com'), ['--config-repo: is no https:// or ssh:// URL'])
  assert.deepEqual(mistakes('http://git.example.com/config.git'), [
    '--config-repo: is no https:// or ssh:// URL',
  ])
  assert.deepEqual(mistakes('ssh://git.example.com/config.git'), [
    '--config-repo: ssh needs --config-repo-secret with sshPrivateKey and known_hosts',
  ])
  assert.deepEqual(mistakes('https://git.example.com/config.git', { configRepoInterval: '10ms' }), [
    '--config-repo-interval: 0.01s is shorter than 1s',
  ])
})

test('the token endpoint is off, and on with all it needs', () => {
  const read = (flags: Flags) => {
    const config = readConfig(flags, {}, DESK)
    return config.is === 'config' ? config.config.tokenEndpoint : config.mistakes
  }
  const address = '127.0.0.1:8443'
  const [cert, key] = ['tls.crt', 'tls.key']
  assert.equal(read({}), undefined)
  const all = { tokenEndpointAddress: address, tokenEndpointCert: cert, tokenEndpointKey: key }
  const told = { address: { host: '127.0.0.1', port: 8443 }, certificate: { cert, key } }
  assert.deepEqual(read(all), { ...told, audience: 'everpull' })
  assert.deepEqual(read({ ...all, tokenEndpointAudience: 'ecr' }), { ...told, audience: 'ecr' })
  assert.deepEqual(read({ tokenEndpointAddress: address, tokenEndpointCert: cert }), [
    '--token-endpoint-address: needs --token-endpoint-cert and --token-endpoint-key, as it answers over TLS alone',
  ])
  assert.deepEqual(read({ tokenEndpointAudience: 'ecr' }), [
    '--token-endpoint-address: is missing, without which nothing listens there',
  ])
  assert.deepEqual(read({ ...all, dialect: 'mobb' }), [
    '--token-endpoint-address: needs the dialect everpull, as it answers by the name of integrations',
  ])
})

test('a lease must outlast the tries to renew it', () => {
  const read = readConfig({ leaseDuration: '5s', renewDeadline: '10s', retryPeriod: '10s' }, {}, DESK)
  assert.deepEqual(read.is === 'wrong' && read.mistakes, [
    '--lease-duration: 5s must be longer than --renew-deadline, 10s',
    '--renew-deadline: 10s must be longer than 1.2 times --retry-period, 10s',
  ])
})

test('the tries at a lease keep apart, which takes a fifth more than the retry period', () => {
  const mistakes = (renewDeadline: string) => {
    const read = readConfig({ leaderElect: true, renewDeadline, retryPeriod: '2s' }, {}, DESK)
    return read.is === 'wrong' ? read.mistakes : []
  }
  assert.deepEqual(mistakes('2401ms'), [])
  assert.deepEqual(mistakes('2400ms'), [
    '--renew-deadline: 2.4s must be longer than 1.2 times --retry-period, 2s',
  ])
})

test('a context alone cannot be chosen in a pod', () => {
  const read = readConfig({ context: 'c' }, {}, POD)
  assert.deepEqual(read.is === 'wrong' && read.mistakes, ['--context: needs --kubeconfig in a cluster'])
})

test('nothing can be changed afterwards', () => {
  const read = readConfig({ namespace: ['a'] }, { AWS_ECR_ENDPOINT: `http://ecr` }, DESK)
  assert.equal(read.is, 'config')
  assert.ok(
    Object.isFrozen(read.config) &&
      Object.isFrozen(read.config.namespaces) &&
      Object.isFrozen(read.config.awsEndpoints),
  )
})

test('a lease may last half a day', () => {
  const read = readConfig({ leaderElect: true, leaseDuration: '12h' }, {}, DESK)
  assert.ok(read.is === 'config' && read.config.leaderElection.is === 'on')
  assert.equal(read.config.leaderElection.leaseDuration, hours(12))
})
