// This file is about CI snippets as they run: their shell, against a server over TLS, with crane for docker.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { listen } from '../../sandbox/aws/aws.ts'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { ciSnippet, stepsFor } from '../../src/generate/ci-snippets/ci-snippet.ts'
import { shellIn } from '../../src/generate/ci-snippets/snippet-fixture.ts'
import { instant } from '../../src/base/clock.ts'
import { SecretText } from '../../src/base/secret-text.ts'
import { dockerConfigBody, type GrantedLogin, loginsBody } from '../../src/token-endpoint/answer.ts'
import { CI_SYSTEMS, type CiSystem } from '../../src/generate/ci-snippets/snippet.ts'
import { systemEnvironment } from '../support/everpull-process.ts'
import { tlsIdentity } from '../support/tls-identity.ts'

const TOKEN = 'header.claims+of/a=token.signature'
const AUDIENCE = 'https://everpull.example.com/a?b=c&d'
const HOSTS = ['111111111111', '222222222222'].map((id) => `${id}.dkr.ecr.eu-west-1.amazonaws.com`)
const LOGINS: readonly GrantedLogin[] = HOSTS.map((host) => ({
  host,
  username: 'AWS',
  password: new SecretText(`cGFzc3dvcmQ=+/${host}`),
  expiresAt: instant(0),
}))

interface Seen {
  readonly method: string | undefined
  readonly url: string
  readonly authorization: string | undefined
  readonly body: string
}

