// This file is about what the commands that look into a cluster say, and how they end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aCommandLine, type CommandLineParts } from '../../test/support/command-line.ts'
import { SecretText } from '../base/secret-text.ts'
import type {
  CheckReport,
  Explanation,
  LoginAsked,
  LoginTold,
  PolicyTold,
  SecretExplained,
} from '../operator/commands.ts'

async function run(line: string, parts: CommandLineParts = {}) {
  const commandLine = aCommandLine(parts)
  const code = await commandLine.run(...line.split(' ').filter((word) => word !== ''))
  return { code, ...commandLine.output }
}

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const CALLER = 'arn:aws:iam::123456789012:user/ecr'
const ROLE = 'arn:aws:iam::123456789012:role/ecr'

const SECRET: SecretExplained = {
  secret: 'builds/pull',
  shape: `docker config with ${HOST}`,
  decision: { is: 'fresh', because: 'it holds what is asked for', renewsAt: '2030-01-01T08:00:00Z' },
  logins: [
    {
      scope: 'ECR in eu-west-1',
      identity: 'role arn through EcrIntegration prod',
      mintedAt: '2030-01-01T00:00:00Z',
      expiresAt: '2030-01-01T12:00:00Z',
    },
  ],
  consent: 'it is owned by RegistryLogin builds/pull',
  links: ['default name it in imagePullSecrets'],
}

const explained = (...secrets: readonly SecretExplained[]): Explanation => ({
  objects: [
    {
      kind: 'RegistryLogin.everpull.dev',
      namespace: 'builds',
      name: 'pull',
      dialect: 'everpull',
      conditions: [
        { type: 'Ready', status: 'True', reason: 'Serving', message: 'well', since: '2030-01-01T00:00:00Z' },
      ],
      secrets,
    },
  ],
})

test('explain: a person reads who keeps a Secret, as whom, and until when', async () => {
  const { code, out } = await run('explain pull -n builds', {
    explain: async () => explained(SECRET),
    isWatched: true,
  })
  assert.equal(code, 0)
  assert.equal(
    out,
    `RegistryLogin.everpull.dev builds/pull (dialect everpull)
  CONDITION   STATUS   SINCE                  REASON    MESSAGE
  Ready       True     2030-01-01T00:00:00Z   Serving   well

  SECRET     builds/pull
  holds      docker config with ${HOST}
  decision   fresh: it holds what is asked for
  renewed    at 2030-01-01T08:00:00Z
  login      ECR in eu-west-1, as role arn through EcrIntegration prod
  life       minted at 2030-01-01T00:00:00Z, dies at 2030-01-01T12:00:00Z
  written    as it is owned by RegistryLogin builds/pull
  linked     default name it in imagePullSecrets
`,
  )
})

test('explain: programs get JSON, YAML or names, and the namespace is asked for', async () => {
  const asked: unknown[] = []
  const explain = async (_config: unknown, what: unknown) => (asked.push(what), explained(SECRET))
  assert.deepEqual(JSON.parse((await run('explain pull -n builds', { explain })).out), explained(SECRET))
  assert.match((await run('explain pull -o yaml', { explain })).out, /^objects:\n {2}- kind: RegistryLogin/)
  assert.equal((await run('explain pull -o name', { explain })).out, 'registrylogin.everpull.dev/pull\n')
  assert.deepEqual(asked.slice(0, 2), [{ name: 'pull', namespace: 'builds' }, { name: 'pull' }])
})

test('explain: a Secret that is not as it should be is exit code 1, and the only one told of many', async () => {
  const well = Array.from({ length: 20 }, (_, n) => ({ ...SECRET, secret: `n${n}/pull` }))
  const lost = {
    ...SECRET,
    secret: 'lost/pull',
    decision: { is: 'renew', because: 'its time has come' },
  } as const
  const { code, out } = await run('explain pull', {
    explain: async () => explained(...well, lost),
    isWatched: true,
  })
  assert.equal(code, 1)
  assert.match(out, /lost\/pull[\s\S]*20 more Secrets hold what is asked for/)
  assert.doesNotMatch(out, /n7\/pull/)
})

