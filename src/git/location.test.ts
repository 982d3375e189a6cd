// This file is about reading where a repository is, and refusing what would lead elsewhere or give a secret away.
import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { isBranch, isPlainPath, parseLocation, parseRemote } from './location.ts'
import type { GitLocation } from './repository.ts'

const at = (url: string, path = '', branch?: string): GitLocation => ({
  is: 'remote',
  url,
  path,
  ...(branch !== undefined && { branch }),
})

describe('a location', () => {
  const rows: readonly [string, GitLocation][] = [
    ['https://git.example.com/org/config.git', at('https://git.example.com/org/config.git')],
    ['https://git.example.com/org/config', at('https://git.example.com/org/config')],
    ['https://git.example.com/org/config/', at('https://git.example.com/org/config')],
    [
      ' https://git.example.com:8443/c.git/a/b/?ref=main ',
      at('https://git.example.com:8443/c.git', 'a/b', 'main'),
    ],
    ['https://git.example.com/org/config//a/b', at('https://git.example.com/org/config', 'a/b')],
    ['https://git.example.com/c.git?ref=team%2Fa', at('https://git.example.com/c.git', '', 'team/a')],
    ['https://git.example.com/c.git?ref=a+b', at('https://git.example.com/c.git', '', 'a+b')],
    ['https://git.example.com/o/my.github/c.git', at('https://git.example.com/o/my.github/c.git')],
    [
      'ssh://git@git.example.com:2222/org/config.git/x',
      at('ssh://git@git.example.com:2222/org/config.git', 'x'),
    ],
    ['git@git.example.com:org/config.git/x?ref=main', at('git@git.example.com:org/config.git', 'x', 'main')],
    ['git.example.com:config.git', at('git.example.com:config.git')],
    ['/srv/clone', { is: 'disk', url: '/srv/clone', path: '' }],
    ['clone?ref=side', { is: 'disk', url: resolve('clone'), path: '', branch: 'side' }],
    ['./a:b', { is: 'disk', url: resolve('a:b'), path: '' }],
    ['/srv/config.git/folder', { is: 'disk', url: '/srv/config.git', path: 'folder' }],
    ['/srv/clone//folder', { is: 'disk', url: '/srv/clone', path: 'folder' }],
    ['/srv/clone/.git', { is: 'disk', url: '/srv/clone/.git', path: '' }],
  ]
  for (const [text, location] of rows) test(text, () => assert.deepEqual(parseLocation(text), location))
})

describe('is refused', () => {
  const rows: readonly [string, RegExp][] = [
    ['', /missing/],
    ['--upload-pack=evil', /missing/],
    ['http://git.example.com/c.git', /https:\/\/ or ssh:\/\//],
    ['git://git.example.com/c.git', /https:\/\/ or ssh:\/\//],
    ['file:///srv/c.git', /https:\/\/ or ssh:\/\//],
    ['ext::sh -c touch% /tmp/x', /ssh can reach|control character/],
    ['https://user:token@git.example.com/c.git', /leave them out/],
    ['https://token@git.example.com/c.git', /leave them out/],
    ['ssh://git:token@git.example.com/c.git', /leave them out/],
    ['git:token@git.example.com:c.git', /leave them out/],
    ['git:to:ken@git.example.com:c.git', /leave them out/],
    ['git:token:@git.example.com:c.git', /leave them out/],
    ['ssh://-oProxyCommand=x/c.git', /.*/],
    ['ssh://-oProxyCommand=x@git.example.com/c.git', /user name/],
    ['-oProxyCommand=x:c.git', /ssh can reach/],
    ['host:-option.git', /ssh can reach/],
    ['https://git.example.com', /names no repository/],
    ['https://git.example.com/c.git#main', /names no repository|plain path/],
    ['https://git.example.com/c.git/../other', /plain path/],
    ['https://git.example.com/c.git/%2e%2e/other', /plain path/],
    ['https://git.example.com/c.git/.git/hooks', /plain path/],
    ['https://git.example.com/c.git?ref=', /only ref=BRANCH/],
    ['https://git.example.com/c.git?branch=main', /only ref=BRANCH/],
    ['https://git.example.com/c.git?ref=a&depth=1', /only ref=BRANCH/],
    ['https://git.example.com/c.git?ref=--force', /no name of a branch/],
    ['https://git.example.com/c.git?ref=a..b', /no name of a branch/],
    ['https://git.example.com/c.git?ref=%zz', /no name of a branch/],
    ['https://git.example.com/c\n.git', /control character/],
  ]
  for (const [text, because] of rows) {
    test(JSON.stringify(text), () => {
      const read = parseLocation(text)
      assert.equal(read.is, 'wrong')
      assert.match(read.is === 'wrong' ? read.because : '', because)
      assert.doesNotMatch(read.is === 'wrong' ? read.because : '', /token/i)
    })
  }
})

test('an operator takes https and ssh:// without user-info, and nothing else', () => {
  for (const text of ['https://git.example.com/c.git', 'ssh://git.example.com/c.git/x?ref=y']) {
    assert.deepEqual(parseRemote(text), parseLocation(text))
  }
  for (const text of [
    'git@git.example.com:c.git',
    'ssh://git@git.example.com/c.git',
    '/srv/c.git',
    'c.git',
    'https://a@h/c.git',
  ]) {
    assert.equal(parseRemote(text).is, 'wrong', text)
  }
})

test('branches are those that git takes, and none that could be an option or another ref', () => {
  for (const name of ['main', 'team/a', 'v1.2', 'a-b_c', 'ümlaut', '@a']) assert.ok(isBranch(name), name)
  for (const name of [
    '',
    '-a',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
    'a.lock',
    'a.lock/b',
    'a..b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[',
    'a\\',
    'a b',
    'a@{1}',
    '@',
    'HEAD',
    'refs/heads/a',
    'a.',
    '\u0000',
  ]) {
    assert.ok(!isBranch(name), name)
  }
})

test('whatever is read holds no password, no option and no way out', () => {
  const part = fc.constantFrom(
    'https://',
    'ssh://',
    'git',
    '@',
    ':',
    '/',
    '//',
    '.git',
    '..',
    '?ref=',
    '-',
    'host',
    'pw',
    '%2e',
    '%2F',
    '#',
    '\\',
    ' ',
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const read = parseLocation(parts.join(''))
      if (read.is === 'wrong') return
      assert.doesNotMatch(read.url, /^-/)
      const isUrl = read.url.includes('://')
      if (read.is === 'remote' && isUrl) assert.equal(new URL(read.url).password, '')
      if (read.is === 'remote' && !isUrl) assert.doesNotMatch(read.url, /^[^/]*:[^/]*@/)
      assert.ok(read.path === '' || isPlainPath(read.path), read.path)
      assert.ok(read.branch === undefined || isBranch(read.branch))
    }),
    { numRuns: 2000 },
  )
})
