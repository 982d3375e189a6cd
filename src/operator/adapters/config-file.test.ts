// This file is about AWS config files kept in Secrets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SecretText } from '../../base/secret-text.ts'
import { readConfigFile } from './config-file.ts'

const read = (...lines: string[]): ReturnType<typeof readConfigFile> =>
  readConfigFile(new SecretText(lines.join('\n')))

test('keys of the default profile are taken', () => {
  const keys = read(
    '[default]',
    'aws_access_key_id=id',
    'aws_secret_access_key=secret',
    'aws_session_token=token',
  )
  assert.equal(keys.is, 'keys')
  assert.equal(keys.accessKeyId.reveal(), 'id')
  assert.equal(keys.secretAccessKey.reveal(), 'secret')
  assert.equal(keys.sessionToken?.reveal(), 'token')
})

test('a role with a token file is taken, its session named or not', () => {
  const lines = ['[default]', 'role_arn = arn:r', 'web_identity_token_file = /var/run/token']
  const expected = { is: 'token-file', roleArn: 'arn:r', path: '/var/run/token' }
  assert.deepEqual(read(...lines), { ...expected, sessionName: 'everpull' })
  assert.deepEqual(read(...lines, 'role_session_name = s'), { ...expected, sessionName: 's' })
})

const wrong: readonly { name: string; lines: readonly string[]; told: RegExp }[] = [
  { name: 'no default profile', lines: ['[other]', 'a=b'], told: /^has no \[default\] profile$/ },
  { name: 'no file at all', lines: ['hello'], told: /^has no \[default\] profile$/ },
  { name: 'nothing in it', lines: ['[default]'], told: /^has neither/ },
  { name: 'half a key', lines: ['[default]', 'aws_access_key_id=hunter2'], told: /^has neither/ },
  {
    name: 'a role without a token file',
    lines: ['[default]', 'role_arn=x'],
    told: /no web_identity_token_file$/,
  },
  {
    name: 'a token file without a role',
    lines: ['[default]', 'web_identity_token_file=/x'],
    told: /no role_arn$/,
  },
  {
    name: 'a relative token file',
    lines: ['[default]', 'role_arn=x', 'web_identity_token_file=x'],
    told: /no absolute path$/,
  },
  {
    name: 'a program',
    lines: ['[default]', 'credential_process=/bin/sh hunter2'],
    told: /^uses credential_process/,
  },
  {
    name: 'another profile',
    lines: ['[default]', 'role_arn=x', 'source_profile=a'],
    told: /^uses source_profile/,
  },
]
for (const { name, lines, told } of wrong) {
  test(`${name} is told without its values`, () => {
    const found = read(...lines)
    assert.equal(found.is, 'wrong')
    assert.match(found.because, told)
    assert.doesNotMatch(found.because, /hunter2/)
  })
}
