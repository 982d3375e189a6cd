// This file is about where the API server's own audiences are learnt.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fixedCredential } from './access.ts'
import { apiAudiences } from './api-audiences.ts'
import type { KubeRequest } from './client.ts'
import { KubeError } from './error.ts'

const bearer = (claims: object): string =>
  `Bearer e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`

const ISSUER = 'https://issuer.example'

/** A server that tells its issuer, or refuses with these statuses first. */
function aServer(...refusals: number[]) {
  let requests = 0
  const request = async <T>({ path }: KubeRequest): Promise<T> => {
    requests += 1
    assert.equal(path, '/.well-known/openid-configuration')
    const status = refusals.shift()
    if (status !== undefined) throw new KubeError({ status, reason: 'Unknown', message: 'no' })
    return { issuer: ISSUER } as T
  }
  return { request, requests: () => requests }
}

const reach = (authorization: string | undefined, inCluster = true) => ({
  credential: fixedCredential({ authorization }),
  inCluster,
})

const rows: readonly {
  says: string
  access: ReturnType<typeof reach>
  refusals?: number[]
  gives: readonly string[]
}[] = [
  { says: 'the mounted token names one', access: reach(bearer({ aud: 'a' })), gives: ['a'] },
  { says: 'the mounted token names several', access: reach(bearer({ aud: ['a', 'b'] })), gives: ['a', 'b'] },
  { says: 'a token of old names none: the issuer', access: reach(bearer({ iss: 'x' })), gives: [ISSUER] },
  { says: 'what is mounted is no JWT: the issuer', access: reach('Bearer opaque'), gives: [ISSUER] },
  {
    says: 'outside of a cluster a token may be anybody’s: the issuer',
    access: reach(bearer({ aud: 'kubectl' }), false),
    gives: [ISSUER],
  },
  {
    says: 'a client certificate names none: the issuer',
    access: reach(undefined, false),
    gives: [ISSUER],
  },
  {
    says: 'who may not read the issuer knows nothing',
    access: reach(undefined, false),
    refusals: [403],
    gives: [],
  },
]
for (const { says, access, refusals = [], gives } of rows) {
  test(`the API server’s own audiences: ${says}`, async () => {
    assert.deepEqual(await apiAudiences(access, aServer(...refusals))(), gives)
  })
}

test('the issuer is asked for once, and again after an answer that says "later"', async () => {
  const server = aServer(503)
  const audiences = apiAudiences(reach(undefined, false), server)
  assert.deepEqual(await audiences(), [])
  assert.deepEqual(await Promise.all([audiences(), audiences()]), [[ISSUER], [ISSUER]])
  await audiences()
  assert.equal(server.requests(), 2)
})