const POLICIES: readonly PolicyTold[] = [
  {
    object: 'EcrIntegration prod',
    kind: 'identity',
    of: CALLER,
    policy: { Statement: [{ Action: 'sts:AssumeRole' }] },
  },
  {
    object: 'EcrIntegration prod',
    kind: 'identity',
    of: ROLE,
    policy: { Statement: [{ Action: ['ecr:A'] }] },
  },
  { object: 'EcrIntegration prod', kind: 'trust', of: ROLE, policy: { Statement: [] } },
]

test('policy: the document of whoever asks ECR stands alone on standard output', async () => {
  const { code, out, err } = await run('policy prod', { policies: async () => POLICIES })
  assert.equal(code, 0)
  assert.deepEqual(JSON.parse(out), POLICIES[1]?.policy)
  assert.deepEqual(err.trim().split('\n'), [
    `everpull: the identity policy of ${ROLE}, for EcrIntegration prod`,
    `everpull: beside it, the identity policy of ${CALLER}: --of ${CALLER}`,
    `everpull: beside it, the trust policy of ${ROLE}: --trust --of ${ROLE}`,
  ])
})

test('policy: others are asked for by their sort and by whose they are, or all at once', async () => {
  const policies = async () => POLICIES
  assert.deepEqual(JSON.parse((await run('policy prod --trust', { policies })).out), POLICIES[2]?.policy)
  assert.deepEqual(
    JSON.parse((await run(`policy prod --of ${CALLER}`, { policies })).out),
    POLICIES[0]?.policy,
  )
  assert.deepEqual(JSON.parse((await run('policy prod -o json', { policies })).out), { policies: POLICIES })
  assert.match(
    (await run('policy prod -o table', { policies })).out,
    /identity {3}arn:aws:iam::123456789012:role\/ecr {3}ecr:A/,
  )
  const none = await run('policy prod --repository', { policies })
  assert.deepEqual([none.code, none.out], [1, ''])
})

const LOGIN: LoginTold = {
  is: 'login',
  host: HOST,
  username: 'AWS',
  password: new SecretText('hunter2'),
  expiresAt: '2030-01-01T12:00:00Z',
}

test('login: the password alone is on standard output, and who it is for on standard error', async () => {
  const asked: LoginAsked[] = []
  const login: CommandLineParts['login'] = async (_config, what) => (asked.push(what), LOGIN)
  assert.deepEqual(await run(`login --registry https://${HOST}/v2/`, { login }), {
    code: 0,
    out: 'hunter2\n',
    err: `everpull: the password of user AWS at ${HOST}, good until 2030-01-01T12:00:00Z\n`,
  })
  await run(`login --registry ${HOST} --integration prod -n builds`, { login })
  await run('login pull -n builds', { login })
  assert.deepEqual(asked, [
    { is: 'registry', host: HOST },
    { is: 'registry', host: HOST, integration: { name: 'prod', namespace: 'builds' } },
    { is: 'object', name: 'pull', namespace: 'builds' },
  ])
})

const wrongLogins: readonly (readonly [string, string])[] = [
  ['neither a name nor a registry', 'login'],
  ['a name and an integration', 'login pull --integration prod'],
  ['a registry of somebody else', 'login --registry ghcr.io'],
]
for (const [what, line] of wrongLogins) {
  test(`login: ${what} is wrong usage, and prints nothing`, async () => {
    const login = async () => ({ is: 'not-ecr', because: 'it is another' }) as const
    const { code, out } = await run(line, { login })
    assert.deepEqual([code, out], [2, ''])
  })
}

async function credentials(verb: string, input: string, parts: CommandLineParts = {}) {
  const commandLine = aCommandLine({ ...parts, files: { '-': input } })
  const code = await commandLine.runAsCredentialHelper(verb)
  return { code, ...commandLine.output }
}

