// This file is about whom the token endpoint lets in: real tokens over TLS, and attacks on them.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { CompactSign } from 'jose'
import { fault } from '../../src/model/fault.ts'
import { instant } from '../../src/base/clock.ts'
import { leaksIn } from '../support/leaks.ts'
import { OidcIssuer, signingKey } from '../support/oidc-issuer.ts'
import { HOST, PASSWORD, ruleOf, SUBJECT, TokenBench } from '../support/token-bench.ts'
import type { LoginsTold, RefusalTold } from '../support/token-client.ts'

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const nowS = (): number => Math.floor(Date.now() / 1000)

let bench: TokenBench
beforeEach(async () => {
  bench = await TokenBench.open()
})
afterEach(() => bench[Symbol.asyncDispose]())

describe('a token of a CI service', () => {
  test('opens what its rule gives', async () => {
    const answer = await bench.ask({ token: await bench.token() })
    assert.equal(answer.status, 200, answer.body)
    const told = JSON.parse(answer.body) as LoginsTold
    assert.equal(told.access, 'pull')
    assert.deepEqual(
      told.logins.map(({ registry, username, password }) => [registry, username, password]),
      [[HOST, 'AWS', PASSWORD]],
    )
    assert.equal(answer.headers['cache-control'], 'no-store')
    const policy = bench.wants[0]?.identity.roles.at(-1)?.policy ?? ''
    assert.match(policy, /BatchGetImage/)
    assert.doesNotMatch(policy, /PutImage/)
  })

  test('opens more than the registry it is for, and every answer says so', async () => {
    const says = /opens every registry of its region/
    const logins = await bench.ask({ token: await bench.token() })
    assert.match((JSON.parse(logins.body) as LoginsTold).note, says)
    const config = await bench.ask({ token: await bench.token(), form: 'docker-config' })
    assert.deepEqual(Object.keys(JSON.parse(config.body) as object), ['auths'])
    for (const { headers } of [logins, config]) assert.match(String(headers['everpull-note']), says)
  })

  test('may be signed with RS256 too, by a key that came later', async () => {
    assert.equal(await bench.says({ token: await bench.token() }), '200')
    const rotated = await signingKey('RS256')
    bench.issuer.keys = [rotated]
    assert.equal(await bench.says({ token: await bench.token() }), '200')
    assert.equal(bench.issuer.fetches, 2)
  })

  const refused: readonly (readonly [string, string, (issuer: OidcIssuer) => Promise<string>])[] = [
    [
      'that has expired',
      '401 token-expired',
      (o) => o.token({ aud: 'everpull', sub: SUBJECT, exp: nowS() - 60 }),
    ],
    [
      'without an expiry',
      '401 token-malformed',
      (o) => o.token({ aud: 'everpull', sub: SUBJECT, exp: undefined }),
    ],
    [
      'from the far future',
      '503 token-early',
      (o) => o.token({ aud: 'everpull', sub: SUBJECT, nbf: nowS() + 40 }),
    ],
    [
      'issued in the future',
      '503 token-early',
      (o) => o.token({ aud: 'everpull', sub: SUBJECT, iat: nowS() + 8 }),
    ],
    [
      'for somebody else',
      '401 audience-wrong',
      (o) => o.token({ aud: ['vault', 'everpull.dev'], sub: SUBJECT }),
    ],
    [
      'without a number',
      '401 token-unnumbered',
      (o) => o.token({ aud: 'everpull', sub: SUBJECT, jti: undefined }),
    ],
    [
      'of another repository',
      '403 not-allowed',
      (o) => o.token({ aud: 'everpull', sub: 'repo:org/other:ref:refs/heads/main' }),
    ],
    ['of a branch with a slash', '403 not-allowed', (o) => o.token({ aud: 'everpull', sub: `${SUBJECT}/x` })],
    [
      'of an issuer whose name goes on',
      '403 not-allowed',
      (o) => o.token({ aud: 'everpull', sub: SUBJECT, iss: `${o.issuer}/` }),
    ],
    [
      'with an issuer that is the word for service accounts',
      '403 not-allowed',
      (o) => o.token({ aud: 'everpull', sub: SUBJECT, iss: 'kubernetes' }),
    ],
    [
      'signed with a key that nobody published',
      '403 not-allowed',
      async (o) => o.token({ aud: 'everpull', sub: SUBJECT }, await signingKey('ES256')),
    ],
    [
      'signed with a key that nobody published, under the name of one that is',
      '403 not-allowed',
      async (o) => o.token({ aud: 'everpull', sub: SUBJECT }, await signingKey('ES256', o.keys[0]?.kid)),
    ],
    [
      'that is not signed',
      '403 not-allowed',
      async (o) => `${base64({ alg: 'none' })}.${base64(o.claims({ aud: 'everpull', sub: SUBJECT }))}.`,
    ],
    [
      'signed with the public key as a shared secret',
      '403 not-allowed',
      async (o) => {
        const key = o.keys[0]
        const text = `${base64({ alg: 'HS256', kid: key?.kid })}.${base64(o.claims({ aud: 'everpull', sub: SUBJECT }))}`
        return `${text}.${createHmac('sha256', JSON.stringify(key?.open)).update(text).digest('base64url')}`
      },
    ],
    [
      'that brings its key along',
      '403 not-allowed',
      async (o) => {
        const own = await signingKey('ES256')
        return new CompactSign(Buffer.from(JSON.stringify(o.claims({ aud: 'everpull', sub: SUBJECT }))))
          .setProtectedHeader({ alg: 'ES256', jwk: own.open, kid: own.kid })
          .sign(own.secret)
      },
    ],
    [
      'signed with an algorithm that is not asked for',
      '403 not-allowed',
      async (o) => {
        const key = await signingKey('PS256')
        o.keys = [key, ...o.keys]
        return o.token({ aud: 'everpull', sub: SUBJECT }, key)
      },
    ],
    [
      'whose claims were changed after it was signed',
      '403 not-allowed',
      async (o) => {
        const [head, , signature] = (await o.token({ aud: 'everpull', sub: 'repo:evil/app:x' })).split('.')
        return [head, base64(o.claims({ aud: 'everpull', sub: SUBJECT })), signature].join('.')
      },
    ],
    ['that is no token', '401 token-malformed', async () => 'abc'],
    ['that is no token in three parts', '401 token-malformed', async () => 'a.b.c'],
  ]
  for (const [what, says, make] of refused) {
    test(`${what} opens nothing`, async () => {
      assert.equal(await bench.says({ token: await make(bench.issuer) }), says)
      assert.deepEqual(bench.wants, [])
    })
  }

  test('of clocks a few seconds apart is taken, where it may be shown again', async () => {
    bench.integration('ci', { ciAccess: [ruleOf(bench.issuer.issuer, { reuse: true })] })
    assert.equal(await bench.says({ token: await bench.token({ iat: nowS() + 5, nbf: nowS() + 5 }) }), '200')
    assert.equal(await bench.says({ token: await bench.token({ exp: nowS() - 5 }) }), '200')
  })

  test('may be shown once, however many show it at once', async () => {
    const token = await bench.token()
    const answers = await Promise.all(Array.from({ length: 8 }, () => bench.says({ token })))
    assert.deepEqual(answers.toSorted(), ['200', ...Array.from({ length: 7 }, () => '401 token-shown')])
  })

  test('may be shown again where its rule says so', async () => {
    bench.integration('ci', { ciAccess: [ruleOf(bench.issuer.issuer, { reuse: true })] })
    const token = await bench.token({ jti: undefined })
    assert.deepEqual([await bench.says({ token }), await bench.says({ token })], ['200', '200'])
  })

  test('from before this term opens nothing, and one issued since does', async () => {
    const token = await bench.token({ iat: nowS() - 5 })
    bench.beginTerm(Date.now() - 3000)
    assert.equal(await bench.says({ token }), '401 token-older')
    assert.equal(await bench.says({ token: await bench.token() }), '200')
  })

  test('shown in one term cannot be shown in the next', async () => {
    const token = await bench.token()
    assert.equal(await bench.says({ token }), '200')
    bench.beginTerm(Date.now() + 1)
    assert.equal(await bench.says({ token }), '401 token-older')
  })

  test('is not spent by a failure', async () => {
    const token = await bench.token()
    const { mint } = bench
    bench.mint = () => ({
      is: 'refused',
      fault: fault('aws-throttled', 'AWS throttles'),
      retryAt: instant(Date.now() + 2500),
    })
    const answer = await bench.ask({ token })
    assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '3'])
    bench.mint = mint
    assert.equal(await bench.says({ token }), '200')
  })

  test('gives push to whose rule says so, and may ask for less', async () => {
    const push = ruleOf(bench.issuer.issuer, { access: 'push' })
    bench.integration('ci', { ciAccess: [ruleOf(bench.issuer.issuer), push] })
    const access = async (body?: object): Promise<string> => {
      const { body: text } = await bench.ask({ token: await bench.token(), body })
      return (JSON.parse(text) as LoginsTold).access
    }
    assert.deepEqual([await access(), await access({ access: 'pull' })], ['push', 'pull'])
    assert.match(bench.wants[0]?.identity.roles.at(-1)?.policy ?? '', /PutImage/)
    assert.doesNotMatch(bench.wants[1]?.identity.roles.at(-1)?.policy ?? '', /PutImage/)
  })

  test('is refused push by a rule to pull', async () => {
    const says = await bench.says({ token: await bench.token(), body: { access: 'push' } })
    assert.equal(says, '403 access-not-given')
  })

  test('opens no login to pull that could push', async () => {
    bench.integration('ci', { auth: { ambient: {} }, ciAccess: [ruleOf(bench.issuer.issuer)] })
    assert.equal(await bench.says({ token: await bench.token() }), '409 integration-unusable')
    bench.integration('ci', {
      auth: { ambient: {} },
      ciAccess: [ruleOf(bench.issuer.issuer, { access: 'push' })],
    })
    assert.equal(await bench.says({ token: await bench.token() }), '200')
  })

  test('opens the registries that are named, and no other', async () => {
    assert.equal(await bench.says({ token: await bench.token(), body: { registry: HOST } }), '200')
    const other = { registry: 'public.ecr.aws' }
    assert.equal(await bench.says({ token: await bench.token(), body: other }), '404 registry-not-named')
    bench.integration('ci', { registries: undefined, ciAccess: [ruleOf(bench.issuer.issuer)] })
    assert.equal(await bench.says({ token: await bench.token() }), '200')
    const spec = { registries: undefined, auth: { ambient: {} } }
    bench.integration('ci', { ...spec, ciAccess: [ruleOf(bench.issuer.issuer, { access: 'push' })] })
    assert.equal(await bench.says({ token: await bench.token() }), '409 integration-unusable')
  })

  test('opens nothing of an integration meant for another installation', async () => {
    const runtimes = { policy: 'Selected', names: ['elsewhere'] }
    bench.integration('ci', { runtimes, ciAccess: [ruleOf(bench.issuer.issuer)] })
    assert.equal(await bench.says({ token: await bench.token() }), '409 integration-unusable')
  })
})

