// This file is about `everpull login --endpoint`, as a CI job runs it, against a real endpoint.
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { fault } from '../../src/model/fault.ts'
import { runEndpointLogin } from '../../src/run-endpoint-login.ts'
import { aCommandLine } from '../support/command-line.ts'
import { eventually } from '../support/eventually.ts'
import { CHECKOUT, type Ended, runEverpull } from '../support/everpull-process.ts'
import { leaksIn } from '../support/leaks.ts'
import { HOST, PASSWORD, ruleOf, TokenBench } from '../support/token-bench.ts'

let bench: TokenBench
beforeEach(async () => {
  bench = await TokenBench.open()
})
afterEach(() => bench[Symbol.asyncDispose]())

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function login(
  environment: Readonly<Record<string, string | undefined>>,
  ...args: readonly string[]
): Promise<Ran> {
  const line = aCommandLine({
    environment,
    files: { 'ca.crt': bench.identity.cert, token: `${environment['TOKEN_IN_FILE'] ?? ''}\n` },
    endpointLogin: (asked) => runEndpointLogin({}, asked),
  })
  const always = ['--integration', 'ci', '--endpoint', bench.url, '--ca-file', 'ca.crt']
  const code = await line.run('login', ...always, ...args)
  return { code, ...line.output }
}

const withToken = async (changed: object = {}): Promise<Record<string, string>> => ({
  EVERPULL_TOKEN: await bench.token(changed),
})

describe('everpull login --endpoint', () => {
  test('prints the password for docker, and all else beside it', async () => {
    const { code, out, err } = await login(await withToken())
    assert.equal(code, 0, err)
    assert.equal(out, `${PASSWORD}\n`)
    assert.match(err, new RegExp(`user AWS at ${HOST}, to pull, good until`))
    assert.match(err, /opens every registry of its region/)
  })

  test('takes its token from a file', async () => {
    const { code, err } = await login({ TOKEN_IN_FILE: await bench.token() }, '--token-file', 'token')
    assert.equal(code, 0, err)
    const empty = await login({}, '--token-file', 'token')
    assert.deepEqual([empty.code, empty.err], [2, 'everpull: --token-file: token is empty\n'])
    const missing = await login({}, '--token-file', 'nowhere')
    assert.equal(missing.code, 2)
    assert.match(missing.err, /--token-file: nowhere cannot be read/)
  })

  test('prints a docker config for all registries', async () => {
    const registries = [{ host: HOST }, { public: true }]
    bench.integration('ci', { registries, ciAccess: [ruleOf(bench.issuer.issuer)] })
    const several = await login(await withToken())
    assert.equal(several.code, 2)
    assert.match(several.err, /--registry: say which one, of .*public\.ecr\.aws/)
    const { code, out, err } = await login(await withToken(), '--docker-config')
    assert.equal(code, 0, err)
    const { auths } = JSON.parse(out) as { auths: Record<string, { auth: string }> }
    assert.deepEqual(Object.keys(auths), [HOST, 'public.ecr.aws'])
    assert.equal(Buffer.from(auths[HOST]?.auth ?? '', 'base64').toString(), `AWS:${PASSWORD}`)
  })

  const refused: readonly (readonly [string, object, RegExp])[] = [
    ['a wrong audience', { aud: 'vault' }, /is for "vault": have one issued for audience "everpull"/],
    ['an expired token', { exp: 1 }, /has expired: have a new one issued/],
    [
      'a token that no rule is for',
      { sub: 'repo:org/other:x' },
      /no EcrIntegration ci lets this token in: check the name/,
    ],
  ]
  for (const [what, claims, says] of refused) {
    test(`says what to do about ${what}`, async () => {
      const environment = await withToken(claims)
      const { code, out, err } = await login(environment)
      assert.deepEqual([code, out], [1, ''])
      assert.match(err, says)
      assert.deepEqual(leaksIn(err, [environment['EVERPULL_TOKEN'] ?? '']), [])
    })
  }

  test('says what to do about a token that was shown before', async () => {
    const environment = await withToken()
    assert.equal((await login(environment)).code, 0)
    const { code, err } = await login(environment)
    assert.equal(code, 1)
    assert.match(err, /was shown before, and may be once: have a new one issued for each login/)
  })

  test('asks for push by name, and is told when there is none', async () => {
    const { code, err } = await login(await withToken(), '--access', 'push')
    assert.equal(code, 1)
    assert.match(err, /give this token pull alone/)
  })

  test('asks again where another replica leads, and gives up in time', async () => {
    bench.leads = false
    const begun = performance.now()
    const asked = login(await withToken(), '--timeout', '30s')
    await eventually('it was asked', () => bench.told.length > 0)
    bench.leads = true
    assert.equal((await asked).code, 0)
    bench.leads = false
    const { code, err } = await login(await withToken(), '--timeout', '2s')
    assert.equal(code, 1)
    assert.match(err, /another replica of the operator answers .*; gave up after 2 s/)
    assert.ok(performance.now() - begun < 30_000)
  })

  test('does not wait for what nobody will bring', async () => {
    bench.mint = () => ({ is: 'refused', fault: fault('credential-missing', 'Secret a/b does not exist') })
    const begun = performance.now()
    const { code, err } = await login(await withToken())
    assert.deepEqual([code, performance.now() - begun < 10_000], [1, true])
    assert.match(err, /Secret a\/b does not exist/)
  })

  test('gives up on an endpoint that never answers', async () => {
    bench.mint = () => new Promise(() => {})
    const { code, err } = await login(await withToken(), '--timeout', '1s')
    assert.equal(code, 1)
    assert.match(err, /does not answer in time; gave up after 1 s/)
  })

  test('trusts nobody it is not told to', async () => {
    const line = aCommandLine({
      environment: await withToken(),
      endpointLogin: (asked) => runEndpointLogin({}, asked),
    })
    assert.equal(await line.run('login', '--integration', 'ci', '--endpoint', bench.url), 1)
    assert.match(line.output.err, /DEPTH_ZERO_SELF_SIGNED_CERT.*check --ca-file/)
    assert.deepEqual(bench.told, [])
  })

  test('is told of what cannot be meant', async () => {
    const line = aCommandLine({ files: { 'ca.crt': '' } })
    const says = async (...args: readonly string[]): Promise<string> => {
      line.output.err = ''
      assert.equal(await line.run('login', ...args), 2)
      return line.output.err
    }
    assert.match(
      await says('--endpoint', 'http://x.example', '--integration', 'a'),
      /--endpoint: is no https:/,
    )
    assert.match(
      await says('--endpoint', 'https://u:canary@x.example'),
      /^(?!.*canary).*--endpoint: is no https:/s,
    )
    assert.match(
      await says('--endpoint', 'https://x.example'),
      /--integration: is missing[^]*--token-file: is missing/,
    )
    assert.match(await says('--endpoint', 'https://x.example', 'NAME'), /leave out one of the two/)
    assert.match(
      await says('--registry', 'x', '--token-file', 'a', '--timeout', '3'),
      /--token-file: needs --endpoint/,
    )
  })
})

