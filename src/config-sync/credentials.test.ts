// This file is about testing how credentials of a repository are found in a Secret.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { credentialsIn } from './credentials.ts'

const HTTPS = 'https://git.example.com/config.git'
const SSH = 'ssh://git.example.com/config.git'

const secret = (texts: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'git' },
  data: Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  ),
})

describe('a Secret is read with', () => {
  const rows: readonly (readonly [string, string, Readonly<Record<string, string>>, unknown])[] = [
    ['user name and password', HTTPS, { username: 'u', password: 'p\n' }, ['basic', 'u', 'p']],
    ['a token alone', HTTPS, { token: 't' }, ['basic', 'git', 't']],
    ['a bearer token of Flux', HTTPS, { bearerToken: 't' }, ['basic', 'git', 't']],
    ['a key of Argo CD', SSH, { sshPrivateKey: 'k', known_hosts: 'h' }, ['ssh', 'git', 'k', 'h']],
    ['a key of Flux', SSH, { identity: 'k', known_hosts: 'h', username: 'me' }, ['ssh', 'me', 'k', 'h']],
    ['an authority alone', HTTPS, { 'ca.crt': 'PEM' }, ['none']],
  ]
  for (const [what, url, texts, expected] of rows) {
    it(what, () => {
      const read = credentialsIn(secret(texts), url)
      assert.ok(read.is === 'credentials', JSON.stringify(read))
      const { credentials } = read
      const found = {
        basic: () =>
          credentials.is === 'basic' && ['basic', credentials.username, credentials.password.reveal()],
        ssh: () =>
          credentials.is === 'ssh' && [
            'ssh',
            credentials.username,
            credentials.privateKey.reveal(),
            credentials.knownHosts,
          ],
        none: () => ['none'],
        ambient: () => ['ambient'],
      }[credentials.is]()
      assert.deepEqual(found, expected)
      assert.equal(read.certificateAuthority, texts['ca.crt'])
    })
  }
})

describe('a Secret is refused without', () => {
  const rows: readonly (readonly [string, string, Readonly<Record<string, string>>, RegExp])[] = [
    ['a password', HTTPS, { username: 'u' }, /neither password nor token/],
    ['a key', SSH, { password: 'p' }, /no sshPrivateKey/],
    ['known hosts', SSH, { sshPrivateKey: 'very secret' }, /no known_hosts/],
  ]
  for (const [what, url, texts, because] of rows) {
    it(what, () => {
      const read = credentialsIn(secret(texts), url)
      assert.ok(read.is === 'wrong')
      assert.match(read.because, because)
      assert.doesNotMatch(read.because, /very secret/)
    })
  }
})