describe('an issuer', () => {
  const discovery = '/.well-known/openid-configuration'

  test('is never asked where no rule names it', async () => {
    await using other = await OidcIssuer.open()
    assert.equal(
      await bench.says({ token: await other.token({ aud: 'everpull', sub: SUBJECT }) }),
      '403 not-allowed',
    )
    assert.equal(await bench.says({ integration: 'nowhere', token: await bench.token() }), '403 not-allowed')
    assert.deepEqual([other.asked, bench.issuer.asked], [[], []])
  })

  test('is asked once for many at once, and not again for ten minutes', async () => {
    await Promise.all(Array.from({ length: 8 }, async () => bench.says({ token: await bench.token() })))
    assert.equal(await bench.says({ token: await bench.token() }), '200')
    assert.equal(bench.issuer.fetches, 1)
  })

  test('is asked at most once a minute for keys that nobody knows', async () => {
    assert.equal(await bench.says({ token: await bench.token() }), '200')
    for (let i = 0; i < 10; i += 1) {
      assert.equal(
        await bench.says({ token: await bench.token({}, await signingKey('ES256')) }),
        '403 not-allowed',
      )
    }
    assert.equal(bench.issuer.fetches, 2)
    assert.equal(await bench.says({ token: await bench.token() }), '200')
  })

  const broken: readonly (readonly [string, (o: OidcIssuer) => void, RegExp])[] = [
    [
      'that redirects',
      (o) => o.instead.set('/keys', (_q, r) => r.writeHead(302, { location: 'https://127.0.0.1:1/' }).end()),
      /redirects/,
    ],
    [
      'whose keys have no end',
      (o) => o.instead.set('/keys', (_q, r) => r.end(JSON.stringify({ keys: [], pad: 'x'.repeat(70_000) }))),
      /longer than 65536/,
    ],
    ['that says nothing', (o) => o.instead.set('/keys', () => {}), /not read within/],
    ['that trickles', (o) => o.instead.set('/keys', (_q, r) => void r.write('{')), /not read within/],
    [
      'that says it is another',
      (o) =>
        o.instead.set(discovery, (_q, r) =>
          r.end(JSON.stringify({ issuer: 'https://x.example', jwks_uri: `${o.issuer}/keys` })),
        ),
      /another issuer/,
    ],
    [
      'whose keys are somewhere else',
      (o) =>
        o.instead.set(discovery, (_q, r) =>
          r.end(JSON.stringify({ issuer: o.issuer, jwks_uri: 'https://127.0.0.1:1/keys' })),
        ),
      /not served by itself/,
    ],
    [
      'whose keys are not served over TLS',
      (o) =>
        o.instead.set(discovery, (_q, r) =>
          r.end(JSON.stringify({ issuer: o.issuer, jwks_uri: o.issuer.replace('https', 'http') })),
        ),
      /not served by itself/,
    ],
    ['that answers no JSON', (o) => o.instead.set('/keys', (_q, r) => r.end('<html>')), /no JSON/],
    ['that fails', (o) => o.instead.set('/keys', (_q, r) => r.writeHead(500).end()), /answers 500/],
  ]
  for (const [what, breakIt, because] of broken) {
    test(`${what} is told as unreachable, with the reason in the log`, async () => {
      breakIt(bench.issuer)
      const answer = await bench.ask({ token: await bench.token() })
      assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '10'])
      assert.match(String(bench.log.at(-1)?.fields['because']), because)
      assert.equal(await bench.says({ token: await bench.token() }), '503 issuer-unreachable')
      assert.ok(bench.issuer.asked.length <= 2, 'a failing issuer is not asked again at once')
    })
  }
})

