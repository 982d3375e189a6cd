// This file is about keys as people really store them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SecretText } from '../../base/secret-text.ts'
import { flawOf, type KeyPart } from './access-key.ts'

const ID = 'AKIAIOSFODNN7EXAMPLE'
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'

const rows: readonly { name: string; part: KeyPart; value: string; told?: RegExp }[] = [
  { name: 'a key id', part: 'accessKeyId', value: ID },
  { name: 'a secret key with slashes and plus signs', part: 'secretAccessKey', value: SECRET },
  { name: 'a long session token', part: 'sessionToken', value: 'x/+=='.repeat(200) },
  {
    name: 'a secret key with a line break at its end',
    part: 'secretAccessKey',
    value: `${SECRET}\n`,
    told: /^holds a line break .*printf %s/,
  },
  {
    name: 'a key id with a blank before it',
    part: 'accessKeyId',
    value: ` ${ID}`,
    told: /^holds a line break or blank/,
  },
  {
    name: 'a key id with carriage return',
    part: 'accessKeyId',
    value: `${ID}\r\n`,
    told: /^holds a line break/,
  },
  {
    name: 'the variable’s own name',
    part: 'secretAccessKey',
    value: 'AWS_SECRET_ACCESS_KEY',
    told: /instead of its value: .*"\$AWS_SECRET_ACCESS_KEY", dollar sign/,
  },
  {
    name: 'the variable’s own name and a line break',
    part: 'accessKeyId',
    value: 'AWS_ACCESS_KEY_ID\n',
    told: /name AWS_ACCESS_KEY_ID instead/,
  },
  {
    name: 'the variable in single quotes',
    part: 'accessKeyId',
    value: '$AWS_ACCESS_KEY_ID',
    told: /name AWS_ACCESS_KEY_ID instead/,
  },
  {
    name: 'the variable in braces',
    part: 'sessionToken',
    value: '${AWS_SESSION_TOKEN}',
    told: /name AWS_SESSION_TOKEN instead/,
  },
  { name: 'nothing', part: 'accessKeyId', value: '', told: /^is empty$/ },
  { name: 'blanks', part: 'secretAccessKey', value: ' \n', told: /^is empty$/ },
  { name: 'bytes that are no text', part: 'secretAccessKey', value: 'abc\u0000def', told: /^holds bytes/ },
  {
    name: 'a key id encoded twice',
    part: 'accessKeyId',
    value: Buffer.from(ID).toString('base64'),
    told: /^is base64 of a key id/,
  },
]
for (const { name, part, value, told } of rows) {
  test(`${name} ${told === undefined ? 'is fine' : 'is told, and not shown'}`, () => {
    const flaw = flawOf(part, new SecretText(value))
    if (told === undefined) return assert.equal(flaw, undefined)
    assert.match(flaw ?? '', told)
    assert.ok(!flaw?.includes(ID) && !flaw?.includes(SECRET))
  })
}
