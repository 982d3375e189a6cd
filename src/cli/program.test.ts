// This file is about what the commands say, on a terminal and in a pipe, and how they end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aCommandLine, type CommandLineParts } from '../../test/support/command-line.ts'
import { seconds } from '../base/duration.ts'
import { type Config, readConfig } from '../config.ts'
import { settings } from '../config/settings.ts'
import {
  type CheckReport,
  CommandFailure,
  type CrdsAsked,
  type RbacAsked,
  type SandboxState,
} from '../operator/commands.ts'
import { buildProgram } from './program.ts'

async function run(line: string, parts: CommandLineParts = {}) {
  const commandLine = aCommandLine(parts)
  const code = await commandLine.run(...line.split(' ').filter((word) => word !== ''))
  return { code, ...commandLine.output }
}

test('operator: flags and variables become one configuration, and its end is our exit code', async () => {
  const seen: Config[] = []
  const operator = async (config: Config): Promise<1> => {
    seen.push(config)
    return 1
  }
  const line =
    'operator --namespace a b --namespace c --leader-elect --service-account-identities=x/y --dialect mobb'
  const ended = await run(line, { operator, environment: { EVERPULL_LEASE_DURATION: '20s' } })
  assert.deepEqual(ended, { code: 1, out: '', err: '' })
  const [config] = seen
  assert.deepEqual(config?.namespaces, { is: 'named', namespaces: ['a', 'b', 'c'] })
  assert.deepEqual(config.dialects, ['mobb'])
  assert.equal(config.leaderElection.is === 'on' && config.leaderElection.leaseDuration, seconds(20))
  assert.deepEqual(config.serviceAccountIdentities, {
    is: 'named',
    accounts: [{ namespace: 'x', name: 'y' }],
  })
})

test('operator: every setting is an option, under the name the configuration reads', () => {
  const options = buildProgram(aCommandLine().context)
    .commands.find((c) => c.name() === 'operator')
    ?.options.filter((o) => o.long !== '--help')
  assert.deepEqual(
    options?.map((o) => o.attributeName()),
    Object.keys(settings),
  )
})

test('operator: defaults are those the help promises', () => {
  const read = readConfig({}, {}, { inCluster: true })
  assert.ok(read.is === 'config' && read.config.leaderElection.is === 'on')
  const { leaseDuration, renewDeadline, retryPeriod } = read.config.leaderElection
  const promised = [settings.leaseDuration, settings.renewDeadline, settings.retryPeriod]
  assert.deepEqual(
    promised.map((s) => /default: (\d+)s/.exec(s.help)?.[1]),
    [leaseDuration, renewDeadline, retryPeriod].map((ms) => String(ms / 1000)),
  )
})

test('crds: prints what it is given, for the dialects asked', async () => {
  const asked: CrdsAsked[] = []
  const crds = async (a: CrdsAsked) => {
    asked.push(a)
    return 'kind: A\n'
  }
  assert.deepEqual(await run('crds', { commands: { crds } }), { code: 0, out: 'kind: A\n', err: '' })
  await run('crds --missing --dialect mobb --kubeconfig k --context c', { commands: { crds } })
  assert.deepEqual(asked, [
    { dialects: [] },
    { dialects: ['mobb'], missingFrom: { is: 'kubeconfig', file: 'k', context: 'c' } },
  ])
})

test('rbac: asks for the least unless told otherwise', async () => {
  const asked: RbacAsked[] = []
  const rbac = async (a: RbacAsked) => {
    asked.push(a)
    return 'kind: Role\n'
  }
  const commands = { rbac }
  assert.equal((await run('rbac', { commands })).out, 'kind: Role\n')
  await run(
    'rbac --service-account a/b --namespace n,m --dialect mobb --service-account-identities --drift-watch=false --lease-namespace l',
    { commands },
  )
  assert.deepEqual(asked, [
    {
      serviceAccount: { namespace: 'everpull', name: 'everpull' },
      namespaces: [],
      dialects: ['everpull', 'external-secrets', 'mobb', 'argocd'],
      serviceAccountIdentities: { is: 'none' },
      driftWatch: true,
      argocdNamespace: 'argocd',
    },
    {
      serviceAccount: { namespace: 'a', name: 'b' },
      namespaces: ['n', 'm'],
      dialects: ['mobb'],
      serviceAccountIdentities: { is: 'all' },
      driftWatch: false,
      argocdNamespace: 'argocd',
      leaseNamespace: 'l',
    },
  ])
})

