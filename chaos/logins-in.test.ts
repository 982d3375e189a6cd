// This file is about finding the logins in a Secret.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lifeIn, loginsIn } from './logins-in.ts'

const HOST = '123456789012.dkr.ecr.us-east-2.amazonaws.com'

test('a docker config holds one for each host of ours, with a scheme or without, and none for others', () => {
  const auths = { [`https://${HOST}`]: { auth: btoa('AWS:a:b') }, 'quay.io': { auth: btoa('me:mine') } }
  assert.deepEqual(loginsIn({ '.dockerconfigjson': JSON.stringify({ auths }) }), [
    { region: 'us-east-2', password: 'a:b' },
  ])
})

test('a repository holds the password of its registry', () => {
  assert.deepEqual(loginsIn({ url: HOST, password: 'p' }), [{ region: 'us-east-2', password: 'p' }])
  assert.deepEqual(loginsIn({ url: 'charts.example.org', password: 'p' }), [])
})

test('what is no docker config holds nothing', () => {
  assert.deepEqual(loginsIn({ '.dockerconfigjson': '{' }), [])
})

test('the life is of the login that dies first', () => {
  const note = (second: number): string =>
    JSON.stringify({
      logins: [{ mintedAt: '2026-01-01T00:00:00.000Z', expiresAt: `2026-01-01T00:00:${second}.000Z` }],
    })
  const annotations = {
    'everpull.dev/delivery-a': note(20),
    'everpull.dev/delivery-b': note(10),
    other: note(5),
  }
  assert.equal(lifeIn(annotations)?.expiresAt, Date.parse('2026-01-01T00:00:10Z'))
  assert.equal(lifeIn({}), undefined)
})