describe('a token of a service account', () => {
  const account = (namespace = 'builds', audiences: readonly string[] = ['everpull']) =>
    ({ is: 'account', namespace, name: 'ci', audiences }) as const
  const token = (namespace = 'builds') =>
    bench.issuer.token({
      iss: 'https://kubernetes.default.svc',
      aud: 'everpull',
      sub: `system:serviceaccount:${namespace}:ci`,
    })
  const sharing = { namespaces: { names: ['builds'] } }
  const rule = { issuer: 'kubernetes', audience: 'everpull', subject: 'system:serviceaccount:*:ci' }

  beforeEach(() => {
    bench.integration('ci', { sharing, ciAccess: [rule] })
    bench.reviewed = account()
  })

  test('opens nothing without a rule for service accounts, and is told which', async () => {
    const others = [[], [ruleOf(bench.issuer.issuer, { subject: 'system:serviceaccount:builds:ci' })]]
    for (const ciAccess of others) {
      bench.integration('ci', { sharing, ciAccess })
      const answer = await bench.ask({ token: await token() })
      assert.equal(answer.status, 403)
      const { message } = JSON.parse(answer.body) as RefusalTold
      assert.match(
        message,
        /has issuer "kubernetes", audience "everpull" and subject "system:serviceaccount:builds:ci", and that spec.sharing there names namespace builds$/,
      )
    }
    assert.deepEqual(bench.wants, [])
  })

  test('opens what its rule says, to pull unless that says push, as often as it is shown', async () => {
    const shown = await token()
    assert.deepEqual([await bench.says({ token: shown }), await bench.says({ token: shown })], ['200', '200'])
    assert.equal(await bench.says({ token: shown, body: { access: 'push' } }), '403 access-not-given')
    assert.deepEqual(bench.reviewedFor[0], ['everpull'])
  })

  test('of a namespace it is not shared with opens nothing, though a rule is for it and whatever it says of itself', async () => {
    bench.reviewed = account('elsewhere')
    assert.equal(await bench.says({ token: await token('builds') }), '403 not-allowed')
  })

  test('that the API server does not take opens nothing', async () => {
    bench.reviewed = { is: 'refused', because: 'token audiences ["vault"] is invalid' }
    assert.equal(await bench.says({ token: await token() }), '401 token-refused')
    bench.reviewed = { is: 'unavailable', because: 'no answer' }
    assert.equal(await bench.says({ token: await token() }), '503 cluster-unreachable')
    bench.reviewed = account('builds', [])
    assert.equal(await bench.says({ token: await token() }), '401 audience-wrong')
  })

  test('needs the audience and the subject of the rule, and its namespace in sharing', async () => {
    const push = { ...rule, audience: 'push', subject: 'system:serviceaccount:builds:ci', access: 'push' }
    bench.integration('ci', { sharing, ciAccess: [push] })
    assert.equal(await bench.says({ token: await token() }), '401 audience-wrong')
    bench.reviewed = account('builds', ['push'])
    assert.equal(await bench.says({ token: await token(), body: { access: 'push' } }), '200')
    assert.deepEqual(bench.reviewedFor.at(-1), ['everpull', 'push'])
    bench.integration('ci', {
      sharing,
      ciAccess: [{ ...push, subject: 'system:serviceaccount:builds:other' }],
    })
    assert.equal(await bench.says({ token: await token() }), '403 not-allowed')
    bench.integration('ci', { ciAccess: [push] })
    assert.equal(await bench.says({ token: await token() }), '403 not-allowed')
  })

  test('for the API server itself opens nothing, whatever a rule says, with the reason in the log', async () => {
    bench.apiAudiences = ['https://kubernetes.default.svc']
    const own = { ...rule, audience: 'https://kubernetes.default.svc' }
    const because = () => String(bench.log.at(-1)?.fields['because'])
    const leftOut = /; rules for audience "https:\/\/kubernetes.default.svc" are left out, as the API server/
    bench.integration('ci', { sharing, ciAccess: [own] })
    bench.reviewed = { is: 'refused', because: 'token audiences are invalid' }
    assert.equal(await bench.says({ token: await token() }), '401 token-refused')
    assert.match(because(), leftOut)
    // As a server answers that tells audiences not apart.
    bench.reviewed = account('builds', ['everpull', own.audience])
    assert.equal(await bench.says({ token: await token() }), '403 not-allowed')
    assert.match(because(), leftOut)
    bench.integration('ci', { sharing, ciAccess: [own, rule] })
    assert.equal(await bench.says({ token: await token() }), '200')
    assert.deepEqual(bench.reviewedFor, [['everpull'], ['everpull'], ['everpull']])
  })

  test('waits for nobody where eight are reviewed already, and is told to come again', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    bench.reviewing = promise
    const shown = await token()
    const ask = () => bench.ask({ token: shown })
    let refused = 0
    const many = Array.from({ length: 12 }, async () => {
      const { status, headers, body } = await ask()
      // The last of those that get no place ends the wait of those that have one.
      if (status === 503 && (refused += 1) === 4) resolve()
      return status === 200
        ? '200'
        : `${status} ${(JSON.parse(body) as RefusalTold).error} ${String(headers['retry-after'])}`
    })
    const answers = await Promise.all(many)
    assert.deepEqual(answers.toSorted(), [
      ...Array.from({ length: 8 }, () => '200'),
      ...Array.from({ length: 4 }, () => '503 busy 1'),
    ])
    assert.equal(bench.reviewedFor.length, 8)
    assert.equal((await ask()).status, 200)
  })
})