test('rbac: all mistakes are told at once, and nothing is printed', async () => {
  assert.deepEqual(await run('rbac --service-account a --namespace N --drift-watch=perhaps'), {
    code: 2,
    out: '',
    err: [
      'everpull: --service-account: "a" is no service account such as my-namespace/my-account',
      'everpull: --namespace: "N" is no namespace name',
      'everpull: --drift-watch: "perhaps" is neither true nor false',
      '',
    ].join('\n'),
  })
})

const report: CheckReport = {
  aws: { is: 'known', arn: 'arn:aws:iam::123456789012:user/ecr' },
  operatorSecrets: [],
  warnings: [],
  kinds: [
    {
      kind: 'ExternalSecret.external-secrets.io',
      dialect: 'external-secrets',
      served: ['v1'],
      version: 'v1',
      notServed: ['v1beta1'],
      note: 'the definition installed does not serve v1beta1',
    },
    { kind: 'Secret.ecr.mobb.redhat.com', dialect: 'mobb', served: [], notServed: [] },
  ],
  objects: [
    {
      kind: 'ExternalSecret',
      namespace: 'argocd',
      name: 'repo',
      state: 'served',
      targets: ['argocd/repo-1'],
      expiresAt: '2030-01-01T00:00:00Z',
    },
    {
      kind: 'ExternalSecret',
      namespace: 'b',
      name: 'other',
      state: 'dormant',
      because: 'its controller is at work',
      targets: [],
    },
  ],
  missingRights: [],
}

test('check: a person gets tables', async () => {
  const { code, out } = await run('check', { check: async () => report, isWatched: true })
  assert.equal(code, 0)
  assert.equal(
    out,
    `AWS identity: arn:aws:iam::123456789012:user/ecr

KIND                                 DIALECT            VERSION         NOTE
ExternalSecret.external-secrets.io   external-secrets   v1              the definition installed does not serve v1beta1
Secret.ecr.mobb.redhat.com           mobb               not installed

OBJECT                 NAMESPACE   STATE     SECRETS         EXPIRES                WHY
ExternalSecret repo    argocd      served    argocd/repo-1   2030-01-01T00:00:00Z
ExternalSecret other   b           dormant                                          its controller is at work
`,
  )
})

test('check: a pipe gets JSON', async () => {
  const { out } = await run('check', { check: async () => report })
  assert.deepEqual(JSON.parse(out), report)
})

const unwell: readonly (readonly [string, Partial<CheckReport>])[] = [
  ['a missing right', { missingRights: [{ verb: 'patch', resource: 'secrets', neededFor: 'writing' }] }],
  [
    'a failing object',
    { objects: [{ kind: 'K', namespace: 'a', name: 'b', state: 'failing', targets: [] }] },
  ],
]
for (const [says, part] of unwell) {
  test(`check: ${says} is exit code 1`, async () => {
    const { code } = await run('check', {
      check: async () => ({ ...report, ...part }),
      isWatched: true,
    })
    assert.equal(code, 1)
  })
}

test('check: a name and namespaces narrow it, and it is configured as the operator is', async () => {
  const asked: unknown[] = []
  const check: CommandLineParts['check'] = async (config, what) => {
    asked.push([config.namespaces, config.cluster, config.driftWatch, what])
    return report
  }
  await run('check repo --namespace argocd --context c', {
    check,
    environment: { EVERPULL_DRIFT_WATCH: 'false' },
  })
  await run('check --namespace argocd --namespace a,b repo --service-account n/a', { check })
  const desk = { is: 'kubeconfig' }
  assert.deepEqual(asked, [
    [{ is: 'named', namespaces: ['argocd'] }, { ...desk, context: 'c' }, false, { name: 'repo' }],
    [
      { is: 'named', namespaces: ['argocd', 'a', 'b'] },
      desk,
      true,
      { name: 'repo', account: { namespace: 'n', name: 'a' } },
    ],
  ])
})

