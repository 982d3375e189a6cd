// This file is about CI snippets as they run: their shell, against a server over TLS, with crane for docker.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { listen } from '../../sandbox/aws/aws.ts'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { ciSnippet, stepsFor } from '../../src/generate/ci-snippets/ci-snippet.ts'
import { shellIn } from '../../src/generate/ci-snippets/snippet-fixture.ts'
import { CI_SYSTEMS, type CiSystem } from '../../src/generate/ci-snippets/snippet.ts'
import { systemEnvironment } from '../support/everpull-process.ts'
import { tlsIdentity } from '../support/tls-identity.ts'

const TOKEN = 'header.claims+of/a=token.signature'
const AUDIENCE = 'https://everpull.example.com/a?b=c&d'
const LOGINS = [
  {
    registry: '111111111111.dkr.ecr.eu-west-1.amazonaws.com',
    username: 'AWS',
    password: 'cGFzc3dvcmQ=+/one',
  },
  {
    registry: '222222222222.dkr.ecr.eu-west-1.amazonaws.com',
    username: 'AWS',
    password: 'cGFzc3dvcmQ=+/two',
  },
]

interface Seen {
  readonly method: string | undefined
  readonly url: string
  readonly authorization: string | undefined
}

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

describe('the shell in CI snippets', () => {
  let folder: string
  let server: Server
  let port: number
  const seen: Seen[] = []
  /** What the endpoint answers, one after the other; the last again and again. */
  let answers: { readonly status: number; readonly body: string }[] = []

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everpull-ci-snippets-'))
    const identity = await tlsIdentity('localhost')
    await writeFile(join(folder, 'ca.pem'), identity.cert)
    server = createServer(identity, (request, response) => {
      const { status, body } = answered(request)
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    })
    port = await listen(server, 0)
    await writeDocker()
  })
  beforeEach(async () => {
    seen.length = 0
    answers = [{ status: 200, body: JSON.stringify({ integration: 'ecr-prod', logins: logins() }) }]
    await rm(join(folder, 'docker'), { recursive: true, force: true })
  })
  after(async () => {
    server.close()
    server.closeAllConnections()
    await rm(folder, { recursive: true, force: true })
  })

  const logins = (): object[] => LOGINS.map((login) => ({ ...login, expiresAt: '2026-05-05T09:42:07Z' }))

  function answered(request: IncomingMessage): { readonly status: number; readonly body: string } {
    const { method, url = '', headers } = request
    seen.push({ method, url, authorization: headers.authorization })
    if (url.startsWith('/github')) return { status: 200, body: JSON.stringify({ count: 1, value: TOKEN }) }
    return (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 500, body: '' }
  }

  /** crane writes the same file; what it is called with is kept. */
  async function writeDocker(): Promise<void> {
    const { crane } = await ensureParts(['crane'])
    await mkdir(join(folder, 'bin'))
    const docker = join(folder, 'bin', 'docker')
    await writeFile(docker, `#!/bin/sh\necho "$*" >> '${folder}/arguments'\nexec '${crane}' auth "$@"\n`)
    await chmod(docker, 0o755)
  }

  async function run(
    system: CiSystem,
    rest: { readonly registry?: string; readonly ca?: false } = {},
  ): Promise<Ended> {
    const { issuer = 'https://jenkins.example.com/oidc', subject } = stepsFor(system)
    const text = ciSnippet(system, {
      integration: 'ecr-prod',
      endpoint: `https://127.0.0.1:${port}`,
      ...(rest.ca === false ? {} : { certificateAuthority: join(folder, 'ca.pem') }),
      ...(rest.registry === undefined ? {} : { registry: rest.registry }),
      rule: { issuer, subject, audience: AUDIENCE, access: 'pull' },
    })
    const { script, environment } = shellIn(system, text)
    await writeFile(join(folder, 'token'), `${TOKEN}\n`)
    const outer = systemEnvironment()
    return sh(script.replaceAll('/var/run/secrets/ecr-login', folder), {
      PATH: `${join(folder, 'bin')}:${outer['PATH'] ?? ''}`,
      HOME: folder,
      NO_PROXY: '127.0.0.1',
      ...environment,
      ...given[system],
      DOCKER_CONFIG: join(folder, 'docker'),
    })
  }

  /** What the system itself puts into the environment. */
  const given: Readonly<Record<CiSystem, Readonly<Record<string, string>>>> = {
    get github() {
      return {
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-the-runner',
        ACTIONS_ID_TOKEN_REQUEST_URL: `https://127.0.0.1:${port}/github?api-version=2.0`,
        CURL_CA_BUNDLE: join(folder, 'ca.pem'),
      }
    },
    gitlab: { ECR_LOGIN_TOKEN: TOKEN },
    jenkins: { ECR_LOGIN_TOKEN: TOKEN },
    tekton: {},
    argo: {},
  }

  const sh = (script: string, env: Readonly<Record<string, string>>): Promise<Ended> =>
    new Promise((resolve) => {
      // As a system does that shows every command it runs.
      const child = execFile('sh', ['-x'], { env, timeout: 60_000 }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
      )
      child.stdin?.end(script)
    })

  const passwords = async (): Promise<Readonly<Record<string, string>>> => {
    const text = await readFile(join(folder, 'docker', 'config.json'), 'utf8')
    const { auths } = JSON.parse(text) as { auths: Record<string, { auth: string }> }
    const decoded = Object.entries(auths).map(([host, { auth }]) => [
      host,
      Buffer.from(auth, 'base64').toString(),
    ])
    return Object.fromEntries(decoded) as Readonly<Record<string, string>>
  }

  const expected = Object.fromEntries(
    LOGINS.map(({ registry, username, password }) => [registry, `${username}:${password}`]),
  )

  for (const system of CI_SYSTEMS) {
    it(`of ${system} logs in to every registry of the integration`, async () => {
      const { code, out, err } = await run(system)
      assert.equal(code, 0, err + out)
      assert.deepEqual(await passwords(), expected)
      const [asked] = seen.filter(({ url }) => url.startsWith('/v1'))
      assert.deepEqual(asked, {
        method: 'POST',
        url: '/v1/integrations/ecr-prod/login',
        authorization: `Bearer ${TOKEN}`,
      })
    })

    it(`of ${system} logs in to one of them where it is told which`, async () => {
      const [, { registry } = LOGINS[0]!] = LOGINS
      assert.equal((await run(system, { registry })).code, 0)
      assert.deepEqual(await passwords(), { [registry]: expected[registry] })
      assert.match(
        (await run(system, { registry: 'other.example.com' })).err,
        /no login for other\.example\.com/,
      )
    })

    it(`of ${system} fails with what the endpoint says`, async () => {
      answers = [{ status: 403, body: '{"error":"no rule lets repo:org/app in"}' }]
      const { code, err } = await run(system)
      assert.notEqual(code, 0)
      assert.match(err, /no login by https:.*no rule lets repo:org\/app in/)
      await assert.rejects(passwords())
    })

    it(`of ${system} tries again where the endpoint has no leader yet`, { timeout: 60_000 }, async () => {
      answers = [{ status: 503, body: '{"error":"not yet"}' }, ...answers]
      assert.equal((await run(system)).code, 0)
      assert.deepEqual(await passwords(), expected)
    })

    // GitHub's own server stands behind another authority, which this test gives to curl for both.
    if (system === 'github') continue
    it(`of ${system} trusts nobody but who signed the certificate`, async () => {
      const { code, err } = await run(system, { ca: false })
      assert.notEqual(code, 0)
      assert.match(err, /certificate/)
    })
  }

  it('shows nothing secret, save to have GitHub mask it', async () => {
    for (const system of CI_SYSTEMS) {
      const { out, err } = await run(system)
      const shown = `${out}${err}`.replaceAll(/^::add-mask::.*$/gm, '')
      for (const secret of [TOKEN, 'of-the-runner', ...LOGINS.map(({ password }) => password)])
        assert.ok(!shown.includes(secret), `${system}: ${shown}`)
    }
    const called = await readFile(join(folder, 'arguments'), 'utf8')
    for (const { password } of LOGINS) assert.ok(!called.includes(password))
  })

  it('has GitHub mask the token and each password before they are used', async () => {
    const { out } = await run('github')
    const masked = [...out.matchAll(/^::add-mask::(.*)$/gm)].map(([, text]) => text)
    assert.deepEqual(masked, [TOKEN, ...LOGINS.map(({ password }) => password)])
  })

  it('asks GitHub for a token for the audience of the rule', async () => {
    await run('github')
    const url = new URL(seen[0]?.url ?? '', 'https://127.0.0.1')
    assert.equal(url.searchParams.get('audience'), AUDIENCE)
    assert.equal(url.searchParams.get('api-version'), '2.0')
    assert.equal(seen[0]?.authorization, 'Bearer of-the-runner')
  })
})