describe('nobody learns', () => {
  test('whether an integration is there', async () => {
    bench.integration('closed', {})
    bench.integration('theirs', { ciAccess: [ruleOf(bench.issuer.issuer, { subject: 'repo:them/app:x' })] })
    bench.integration('wrong', { region: 7, ciAccess: [ruleOf(bench.issuer.issuer)] })
    const forged = await bench.token({}, await signingKey('ES256', bench.issuer.keys[0]?.kid))
    for (const token of [await bench.token(), forged]) {
      const texts = await Promise.all(
        ['nowhere', 'closed', 'theirs', 'wrong'].map(async (integration) => {
          const { status, body, headers } = await bench.ask({ integration, token })
          const { date: _date, 'content-length': _length, ...rest } = headers
          return JSON.stringify([status, body.replaceAll(integration, 'NAME'), rest])
        }),
      )
      assert.equal(new Set(texts).size, 1, texts.join('\n'))
      assert.match(texts[0] ?? '', /403/)
    }
  })

  test('a token or a password from the log', async () => {
    const token = await bench.token()
    await bench.ask({ token })
    await bench.ask({ token })
    const lines = JSON.stringify(bench.log)
    assert.deepEqual(leaksIn(lines, [token, PASSWORD]), [])
    const [given, again] = bench.log.slice(-2).map(({ fields }) => fields)
    assert.equal(given?.['subject'], SUBJECT)
    assert.equal(given?.['verified'], true)
    assert.match(String(given?.['fingerprint']), /^[0-9a-f]{16}$/)
    assert.deepEqual([again?.['reason'], again?.['fingerprint']], ['token-shown', given?.['fingerprint']])
    assert.deepEqual(
      bench.told.map(({ result, reason }) => `${result} ${reason}`),
      ['granted granted', 'refused token-shown'],
    )
  })

  test('more than what to do from a refusal', async () => {
    const { body } = await bench.ask({ token: await bench.token({ aud: 'vault' }) })
    const { message } = JSON.parse(body) as RefusalTold
    assert.equal(message, 'the token is for "vault": have one issued for audience "everpull"')
  })
})
