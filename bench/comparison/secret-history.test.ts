// This file is about reading the login that a Secret holds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { heldIn } from './secret-history.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const secret = (config: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'pull' },
  data: { '.dockerconfigjson': base64(config) },
})
const NOTHING = { host: '', password: '' }

test('the password of the only host is what a Secret holds', () => {
  const config = JSON.stringify({ auths: { 'a.example': { auth: base64('AWS:word') } } })
  assert.deepEqual(heldIn(secret(config)), { host: 'a.example', password: 'word' })
})

test('another user, a second host and what cannot be read hold nothing right', () => {
  const auth = base64('AWS:word')
  const other = JSON.stringify({ auths: { 'a.example': { auth: base64('someone:word') } } })
  const two = JSON.stringify({ auths: { 'a.example': { auth }, 'b.example': { auth } } })
  for (const config of [other, two, 'no JSON', '{}', '{"auths":{}}', ''])
    assert.deepEqual(heldIn(secret(config)), NOTHING)
})
