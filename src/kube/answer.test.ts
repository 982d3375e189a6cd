// This file is about refusals that quote what was sent: of a Secret nothing comes back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusError } from './answer.ts'
import type { KubeError } from './error.ts'

const PATH = '/api/v1/namespaces/argocd-production/secrets/repo'
const TOKEN = 'eyJwYXlsb2FkIjoiYWJj'
const base64 = (text: string): string => Buffer.from(text).toString('base64')

const refusal = (message: string, body: unknown, path = PATH): KubeError =>
  statusError({ kind: 'Status', message, details: { causes: [{ message }] } }, 422, {
    method: 'PUT',
    path,
    body,
  })

const rows: readonly { says: string; body: unknown; message: string; gives: string }[] = [
  {
    says: 'a value of the data',
    body: { data: { a: base64('hunter22') } },
    message: `a is hunter22, or ${base64('hunter22')}`,
    gives: 'a is [redacted], or [redacted]',
  },
  {
    says: 'a value of the data that Go quotes',
    body: { data: { a: base64('hunter22\n"') } },
    message: String.raw`Invalid value: "hunter22\n\""`,
    gives: 'Invalid value: "[redacted]"',
  },
  {
    says: 'a label',
    body: { metadata: { labels: { a: TOKEN } } },
    message: `metadata.labels: Invalid value: "${TOKEN}": must be no more than 63`,
    gives: 'metadata.labels: Invalid value: "[redacted]": must be no more than 63',
  },
  {
    says: 'an annotation',
    body: { metadata: { annotations: { a: `login ${TOKEN}` } } },
    message: `denied: login ${TOKEN}`,
    gives: 'denied: [redacted]',
  },
  {
    says: 'the steps of a JSON patch',
    body: [{ op: 'add', path: '/data/a', value: base64('hunter22') }],
    message: 'hunter22',
    gives: '[redacted]',
  },
]
for (const { says, body, message, gives } of rows) {
  test(`what was sent does not come back: ${says}`, () => {
    const error = refusal(message, body)
    assert.equal(error.message, `PUT ${PATH}: ${gives}`)
    assert.equal(error.causes[0]?.message, gives)
  })
}

test('ordinary words stay, though a label says the same', () => {
  const metadata = { labels: { by: 'everpull', in: 'argocd-production' }, annotations: { managed: 'true' } }
  const words = 'User "everpull" cannot update it in the namespace "argocd-production": true'
  assert.equal(refusal(words, { metadata }).message, `PUT ${PATH}: ${words}`)
})

test('of other kinds everything may be quoted', () => {
  const path = '/api/v1/namespaces/a/events'
  assert.equal(refusal(TOKEN, { metadata: { labels: { a: TOKEN } } }, path).message, `PUT ${path}: ${TOKEN}`)
})