test('check: mistakes in flags and variables are told at once', async () => {
  const { code, err } = await run('check --service-account a', {
    environment: { EVERPULL_DRIFT_WATCH: 'perhaps' },
  })
  assert.equal(code, 2)
  assert.equal(err.split('\n').length, 3)
})

const up: SandboxState = {
  folder: '/state',
  parts: [
    { name: 'etcd', state: 'running', pid: 12, address: '127.0.0.1:2379' },
    { name: 'registry', state: 'stopped' },
  ],
}
const sandbox = {
  up: async () => up,
  down: async () => ({ folder: '/state', parts: [] }),
  status: async () => up,
  kubeconfig: async () => 'apiVersion: v1\n',
}

test('sandbox: its parts are listed for a person, and are JSON in a pipe', async () => {
  const parts = { commands: { sandbox } }
  assert.equal(
    (await run('sandbox up', { ...parts, isWatched: true })).out,
    `PART       STATE     PID   ADDRESS
etcd       running   12    127.0.0.1:2379
registry   stopped

State folder: /state
`,
  )
  assert.deepEqual(JSON.parse((await run('sandbox up', parts)).out), up)
  assert.deepEqual(await run('sandbox kubeconfig', parts), { code: 0, out: 'apiVersion: v1\n', err: '' })
  assert.equal((await run('sandbox down', { ...parts, isWatched: true })).out, 'no sandbox is up\n')
})

test('sandbox: a part that does not run makes the status fail', async () => {
  assert.equal((await run('sandbox status', { commands: { sandbox } })).code, 1)
  const well = { ...up, parts: up.parts.slice(0, 1) }
  assert.equal(
    (await run('sandbox status', { commands: { sandbox: { ...sandbox, status: async () => well } } })).code,
    0,
  )
})

test('sandbox: the life of its tokens is a duration', async () => {
  const asked: unknown[] = []
  const commands = { sandbox: { ...sandbox, up: async (a: unknown) => (asked.push(a), up) } }
  await run('sandbox up --token-life 90s', { commands })
  assert.deepEqual(asked, [{ tokenLife: seconds(90) }])
  assert.deepEqual((await run('sandbox up --token-life soon', { commands })).code, 2)
})

const failures: readonly (readonly [string, unknown, number, RegExp])[] = [
  [
    'what cannot be done is one line',
    new CommandFailure('the cluster does not answer'),
    1,
    /^everpull: the cluster does not answer\n$/,
  ],
  [
    'what makes no sense is wrong usage',
    new CommandFailure('no such context', true),
    2,
    /^everpull: no such context\n$/,
  ],
  [
    'a bug keeps its stack',
    new TypeError('undefined is no function'),
    1,
    /^everpull: TypeError: undefined.*\n\s+at /,
  ],
]
for (const [says, thrown, code, err] of failures) {
  test(`failures: ${says}`, async () => {
    const ended = await run('crds', { commands: { crds: () => Promise.reject(thrown) } })
    assert.equal(ended.code, code)
    assert.match(ended.err, err)
  })
}

test('help: every command ends with examples that begin with the name it was called by', async () => {
  const program = buildProgram(aCommandLine().context)
  const withExamples = program.commands.map((c) => c.name()).filter((name) => name !== 'version')
  for (const name of withExamples) {
    const { code, out } = await run(`${name} --help`, { calledAs: 'kubectl everpull' })
    assert.equal(code, 0)
    assert.match(out, new RegExp(`Examples:\\n  # .*\\n  kubectl everpull ${name}`))
  }
})

const data = { 'data.json': '{"username":"AWS"}' }

