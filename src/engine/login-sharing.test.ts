// This file is about logins that many ask for at once: each gets one that was minted for whom and what it asked, and for nothing else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { aLogin, aWant } from '../../test/support/builders.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { instant } from '../base/clock.ts'
import { hours } from '../base/duration.ts'
import { SecretText } from '../base/secret-text.ts'
import type { Identity } from '../model/identity.ts'
import type { TokenScope } from '../model/login.ts'
import { LoginCache } from './login-cache.ts'

interface Ask {
  /** As `Logins.identify` digests an identity. */
  readonly key: string
  readonly scope: TokenScope
}

const region = fc.constantFrom('us-east-1', 'us-east-2', '')
const yes = fc.constant(true as const)
const scope: fc.Arbitrary<TokenScope> = fc.oneof(
  fc.record(
    { service: fc.constantFrom('private' as const, 'public' as const), region, fips: yes, dualStack: yes },
    { requiredKeys: ['service', 'region'] },
  ),
  fc.record(
    {
      service: fc.constant('session' as const),
      region,
      lifeSeconds: fc.constantFrom(900, 3600),
      serialNumber: fc.constantFrom('a', 'b'),
      tokenCode: fc.constantFrom('000000', '111111'),
    },
    { requiredKeys: ['service', 'region'] },
  ),
)
const ask: fc.Arbitrary<Ask> = fc.record({ key: fc.constantFrom('0a', '0b', '0a0b'), scope })

/** Each login says in its password for whom it was minted. */
function cacheOver(clock: ManualClock): LoginCache {
  const logins = {
    identify: async () => ({ is: 'identified', key: 'unused' }) as const,
    mint: async ({ onBehalfOf }: Identity, asked: TokenScope) => {
      const mintedAt = clock.now()
      const password = new SecretText(JSON.stringify({ key: onBehalfOf, scope: asked }))
      return {
        is: 'minted',
        login: aLogin({ password, mintedAt, expiresAt: instant(mintedAt + hours(12)) }),
      } as const
    },
  }
  return new LoginCache({ logins, clock, random: () => 0.5, signal: new AbortController().signal })
}

test('nobody is given a login that was minted for another identity, or for something else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(ask, { minLength: 2, maxLength: 30 }), async (asks) => {
      const cache = cacheOver(new ManualClock())
      const given = await Promise.all(
        asks.map(async ({ key, scope: asked }) => {
          const { identity } = aWant()
          const want = { ...aWant(), identity: { ...identity, onBehalfOf: key }, scope: asked }
          return cache.obtain(key, want, {}, (slow) => slow)
        }),
      )
      for (const [i, obtained] of given.entries()) {
        assert.ok(obtained.is === 'obtained' && obtained.login.is === 'registry')
        const minted: unknown = JSON.parse(obtained.login.password.reveal())
        assert.ok(
          isDeepStrictEqual(minted, structuredClone(asks[i])),
          `${obtained.login.password.reveal()} for ask ${i}`,
        )
      }
    }),
    { numRuns: 300 },
  )
})
