// This file is about key-value data: each field of a login as text, and literals.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aLogin, aSession } from '../../../test/support/builders.ts'
import { instant } from '../../base/clock.ts'
import type { Login } from '../../model/login.ts'
import type { Entry, Value } from '../../model/shape.ts'
import { renderKeyValues } from './key-values.ts'

function texts(entries: readonly Entry[], logins: readonly Login[]): Record<string, string> {
  const data = renderKeyValues({ is: 'key-values', entries }, logins)
  assert.ok(!('is' in data), JSON.stringify(data))
  return Object.fromEntries([...data].map(([key, value]) => [key, value.toString()]))
}

const of = (login: number, field: (Value & { is: 'login' })['field']): Value => ({
  is: 'login',
  login,
  field,
})

describe('key-values', () => {
  const login = aLogin({ expiresAt: instant(1_700_000_000_999) })
  const rows: readonly (readonly [string, Value, string])[] = [
    ['a literal as it stands', { is: 'literal', text: ' repository\n' }, ' repository\n'],
    ['the user', of(0, 'username'), 'AWS'],
    ['the password', of(0, 'password'), 'token-1'],
    ['both, with a colon between them', of(0, 'usernamePassword'), 'AWS:token-1'],
    ['the endpoint', of(0, 'proxyEndpoint'), 'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com'],
    ['the expiry as a time', of(0, 'expiresAt'), '2023-11-14T22:13:20Z'],
    ['the expiry in whole seconds', of(0, 'expiresAtSeconds'), '1700000000'],
  ]
  for (const [name, value, text] of rows) {
    it(`hold ${name}`, () => assert.deepEqual(texts([{ key: 'k', value }], [login]), { k: text }))
  }

  it('hold the fields of a session', () => {
    const fields = ['accessKeyId', 'secretAccessKey', 'sessionToken', 'expiresAtSeconds'] as const
    const entries = fields.map((field) => ({ key: field, value: of(0, field) }))
    assert.deepEqual(texts(entries, [aSession({ expiresAt: instant(1234_999) })]), {
      accessKeyId: 'ASIAEXAMPLE',
      secretAccessKey: 'secret-1',
      sessionToken: 'session-1',
      expiresAtSeconds: '1234',
    })
  })

  it('take each field from the login it names', () => {
    const entries = [
      { key: 'first', value: of(0, 'username') },
      { key: 'second', value: of(1, 'username') },
    ]
    assert.deepEqual(texts(entries, [aLogin(), aLogin({ username: 'other' })]), {
      first: 'AWS',
      second: 'other',
    })
  })

  it('let later entries overwrite earlier ones', () => {
    const entries = [
      { key: 'k', value: of(0, 'password') },
      { key: 'k', value: { is: 'literal', text: 'later' } as const },
    ]
    assert.deepEqual(texts(entries, [login]), { k: 'later' })
  })

  const lacking: readonly (readonly [string, Value, Login])[] = [
    ['an endpoint that ECR Public does not give', of(0, 'proxyEndpoint'), withoutEndpoint()],
    ['a login that is not there', of(1, 'password'), aLogin()],
    ['a password that a session does not have', of(0, 'password'), aSession()],
    ['a session token that a token for registries does not have', of(0, 'sessionToken'), aLogin()],
  ]
  for (const [name, value, login] of lacking) {
    it(`refuse ${name}, naming the key`, () => {
      const refused = renderKeyValues({ is: 'key-values', entries: [{ key: 'k', value }] }, [login])
      assert.ok('is' in refused)
      assert.equal(refused.code, 'output-invalid')
      assert.match(refused.message, /"k"/)
    })
  }
})

function withoutEndpoint(): Login {
  const { proxyEndpoint: _none, ...login } = aLogin()
  return login
}