test('template: a file is rendered as it is, without a newline of ours', async () => {
  const files = { ...data, 't.tmpl': 'user={{ .username | lower }}' }
  assert.deepEqual(await run('template --data data.json t.tmpl', { files }), {
    code: 0,
    out: 'user=aws',
    err: '',
  })
})

test('template: the data may stand under "data", as in the first line of a file of vectors', async () => {
  const files = { 'data.json': '{"data":{"username":"AWS"}}', 't.tmpl': '{{ .username }}' }
  assert.equal((await run('template --data data.json t.tmpl', { files })).out, 'AWS')
})

test('template: what cannot be rendered is one line and exit code 1', async () => {
  const ended = await run('template --data data.json -', { files: { ...data, '-': '{{ .username' } })
  assert.equal(ended.code, 1)
  assert.equal(ended.out, '')
  assert.match(ended.err, /^everpull: .*\n$/)
})

test('template: lines are answered in their order, and a row that errs is no failure', async () => {
  const rows = [
    '{"id":1,"template":"{{ .username }}"}',
    '',
    '{"id":"b","template":"{{ nothing }}"}',
    '{"id":3,"template":"x"}',
  ]
  const { code, out } = await run('template --data data.json --jsonl rows', {
    files: { ...data, rows: rows.join('\n') },
  })
  assert.equal(code, 0)
  const answers = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: unknown; result: object })
  assert.deepEqual(answers[0], { id: 1, result: { out: 'AWS' } })
  assert.deepEqual([answers[1]?.id, Object.keys(answers[1]?.result ?? {})], ['b', ['err']])
  assert.deepEqual(answers[2], { id: 3, result: { out: 'x' } })
})

const wrongData: readonly (readonly [string, string])[] = [
  ['no JSON', 'hunter2'],
  ['a list', '["hunter2"]'],
  ['a value that is no text', '{"password":{"hunter2":1}}'],
]
for (const [what, text] of wrongData) {
  test(`template: ${what} as data is wrong usage, and is not quoted`, async () => {
    const ended = await run('template --data data.json -', { files: { 'data.json': text, '-': '' } })
    assert.equal(ended.code, 2)
    assert.match(ended.err, /^everpull: data\.json.*\n$/)
    assert.doesNotMatch(ended.err, /hunter2/)
  })
}

test('template: lines that cannot be read are wrong usage', async () => {
  const ended = await run('template --data data.json --jsonl none', { files: data })
  assert.deepEqual(ended, { code: 2, out: '', err: 'everpull: cannot read none: no such file\n' })
})

const MOBB = `apiVersion: ecr.mobb.redhat.com/v1alpha1
kind: Secret
metadata: {name: ecr, namespace: one}
spec: {ecr_registry: 123456789012.dkr.ecr.eu-west-1.amazonaws.com, frequency: 10h, generated_secret_name: docker, region: eu-west-1}
`

test('convert: manifests come out as ours, with comments, or as JSON and names for programs', async () => {
  const files = { 'a.yaml': MOBB }
  const { code, out, err } = await run('convert a.yaml', { files })
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /^---\n# Who asks AWS[\s\S]*kind: EcrIntegration[\s\S]*# From Secret one\/ecr\.\n/)
  const { items } = JSON.parse((await run('convert a.yaml -o json', { files })).out) as { items: unknown[] }
  assert.equal(items.length, 2)
  assert.equal(
    (await run('convert a.yaml --output name', { files })).out,
    'ecrintegration.everpull.dev/default\nregistrylogin.everpull.dev/ecr\n',
  )
})

test('convert: what is left to do by hand is told, and is exit code 1', async () => {
  const files = { '-': MOBB.replace('123456789012.dkr', '[ACCOUNT].dkr') }
  const { code, err } = await run('convert -', { files })
  assert.equal(code, 1)
  assert.match(err, /^everpull: .*\n$/)
})

test('convert: mistakes and files that are not there are wrong usage', async () => {
  assert.equal((await run('convert none.yaml')).code, 2)
  assert.equal((await run('convert a.yaml --account 12', { files: { 'a.yaml': MOBB } })).code, 2)
})
