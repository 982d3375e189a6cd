// This file is about the token endpoint on a real cluster: tokens of its service accounts and of a CI service become logins.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { systemEnvironment } from '../support/everpull-process.ts'
import { eventually } from '../support/eventually.ts'
import { leaksIn } from '../support/leaks.ts'
import { OidcIssuer } from '../support/oidc-issuer.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'
import { tlsIdentity } from '../support/tls-identity.ts'
import {
  askEndpoint,
  type LoginsTold,
  type RefusalTold,
  type TokenAnswer,
  type TokenAsked,
} from '../support/token-client.ts'

const run = promisify(execFile)
const HOST = '123456789012.dkr.ecr.us-east-2.amazonaws.com'
const SUBJECT = 'repo:org/app:ref:refs/heads/main'

describe('the token endpoint', { timeout: 300_000 }, () => {
  let stage: Stage
  let issuer: OidcIssuer
  let operator: RunningOperator
  let ca = ''
  let url = ''
  let flags: readonly string[] = []
  const shown: string[] = []

  before(async () => {
    stage = await Stage.open({ rbac: ['--token-endpoint'] })
    issuer = await OidcIssuer.open('RS256')
    const identity = await tlsIdentity('endpoint')
    ca = identity.cert
    const { folder } = stage.sandbox
    for (const [name, text] of [
      ['tls.crt', identity.cert],
      ['tls.key', identity.key],
      ['issuer.crt', issuer.ca],
    ] as const) {
      await writeFile(join(folder, name), text)
    }
    flags = [
      '--token-endpoint-address=127.0.0.1:0',
      `--token-endpoint-cert=${join(folder, 'tls.crt')}`,
      `--token-endpoint-key=${join(folder, 'tls.key')}`,
    ]
    await stage.namespace('builds')
    await stage.namespace('elsewhere')
    for (const namespace of ['builds', 'elsewhere'])
      await stage.kubectl('create', 'serviceaccount', 'ci', '-n', namespace)
    await stage.kubectl('create', 'serviceaccount', 'other', '-n', 'builds')
    await stage.apply(integration('ci', stage.sandbox.aws.principals.roles.pusher.roleArn, issuer.issuer))
    operator = await startOperator()
    await aSecondBegins()
  })
  after(async () => {
    await issuer[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
  })

  async function startOperator(more: readonly string[] = []): Promise<RunningOperator> {
    const started = await stage.startOperator([...flags, ...more], {
      NODE_EXTRA_CA_CERTS: join(stage.sandbox.folder, 'issuer.crt'),
    })
    await started.ready()
    url = String((await started.logged('token endpoint: listening'))['url'])
    return started
  }

  /** Tokens tell whole seconds: one of the second in which a term began may have been shown before it, and is refused. */
  async function aSecondBegins(): Promise<void> {
    const begun = Date.now()
    await eventually('a second begins', () => Math.floor(Date.now() / 1000) * 1000 > begun)
  }

  const ask = async (asked: TokenAsked): Promise<TokenAnswer> => {
    if (asked.token !== undefined) shown.push(asked.token)
    return askEndpoint(url, ca, asked)
  }
  const accountToken = async (namespace: string, audience = 'everpull', name = 'ci'): Promise<string> =>
    (await stage.kubectl('create', 'token', name, '-n', namespace, `--audience=${audience}`)).trim()
  const ciToken = (changed: object = {}): Promise<string> =>
    issuer.token({ aud: 'everpull', sub: SUBJECT, ...changed })
  const logins = ({ status, body }: TokenAnswer): LoginsTold => {
    assert.equal(status, 200, body)
    return JSON.parse(body) as LoginsTold
  }
  const refusal = ({ status, body }: TokenAnswer): readonly [number, string] => [
    status,
    (JSON.parse(body) as RefusalTold).error,
  ]

  /** crane with nothing but what the endpoint answered. */
  async function crane(config: string, ...args: readonly string[]): Promise<string> {
    const folder = join(stage.sandbox.folder, 'docker')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'config.json'), config)
    const parts = await ensureParts(['crane'])
    const env = { ...systemEnvironment(), ...stage.sandbox.proxyEnv, DOCKER_CONFIG: folder }
    return (await run(parts.crane, args, { env })).stdout
  }

  it('gives a service account that a rule is for, of a namespace that shares the integration, a login to pull with', async () => {
    const token = await accountToken('builds')
    const { access, logins: given, note } = logins(await ask({ integration: 'ci', token }))
    assert.equal(access, 'pull')
    assert.deepEqual(
      given.map(({ registry, username }) => [registry, username]),
      [[HOST, 'AWS']],
    )
    assert.match(note, /every registry of its region/)
    const config = await ask({ integration: 'ci', token, form: 'docker-config' })
    assert.equal(config.headers['cache-control'], 'no-store')
    assert.match(await crane(config.body, 'manifest', `${HOST}/apps/demo:1.0.0`), /schemaVersion/)
    await assert.rejects(crane(config.body, 'tag', `${HOST}/apps/demo:1.0.0`, 'pulled'), /DENIED|403|denied/i)
  })

  it('refuses one of another namespace though the rule is for it, one without a rule, and one issued for somebody else', async () => {
    assert.deepEqual(refusal(await ask({ integration: 'ci', token: await accountToken('elsewhere') })), [
      403,
      'not-allowed',
    ])
    assert.deepEqual(
      refusal(await ask({ integration: 'ci', token: await accountToken('builds', 'everpull', 'other') })),
      [403, 'not-allowed'],
    )
    assert.deepEqual(
      refusal(await ask({ integration: 'ci', token: await accountToken('builds', 'vault') })),
      [401, 'token-refused'],
    )
  })

  it('gives a CI job whose rule says so a login to push with', async () => {
    const config = await ask({ integration: 'ci', token: await ciToken(), form: 'docker-config' })
    assert.equal(config.status, 200, config.body)
    await crane(config.body, 'tag', `${HOST}/apps/demo:1.0.0`, 'pushed')
  })

  it('asks AWS once for all who ask alike', async () => {
    const before = (await stage.calls('?operation=GetAuthorizationToken')).length
    const tokens = await Promise.all(Array.from({ length: 10 }, () => ciToken()))
    const answers = await Promise.all(tokens.map((token) => ask({ integration: 'ci', token })))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    assert.equal((await stage.calls('?operation=GetAuthorizationToken')).length, before)
  })

  it('takes such a token once', async () => {
    const token = await ciToken()
    logins(await ask({ integration: 'ci', token, body: { access: 'pull' } }))
    assert.deepEqual(refusal(await ask({ integration: 'ci', token })), [401, 'token-shown'])
  })

  it('says the same of an integration that is not there and one that gives the token nothing', async () => {
    const sub = 'repo:somebody/else:ref:refs/heads/main'
    const [missing, closed] = await Promise.all(
      ['nowhere', 'ci'].map(async (name) => ask({ integration: name, token: await ciToken({ sub }) })),
    )
    assert.deepEqual([missing?.status, closed?.status], [403, 403])
    assert.equal(missing?.body.replaceAll('nowhere', 'ci'), closed?.body)
    for (const because of ['does not exist', 'no rule is for its subject']) {
      await eventually(`the log says that it ${because}`, () =>
        operator.log.some((line) => String(line['because']).includes(because)),
      )
    }
  })

  it('gives a token that AWS failed another try', async () => {
    await stage.apply(integration('failing', 'arn:aws:iam::123456789012:role/missing', issuer.issuer))
    const token = await ciToken()
    const first = await ask({ integration: 'failing', token })
    assert.deepEqual(refusal(first), [503, 'login-unavailable'])
    assert.ok(Number(first.headers['retry-after']) >= 1)
    logins(await ask({ integration: 'ci', token }))
  })

  it('tells an operator that restarts no token from before', async () => {
    const token = await ciToken()
    await operator.stop()
    operator = await startOperator()
    assert.deepEqual(refusal(await ask({ integration: 'ci', token })), [401, 'token-older'])
    await aSecondBegins()
    logins(await ask({ integration: 'ci', token: await ciToken() }))
  })

  it('writes an audit, and no secret anywhere', async () => {
    const output = operator.output
    assert.match(output, /"fingerprint":"[0-9a-f]{16}"/)
    const secrets = [...(await stage.knownSecrets()), ...shown]
    assert.deepEqual(leaksIn(output, secrets), [])
    const metrics = await operator.metrics()
    assert.match(metrics, /everpull_token_endpoint_requests_total\{result="refused",reason="token-older"\} 1/)
  })

  it('is answered by whoever leads, and a token shown to one leader is none for the next', async () => {
    await operator.stop()
    const election = ['--leader-elect', '--lease-duration=6s', '--renew-deadline=4s', '--retry-period=1s']
    operator = await startOperator(election)
    await operator.logged('leading')
    await aSecondBegins()
    const leading = url
    const standby = await startOperator(election)
    const waiting = url
    const readiness = async (): Promise<number> =>
      (await askEndpoint(waiting, ca, { integration: '', path: '/readyz', method: 'GET' })).status
    const token = await ciToken()
    const answer = await ask({ integration: 'ci', token })
    assert.deepEqual([...refusal(answer), answer.headers['retry-after']], [503, 'not-leading', '1'])
    assert.equal(await readiness(), 503)
    url = leading
    logins(await ask({ integration: 'ci', token }))
    operator.signal('SIGKILL')
    await eventually('the other leads', async () => (await readiness()) === 200, 30_000)
    url = waiting
    assert.deepEqual(refusal(await ask({ integration: 'ci', token })), [401, 'token-older'])
    await aSecondBegins()
    logins(await ask({ integration: 'ci', token: await ciToken() }))
    assert.deepEqual(leaksIn(standby.output, [...(await stage.knownSecrets()), ...shown]), [])
  })
})

const integration = (name: string, roleArn: string, issuer: string): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'EcrIntegration',
    metadata: { name },
    spec: {
      region: 'us-east-2',
      auth: { iamRole: { roleArn } },
      registries: [{ host: HOST }],
      sharing: { namespaces: { names: ['builds'] } },
      ciAccess: [
        { issuer, audience: 'everpull', subject: 'repo:org/app:ref:refs/heads/*', access: 'push' },
        { issuer: 'kubernetes', audience: 'everpull', subject: 'system:serviceaccount:*:ci' },
      ],
    },
  })
