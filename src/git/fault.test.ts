// This file is about what git says, told as a fault of the right kind with nothing secret in it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { heardFault, scrubbed } from './fault.ts'
import type { GitFault } from './repository.ts'

const WHERE = 'https://git.example.com/c.git'

describe('what git says is told as', () => {
  const rows: readonly [GitFault['kind'], string][] = [
    ['refused', "fatal: could not read Username for 'https://git.example.com': terminal prompts disabled"],
    [
      'refused',
      "remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://git.example.com/c.git/'",
    ],
    [
      'refused',
      "fatal: unable to access 'https://git.example.com/c.git/': The requested URL returned error: 403",
    ],
    [
      'refused',
      'remote: Permission to o/c.git denied to bot.\nfatal: unable to access: The requested URL returned error: 403',
    ],
    [
      'refused',
      'git@git.example.com: Permission denied (publickey).\nfatal: Could not read from remote repository.',
    ],
    [
      'refused',
      'No ED25519 host key is known for git.example.com and you have requested strict checking.\nHost key verification failed.\nfatal: Could not read from remote repository.',
    ],
    [
      'no-repository',
      "remote: Repository not found.\nfatal: repository 'https://git.example.com/c.git/' not found",
    ],
    ['no-repository', 'ERROR: Repository not found.\nfatal: Could not read from remote repository.'],
    [
      'no-repository',
      "fatal: '/srv/x' does not appear to be a git repository\nfatal: Could not read from remote repository.",
    ],
    ['no-branch', "fatal: couldn't find remote ref refs/heads/x"],
    [
      'unreachable',
      "fatal: unable to access 'https://git.example.com/c.git/': Could not resolve host: git.example.com",
    ],
    [
      'unreachable',
      'fatal: unable to access: server certificate verification failed. CAfile: none CRLfile: none',
    ],
    ['unreachable', 'fatal: unable to access: SSL certificate problem: self-signed certificate'],
    ['unreachable', 'fatal: unable to access: The requested URL returned error: 502'],
    ['unreachable', 'fatal: unable to access: The requested URL returned error: 302'],
    ['unreachable', 'fatal: unable to access: Received HTTP code 407 from proxy after CONNECT'],
    ['unreachable', 'error: RPC failed; curl 56 Recv failure: Connection reset by peer\nfatal: early EOF'],
    [
      'unreachable',
      'ssh: connect to host git.example.com port 22: Connection refused\nfatal: Could not read from remote repository.',
    ],
    ['failed', 'fatal: bad object HEAD'],
    ['failed', ''],
  ]
  for (const [kind, said] of rows) {
    test(`${kind}: ${said.split('\n')[0]}`, () => {
      const fault = heardFault(said, WHERE)
      assert.equal(fault.kind, kind)
      assert.match(fault.message, /git\.example\.com/)
      assert.doesNotMatch(fault.message, /\n/)
    })
  }
})

test('a long saying is cut', () => {
  assert.ok(heardFault(`fatal: ${'x'.repeat(5000)}`, WHERE).message.length < 500)
})

test('nothing secret and nothing that a terminal obeys is left in what git says', () => {
  const token = 'tok+en/with=signs'
  const said = [
    `fatal: unable to access 'https://bot:${token}@git.example.com/'`,
    `> Authorization: Basic ${Buffer.from(`bot:${token}`).toString('base64')}`,
    `remote: \u001b[31m${token}\u001b[0m and ${encodeURIComponent(token)} \u0007`,
    'https://other:password@elsewhere.example.com',
  ].join('\n')
  const left = scrubbed(said, [token, encodeURIComponent(token)])
  assert.doesNotMatch(left, /tok|password|Ym90|\u001b|\u0007/)
  assert.match(left, /git\.example\.com/)
})
