// This file is about which servers an environment's proxy is for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proxyFromEnvironment } from './proxy.ts'

const rows: readonly (readonly [string, string, Record<string, string>, string | undefined])[] = [
  ['no proxy is wanted', 'https://a.test', {}, undefined],
  ['HTTPS_PROXY serves https', 'https://a.test', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1'],
  ['the lower-case name counts too', 'https://a.test', { https_proxy: 'http://p:1' }, 'http://p:1'],
  ['HTTP_PROXY does not serve https', 'https://a.test', { HTTP_PROXY: 'http://p:1' }, undefined],
  ['a proxy without a scheme is http', 'https://a.test', { HTTPS_PROXY: 'p:1' }, 'http://p:1'],
  ['loopback is direct', 'https://127.0.0.1:6443', { HTTPS_PROXY: 'http://p:1' }, undefined],
  ['localhost is direct', 'https://localhost', { HTTPS_PROXY: 'http://p:1' }, undefined],
  ['a star exempts all', 'https://a.test', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' }, undefined],
  [
    'a domain exempts itself',
    'https://a.test',
    { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'b, a.test' },
    undefined,
  ],
  [
    'a domain exempts what is below it',
    'https://x.a.test',
    { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'a.test' },
    undefined,
  ],
  [
    'a dotted domain does not exempt itself',
    'https://a.test',
    { HTTPS_PROXY: 'http://p:1', NO_PROXY: '.a.test' },
    'http://p:1',
  ],
  [
    'a name that only ends alike is not exempt',
    'https://ba.test',
    { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'a.test' },
    'http://p:1',
  ],
  [
    'a port must match',
    'https://a.test:6443',
    { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'a.test:443' },
    'http://p:1',
  ],
  [
    'the usual port is known',
    'https://a.test',
    { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'a.test:443' },
    undefined,
  ],
  [
    'a range exempts its addresses',
    'https://10.1.2.3',
    { HTTPS_PROXY: 'http://p:1', NO_PROXY: '10.0.0.0/8' },
    undefined,
  ],
  [
    'a range exempts no names',
    'https://a.test',
    { HTTPS_PROXY: 'http://p:1', NO_PROXY: '10.0.0.0/8' },
    'http://p:1',
  ],
  [
    'an IPv6 range works',
    'https://[fd00::1]',
    { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'fd00::/8' },
    undefined,
  ],
  [
    'a broken range exempts nothing',
    'https://10.1.2.3',
    { HTTPS_PROXY: 'http://p:1', NO_PROXY: '10.0.0.0/99' },
    'http://p:1',
  ],
]

for (const [name, server, env, expected] of rows) {
  test(name, () => assert.equal(proxyFromEnvironment(server, env), expected))
}
