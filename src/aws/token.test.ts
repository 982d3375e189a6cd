// This file is about reading tokens, whole and broken.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AwsError, type Asked } from './error.ts'
import { decodeToken } from './token.ts'

const asked: Asked = { service: 'ecr', action: 'ecr:GetAuthorizationToken', region: 'us-west-1' }
const encoded = (text: string): string => Buffer.from(text).toString('base64')

test('a token is split at its first colon', () => {
  const token = decodeToken(asked, {
    authorizationToken: encoded('uuser:pa:ss'),
    expiresAt: new Date(1_234_000),
    proxyEndpoint: 'foo',
  })
  assert.equal(token.username, 'uuser')
  assert.equal(token.password.reveal(), 'pa:ss')
  assert.equal(token.expiresAt, 1_234_000)
  assert.equal(token.proxyEndpoint, 'foo')
})

test('an expiry that is missing or no time is none', () => {
  const authorizationToken = encoded('AWS:x')
  assert.equal(decodeToken(asked, { authorizationToken }).expiresAt, undefined)
  assert.equal(decodeToken(asked, { authorizationToken, expiresAt: new Date('x') }).expiresAt, undefined)
})

for (const [name, text] of [
  ['nothing', undefined],
  ['no colon', encoded('AWS')],
  ['no user', encoded(':x')],
  ['no password', encoded('AWS:')],
  ['something else', '%%%'],
] as const) {
  test(`${name} instead of "user:password" is a malformed answer that quotes nothing`, () => {
    assert.throws(
      () => decodeToken(asked, { authorizationToken: text }),
      (error) =>
        error instanceof AwsError &&
        error.code === 'MalformedAnswer' &&
        error.detail === 'unexpected token format',
    )
  })
}
