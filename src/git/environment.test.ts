// This file is about the environment git runs in: what of ours gets in, what never does, and where credentials are sent.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { SecretText } from '../base/secret-text.ts'
import { gitEnvironment } from './environment.ts'
import { parseLocation } from './location.ts'
import type { GitAccess, GitCredentials } from './repository.ts'

const URL_TEXT = 'https://git.example.com:8443/org/config.git'

describe('the environment of git', () => {
  let scratch: string
  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'everpull-environment-'))
  })
  after(() => rm(scratch, { recursive: true, force: true }))

  const environmentOf = async (
    credentials: GitCredentials,
    environment: GitAccess['environment'],
    rest: Partial<GitAccess> = {},
  ): Promise<Readonly<Record<string, string>>> => {
    const location = parseLocation(URL_TEXT)
    assert.ok(location.is !== 'wrong')
    const made = await gitEnvironment({ location, credentials, environment, ...rest }, URL_TEXT, scratch)
    return Object.fromEntries(
      Object.entries(made.environment).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    )
  }
  const settingsOf = (environment: Readonly<Record<string, string>>): readonly string[] =>
    Array.from(
      { length: Number(environment['GIT_CONFIG_COUNT']) },
      (_, i) => `${environment[`GIT_CONFIG_KEY_${i}`]}=${environment[`GIT_CONFIG_VALUE_${i}`]}`,
    )

  const given = {
    PATH: '/bin',
    HOME: '/home/ada',
    HTTPS_PROXY: 'http://proxy:3128',
    no_proxy: 'localhost',
    SSH_AUTH_SOCK: '/agent',
    SSH_ASKPASS: '/ask',
    GH_TOKEN: 'of a helper',
    GIT_DIR: '/elsewhere',
    GIT_INDEX_FILE: '/elsewhere',
    GIT_TRACE: '1',
    GIT_TRACE_CURL: '1',
    GIT_EXTERNAL_DIFF: 'evil',
    GIT_SSH_COMMAND: 'ssh -i mine',
    GIT_SSL_CAINFO: '/ca.pem',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'user.name',
    GIT_CONFIG_VALUE_0: 'Ada',
    LC_ALL: 'de_DE.UTF-8',
  }
  const never = [
    'GIT_DIR',
    'GIT_INDEX_FILE',
    'GIT_TRACE',
    'GIT_TRACE_CURL',
    'GIT_EXTERNAL_DIFF',
    'SSH_ASKPASS',
  ]

  test('is the user’s own where the user is acted for, without what would have git tell or touch something else', async () => {
    const made = await environmentOf({ is: 'ambient' }, given)
    for (const name of never) assert.equal(made[name], undefined, name)
    for (const name of [
      'PATH',
      'HOME',
      'SSH_AUTH_SOCK',
      'GH_TOKEN',
      'GIT_SSH_COMMAND',
      'GIT_SSL_CAINFO',
    ] as const) {
      assert.equal(made[name], given[name])
    }
    assert.equal(made['LC_ALL'], 'C')
    assert.equal(made['GIT_TERMINAL_PROMPT'], '0')
    assert.ok(settingsOf(made).includes('user.name=Ada'))
    assert.ok(settingsOf(made).includes('core.hooksPath=/dev/null'))
  })

  test('has nothing of this machine where credentials are given, but the way to the remote', async () => {
    const made = await environmentOf({ is: 'none' }, given)
    for (const name of [...never, 'SSH_AUTH_SOCK', 'GH_TOKEN']) assert.equal(made[name], undefined, name)
    assert.equal(made['HOME'], scratch)
    assert.equal(made['GIT_CONFIG_NOSYSTEM'], '1')
    assert.equal(made['HTTPS_PROXY'], given.HTTPS_PROXY)
    assert.equal(made['no_proxy'], given.no_proxy)
    assert.ok(!settingsOf(made).includes('user.name=Ada'))
    assert.ok(settingsOf(made).includes('http.followRedirects=false'))
    assert.match(made['GIT_SSH_COMMAND'] ?? '', /IdentityAgent=none/)
    assert.equal(made['GIT_ALLOW_PROTOCOL'], 'https:ssh')
  })

  test('sends a password to the one host only', async () => {
    const credentials: GitCredentials = { is: 'basic', username: 'bot', password: new SecretText('token') }
    const settings = settingsOf(await environmentOf(credentials, given))
    const header = `Authorization: Basic ${Buffer.from('bot:token').toString('base64')}`
    assert.deepEqual(
      settings.filter((setting) => setting.includes(header)),
      [`http.https://git.example.com:8443/.extraHeader=${header}`],
    )
  })

  test('has the authority that was given win over that of the machine', async () => {
    const made = await environmentOf({ is: 'ambient' }, given, { certificateAuthority: 'PEM' })
    assert.equal(made['GIT_SSL_CAINFO'], undefined)
    const [file = ''] = settingsOf(made).flatMap(
      (setting) => /^http\.sslCAInfo=(.*)/.exec(setting)?.[1] ?? [],
    )
    assert.equal(await readFile(file, 'utf8'), 'PEM')
    assert.equal((await stat(file)).mode & 0o777, 0o600)
  })
})