interface Answer {
  readonly status: number
  readonly body: string
  /** So much of it comes, and then nothing. */
  readonly breaksOffAt?: number
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
  /** What the endpoint answers first, one after the other. */
  let refusals: Answer[] = []

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everpull-ci-snippets-'))
    const identity = await tlsIdentity('localhost')
    await writeFile(join(folder, 'ca.pem'), identity.cert)
    server = createServer(identity, (request, response) => {
      void answered(request).then(({ status, body, breaksOffAt }) => {
        const length = { 'content-length': Buffer.byteLength(body) }
        response.writeHead(status, { 'content-type': 'application/json', ...length })
        if (breaksOffAt === undefined) return response.end(body)
        return response.write(body.slice(0, breaksOffAt), () => request.socket.destroySoon())
      })
    })
    port = await listen(server, 0)
    await writeDocker()
  })
  beforeEach(async () => {
    seen.length = 0
    refusals = []
    await rm(join(folder, 'docker'), { recursive: true, force: true })
  })
  after(async () => {
    server.close()
    server.closeAllConnections()
    await rm(folder, { recursive: true, force: true })
  })

  async function answered(request: IncomingMessage): Promise<Answer> {
    const { method, url = '', headers } = request
    const body = await text(request)
    seen.push({ method, url, authorization: headers.authorization, body })
    if (url.startsWith('/github')) return { status: 200, body: JSON.stringify({ count: 1, value: TOKEN }) }
    return refusals.shift() ?? granted(url, JSON.parse(body) as { access: 'pull'; registry?: string })
  }

  function granted(url: string, { access, registry }: { access: 'pull'; registry?: string }): Answer {
    const logins = LOGINS.filter(({ host }) => registry === undefined || registry === host)
    if (logins.length === 0) return { status: 404, body: '{"error":"registry-not-named"}' }
    const given = { is: 'granted', integration: 'ecr-prod', access, logins } as const
    return { status: 200, body: url.endsWith('/login') ? loginsBody(given) : dockerConfigBody(given) }
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
    const snippet = ciSnippet(system, {
      integration: 'ecr-prod',
      endpoint: `https://127.0.0.1:${port}`,
      ...(rest.ca === false ? {} : { certificateAuthority: join(folder, 'ca.pem') }),
      ...(rest.registry === undefined ? {} : { registry: rest.registry }),
      rule: { issuer, subject, audience: AUDIENCE, access: 'pull' },
    })
    const { script, environment } = shellIn(system, snippet)
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
    const config = await readFile(join(folder, 'docker', 'config.json'), 'utf8')
    const { auths } = JSON.parse(config) as { auths: Record<string, { auth: string }> }
    const decoded = Object.entries(auths).map(([host, { auth }]) => [
      host,
      Buffer.from(auth, 'base64').toString(),
    ])
    return Object.fromEntries(decoded) as Readonly<Record<string, string>>
  }

  const secrets = LOGINS.map(({ password }) => password.reveal())
  const expected = Object.fromEntries(HOSTS.map((host, i) => [host, `AWS:${secrets[i]}`]))

  for (const system of CI_SYSTEMS) {
    it(`of ${system} logs in to every registry of the integration`, async () => {
      const { code, out, err } = await run(system)
      assert.equal(code, 0, err + out)
      assert.deepEqual(await passwords(), expected)
      const { method, url, authorization, body } = seen.at(-1) ?? assert.fail('nobody asked')
      assert.match(`${method} ${url}`, /^POST \/v1\/integrations\/ecr-prod\/(login|docker-config)$/)
      assert.equal(authorization, `Bearer ${TOKEN}`)
      assert.deepEqual(JSON.parse(body), { access: 'pull' })
    })

    it(`of ${system} logs in to one of them where it is told which`, async () => {
      const registry = HOSTS[1] ?? ''
      assert.equal((await run(system, { registry })).code, 0)
      assert.deepEqual(await passwords(), { [registry]: expected[registry] })
      assert.match(
        (await run(system, { registry: 'other.example.com' })).err,
        /no login by.*registry-not-named/,
      )
    })

    it(`of ${system} fails with what the endpoint says`, async () => {
      refusals = [{ status: 403, body: '{"error":"no rule lets repo:org/app in"}' }]
      const { code, err } = await run(system)
      assert.notEqual(code, 0)
      assert.match(err, /no login by https:.*no rule lets repo:org\/app in/)
      await assert.rejects(passwords())
    })

    it(`of ${system} takes nothing for a login that is none`, async () => {
      refusals = [{ status: 200, body: '<html>Sign in</html>' }]
      const { code, err } = await run(system)
      assert.notEqual(code, 0)
      assert.match(err, /the answer holds no login/)
    })

    it(`of ${system} shows nothing of an answer that breaks off in a password`, async () => {
      const form = ['tekton', 'argo'].includes(system) ? 'docker-config' : 'login'
      const { body } = granted(`/${form}`, { access: 'pull' })
      const part = secrets[0]?.slice(0, -4) ?? ''
      const broken = { status: 200, body, breaksOffAt: body.indexOf(part) + part.length }
      // A refusal that was tried again stands before it.
      refusals = [{ status: 503, body: '{"error":"not-leading"}' }, broken]
      const { code, out, err } = await run(system)
      assert.notEqual(code, 0)
      assert.match(err, /no login by https:.*: the answer broke off/)
      assert.ok(!`${out}${err}`.includes(part.slice(0, 8)), err)
      await assert.rejects(passwords())
    })

    it(`of ${system} tries again where the endpoint has no leader yet`, { timeout: 60_000 }, async () => {
      refusals = [{ status: 503, body: '{"error":"not-leading"}' }]
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
      for (const secret of [TOKEN, 'of-the-runner', ...secrets])
        assert.ok(!shown.includes(secret), `${system}: ${shown}`)
    }
    const called = await readFile(join(folder, 'arguments'), 'utf8')
    for (const secret of secrets) assert.ok(!called.includes(secret))
  })

  it('has GitHub mask the token and each password before they are used', async () => {
    const { out } = await run('github')
    const masked = [...out.matchAll(/^::add-mask::(.*)$/gm)].map(([, text]) => text)
    assert.deepEqual(masked, [TOKEN, ...secrets])
  })

  it('asks GitHub for a token for the audience of the rule', async () => {
    await run('github')
    const url = new URL(seen[0]?.url ?? '', 'https://127.0.0.1')
    assert.equal(url.searchParams.get('audience'), AUDIENCE)
    assert.equal(url.searchParams.get('api-version'), '2.0')
    assert.equal(seen[0]?.authorization, 'Bearer of-the-runner')
  })
})