describe('on GitHub', () => {
  let runner: Server
  let issued = 0
  let url = ''
  beforeEach(async () => {
    issued = 0
    runner = createServer(bench.identity, (request, response) => {
      const audience = new URL(request.url ?? '', 'https://x').searchParams.get('audience') ?? ''
      const isKnown = request.headers.authorization === 'Bearer runner-canary'
      issued += 1
      void bench
        .token({ aud: audience })
        .then((value) => response.writeHead(isKnown ? 200 : 401).end(JSON.stringify({ value })))
    })
    await new Promise<void>((resolve) => {
      runner.listen(0, '127.0.0.1', resolve)
    })
    url = `https://127.0.0.1:${(runner.address() as AddressInfo).port}/token?api-version=2`
  })
  afterEach(
    () =>
      new Promise((resolve) => {
        runner.close(resolve)
        runner.closeAllConnections()
      }),
  )

  /** The runner's certificate is trusted as Node is told to at its start, so this is a process of its own. */
  const onGithub = (credential: string, ...args: readonly string[]): Promise<Ended> =>
    runEverpull(
      {
        says: 'on GitHub',
        command: [process.execPath, join(CHECKOUT, 'bin', 'everpull.js')],
        environment: {
          ACTIONS_ID_TOKEN_REQUEST_URL: url,
          ACTIONS_ID_TOKEN_REQUEST_TOKEN: credential,
          NODE_EXTRA_CA_CERTS: join(bench.folder, 'ca.crt'),
        },
      },
      'login',
      '--integration',
      'ci',
      '--endpoint',
      bench.url,
      ...args,
    )

  test('a job has its token issued by itself, and a new one where that helps', async () => {
    assert.deepEqual((await onGithub('runner-canary')).out, `${PASSWORD}\n`)
    assert.equal(issued, 1)
    bench.beginTerm(Date.now() + 60_000)
    const { code, err } = await onGithub('runner-canary')
    assert.deepEqual([code, issued], [1, 3])
    assert.match(err, /issued before this endpoint began/)
  })

  test('a job without the permission is told which', async () => {
    const { code, err } = await onGithub('none')
    assert.equal(code, 1)
    assert.match(err, /GitHub issues no token: it answers 401: the job needs permissions: id-token: write/)
    assert.doesNotMatch(err, /canary/)
  })

  test('the audience is what the job says', async () => {
    const { code, err } = await onGithub('runner-canary', '--audience', 'vault')
    assert.equal(code, 1)
    assert.match(err, /is for "vault"/)
  })
})