test('credentials: a login is answered as docker asks for it', async () => {
  const asked: LoginAsked[] = []
  const login: CommandLineParts['login'] = async (_config, what) => (asked.push(what), LOGIN)
  assert.deepEqual(await credentials('get', `https://${HOST}\n`, { login }), {
    code: 0,
    out: `{"ServerURL":"https://${HOST}","Username":"AWS","Secret":"hunter2"}\n`,
    err: '',
  })
  const environment = { EVERPULL_LOGIN_INTEGRATION: 'prod', EVERPULL_LOGIN_NAMESPACE: 'builds' }
  await credentials('get', HOST, { login, environment })
  assert.deepEqual(asked, [
    { is: 'registry', host: HOST },
    { is: 'registry', host: HOST, integration: { name: 'prod', namespace: 'builds' } },
  ])
})

test('credentials: other registries go on without a login', async () => {
  const login = async () => ({ is: 'not-ecr', because: 'it is another' }) as const
  assert.deepEqual(await credentials('get', 'ghcr.io', { login }), {
    code: 1,
    out: 'credentials not found in native keychain\n',
    err: '',
  })
})

test('credentials: nothing is kept, so putting away and taking back succeed', async () => {
  const input = JSON.stringify({ ServerURL: HOST, Username: 'AWS', Secret: 'hunter2' })
  assert.deepEqual(await credentials('store', input), { code: 0, out: '', err: '' })
  assert.deepEqual(await credentials('erase', HOST), { code: 0, out: '', err: '' })
  assert.deepEqual(await credentials('list', ''), { code: 0, out: '{}\n', err: '' })
  assert.equal((await credentials('what', '')).code, 2)
})

const PROBED: CheckReport = {
  aws: { is: 'known', arn: CALLER },
  operatorSecrets: [],
  kinds: [],
  objects: [],
  missingRights: [],
  warnings: [{ object: 'EcrIntegration prod', reason: 'SharingNotEnforced', message: 'anybody may' }],
  probes: [
    {
      kind: 'EcrIntegration',
      namespace: '',
      name: 'prod',
      identity: 'role r',
      arn: ROLE,
      steps: [
        { name: 'login', on: HOST, result: 'passed' },
        {
          name: 'ecr:BatchGetImage',
          on: HOST,
          result: 'denied',
          reason: 'AccessDenied',
          message: 'not allowed',
          remedy: 'add\n{"Action": "ecr:BatchGetImage"}',
        },
      ],
    },
  ],
}

test('check NAME: a person gets each step with what would help, and exit code 1 where one is denied', async () => {
  const { code, out } = await run('check prod --push', { check: async () => PROBED, isWatched: true })
  assert.equal(code, 1)
  assert.equal(
    out,
    `AWS identity: ${CALLER}

WARNING              ABOUT                 WHY
SharingNotEnforced   EcrIntegration prod   anybody may

Connection of EcrIntegration prod, as role r, which is ${ROLE}
TRIED               ON                                             RESULT   WHY
login               ${HOST}   passed
ecr:BatchGetImage   ${HOST}   denied   not allowed

To mend ecr:BatchGetImage:
  add
  {"Action": "ecr:BatchGetImage"}
`,
  )
})

test('check NAME: what is nice to have fails nothing', async () => {
  const [probed] = PROBED.probes ?? []
  assert.ok(probed !== undefined)
  const steps = probed.steps.map((step) => ({ ...step, optional: true as const }))
  const report = { ...PROBED, probes: [{ ...probed, steps }] }
  assert.equal((await run('check prod', { check: async () => report })).code, 0)
})

test('version: one line, or what a program wants to know', async () => {
  assert.equal((await run('version')).out, 'everpull 1.2.3\n')
  assert.equal((JSON.parse((await run('version -o json')).out) as { version: string }).version, '1.2.3')
})
