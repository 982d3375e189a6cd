// This file is about what the operator's process is permitted, by what it is told to do.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const { permissionFlags } = (await import(String(new URL('../../bin/permissions.js', import.meta.url)))) as {
  permissionFlags: (
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
  ) => readonly string[]
}

const home = mkdtempSync(join(tmpdir(), 'everpull-home-'))
after(() => rmSync(home, { recursive: true, force: true }))
const file = (name: string, text: string): string => {
  const path = join(home, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  return path
}

const given = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const flags = permissionFlags(args, { HOME: home, ...env })
  const paths = (kind: string) =>
    flags.filter((flag) => flag.startsWith(`--allow-fs-${kind}=`)).map((flag) => flag.split('=')[1] ?? '')
  return {
    reads: paths('read'),
    writes: paths('write'),
    starts: flags.includes('--allow-child-process'),
    flags,
  }
}

test('it may use the network, read its code and what is mounted, and start nothing', () => {
  const { flags, reads, writes, starts } = given([])
  assert.deepEqual(flags.slice(0, 2), ['--permission', '--allow-net'])
  assert.ok(reads.includes('/var/run/secrets/*'))
  assert.ok(!reads.some((path) => ['/', '/*', '*', home, `${home}/*`, tmpdir()].includes(path)))
  assert.deepEqual(
    new Set(writes),
    new Set(['', '/*'].map((end) => join(tmpdir(), 'node-compile-cache') + end)),
  )
  assert.equal(starts, false)
})

test('it reads what it is allowed beside', () => {
  assert.ok(given(['operator', '--allow-read=/a/token,/b']).reads.includes('/b'))
  assert.ok(given([], { EVERPULL_ALLOW_READ: '/a/token' }).reads.includes('/a/token'))
})

test('it reads the kubeconfigs it would use, and what they name, in both forms of YAML', () => {
  const block = file(
    'a/kubeconfig',
    'clusters:\n- cluster:\n    certificate-authority: ../ca.crt\nusers:\n- user:\n    client-key: "/keys/my key"\n',
  )
  const flow = file('b', '{"users":[{"user":{"tokenFile":"token","exec":null}}]}')
  const { reads, starts } = given([], { KUBECONFIG: `${block}:${flow}` })
  for (const path of [block, flow, join(home, 'ca.crt'), '/keys/my key', join(home, 'token')])
    assert.ok(reads.includes(path), path)
  assert.equal(starts, false)
  const asked = given(['operator', '--kubeconfig', block, `--kubeconfig=${flow}`], {
    KUBECONFIG: '/other',
  }).reads
  assert.ok(asked.includes(flow) && !asked.includes(block) && !asked.includes('/other'))
  assert.ok(given([], { EVERPULL_KUBECONFIG: block }).reads.includes(block))
  assert.ok(given([]).reads.includes(join(home, '.kube', 'config')))
})

for (const [what, name, text] of [
  ['a plugin of a kubeconfig', 'KUBECONFIG', 'users:\n- user:\n    exec:\n      command: aws\n'],
  ['a plugin in JSON', 'KUBECONFIG', '{"users":[{"user":{"exec":{"command":"aws"}}}]}'],
  ['a profile of AWS', 'AWS_CONFIG_FILE', '[default]\ncredential_process = /bin/keys\n'],
] as const)
  test(`it starts programs where ${what} asks for it`, () => {
    assert.equal(given([], { [name]: file('asks', text) }).starts, true)
  })

test('it starts git, and writes where that clones, with a configuration repository', () => {
  for (const one of [
    given(['--config-repo=https://git.example.com/r']),
    given([], { EVERPULL_CONFIG_REPO: 'https://git.example.com/r' }),
  ]) {
    assert.equal(one.starts, true)
    assert.ok(one.writes.includes(tmpdir()) && one.reads.includes(tmpdir()))
  }
})

test('it reads what variables and flags of its own name', () => {
  const { reads } = given(['--token-endpoint-cert=/tls/tls.crt', '--token-endpoint-key', '/tls/tls.key'], {
    AWS_WEB_IDENTITY_TOKEN_FILE: '/tokens/web',
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/tokens/pod',
    AWS_SHARED_CREDENTIALS_FILE: '~/keys',
    NODE_EXTRA_CA_CERTS: '/ca/own.pem',
    AWS_CONFIG_FILE: file('profiles', '[profile a]\nweb_identity_token_file = /tokens/of-profile\n'),
  })
  for (const path of [
    '/tls/tls.crt',
    '/tls/tls.key',
    '/tokens/web',
    '/tokens/pod',
    '/tokens/of-profile',
    '/ca/own.pem',
    join(home, 'keys'),
  ])
    assert.ok(reads.includes(path), path)
})
