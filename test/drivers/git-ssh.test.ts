// This file is about a repository over ssh: what ssh is started with, as a stand-in sees it that runs git on this machine.
import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { SecretText } from '../../src/base/secret-text.ts'
import { openGit } from '../../src/git/open-git.ts'
import type { GitCredentials } from '../../src/git/repository.ts'
import {
  expectFault,
  expectOpen,
  expectPublished,
  locationOf,
  neverStopped,
  snapshotOf,
  writing,
} from '../support/git-repositories.ts'
import { GitServer } from '../support/git-server.ts'

/** Writes down what it was started with, and the files that names; then it is the remote. */
const SSH = `#!/bin/sh
out="$(dirname "$0")"
printf '%s\\n' "$@" > "$out/arguments"
for argument in "$@"; do
  case "$argument" in
    IdentityFile=*) file="\${argument#IdentityFile=}"; cp "$file" "$out/key"; stat -c '%a' "$file" > "$out/mode";;
    UserKnownHostsFile=*) cp "\${argument#UserKnownHostsFile=}" "$out/hosts" 2>/dev/null;;
  esac
done
[ -e "$out/says" ] && { cat "$out/says" >&2; exit 255; }
eval "last=\\\${$#}"
exec sh -c "$last"
`

describe('a repository over ssh', { timeout: 60_000 }, () => {
  let server: GitServer
  let bin: string
  before(async () => {
    server = await GitServer.open()
    bin = await mkdtemp(join(tmpdir(), 'everpull-ssh-'))
    await writeFile(join(bin, 'ssh'), SSH)
    await chmod(join(bin, 'ssh'), 0o755)
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await rm(bin, { recursive: true, force: true })
  })

  const open = async (credentials: GitCredentials, user = '') =>
    expectOpen(
      await openGit({
        location: locationOf(`ssh://${user}git.example.com${server.bare}`),
        credentials,
        environment: {
          PATH: `${bin}${delimiter}${process.env.PATH}`,
          HOME: bin,
          SSH_AUTH_SOCK: join(bin, 'agent'),
        },
      }),
    )
  const seenBy = (name: string): Promise<string> => readFile(join(bin, name), 'utf8')
  const key: GitCredentials = {
    is: 'ssh',
    username: 'deploy',
    privateKey: new SecretText('-----BEGIN KEY-----\nsecret\n-----END KEY-----'),
    knownHosts: 'git.example.com ssh-ed25519 AAAA',
  }

  test('is reached with the key alone, as the user told, at hosts that are known', async () => {
    const repository = await open(key)
    const seen = await snapshotOf(repository)
    expectPublished(await repository.publish(seen, [writing('by-ssh', 'x')], 'by ssh', neverStopped()))
    const given = await seenBy('arguments')
    for (const word of [
      'BatchMode=yes',
      'IdentitiesOnly=yes',
      'IdentityAgent=none',
      'StrictHostKeyChecking=yes',
    ]) {
      assert.ok(given.includes(`${word}\n`), word)
    }
    assert.match(given, /-l\ndeploy\n/)
    assert.doesNotMatch(given, /secret/)
    assert.equal(await seenBy('key'), '-----BEGIN KEY-----\nsecret\n-----END KEY-----\n')
    assert.equal((await seenBy('mode')).trim(), '600')
    assert.equal(await seenBy('hosts'), 'git.example.com ssh-ed25519 AAAA\n')
    const [, file = ''] = /IdentityFile=(.*)/.exec(given) ?? []
    await repository.close()
    await assert.rejects(readFile(file), /ENOENT/)
  })

  test('is reached as ssh on this machine would, where its user is to be acted for', async () => {
    const repository = await open({ is: 'ambient' }, 'git@')
    await snapshotOf(repository)
    const given = await seenBy('arguments')
    assert.match(given, /git@git\.example\.com/)
    assert.doesNotMatch(given, /IdentityFile|IdentityAgent/)
    await repository.close()
  })

  test('says when the key or the host is not the right one', async () => {
    const rows = [
      ['git.example.com: Permission denied (publickey).', /refuses the ssh key/],
      ['Host key verification failed.', /host key of ssh:.* known_hosts/],
    ] as const
    for (const [says, told] of rows) {
      await writeFile(join(bin, 'says'), `${says}\n`)
      const repository = await open(key)
      assert.match(expectFault(await repository.read(neverStopped()), 'refused').message, told)
      await repository.close()
      await rm(join(bin, 'says'))
    }
  })

  test('is refused a user name that ssh would take for an option', async () => {
    const access = {
      location: locationOf('ssh://git.example.com/c.git'),
      environment: { PATH: process.env.PATH },
    }
    expectFault(
      await openGit({ ...access, credentials: { ...key, username: '-oProxyCommand=x' } }),
      'refused',
    )
  })
})
