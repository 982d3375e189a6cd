// This file is about a repository at a remote: read, changed and raced for over HTTPS, and every way in which that fails.
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { after, afterEach, before, describe, test } from 'node:test'
import { openGit } from '../../src/git/open-git.ts'
import type { GitRepository } from '../../src/git/repository.ts'
import {
  basicOf,
  bareEnvironment,
  deleting,
  expectFault,
  expectPublished,
  locationOf,
  neverStopped,
  openRemote,
  type Opening,
  snapshotOf,
  textsOf,
  writing,
} from '../support/git-repositories.ts'
import { GIT_READER, GIT_WRITER, GitServer } from '../support/git-server.ts'

describe('a repository at a remote', { timeout: 120_000 }, () => {
  let server: GitServer
  const opened: GitRepository[] = []
  before(async () => {
    server = await GitServer.open({
      files: {
        'README.md': '# Shared\n',
        'config/resources/control-planes/prod/integration.yaml': 'a: 1\n',
        'config/link.yaml': { symlink: '../README.md' },
        'config/module': { submodule: '0123456789012345678901234567890123456789' },
        'config/large.yaml': 'x'.repeat((1 << 20) + 1),
        'config/ümlaut "quoted".yaml': 'b: 2\n',
        'config/latin.yaml': { bytes: Uint8Array.of(0xff, 0xfe) },
      },
    })
  })
  after(() => server[Symbol.asyncDispose]())
  afterEach(async () => {
    server.setFault(undefined)
    server.setBeforePush(undefined)
    await Promise.all(opened.splice(0).map((repository) => repository.close()))
  })

  const open = async (opening: Opening = {}): Promise<GitRepository> => {
    const repository = await openRemote(server, opening)
    opened.push(repository)
    return repository
  }

  test('is read from the folder that is named, and each file is told by what it is', async () => {
    const read = await snapshotOf(await open({ rest: '/config?ref=main' }))
    assert.equal(read.commit, await server.head())
    assert.equal(read.branch, 'main')
    assert.ok(!Number.isNaN(Date.parse(read.committedAt)))
    const told = Object.fromEntries(read.files.map(({ path, mode, text }) => [path, [mode, text]]))
    assert.deepEqual(told, {
      'large.yaml': ['file', undefined],
      'latin.yaml': ['file', undefined],
      'link.yaml': ['symlink', undefined],
      module: ['submodule', undefined],
      'resources/control-planes/prod/integration.yaml': ['file', 'a: 1\n'],
      'ümlaut "quoted".yaml': ['file', 'b: 2\n'],
    })
    assert.equal(read.files.find(({ path }) => path === 'large.yaml')?.size, (1 << 20) + 1)
  })

  test('is fetched again only where it moved', async () => {
    const repository = await open()
    const first = await snapshotOf(repository)
    const before = server.requests().length
    const second = await snapshotOf(repository)
    assert.deepEqual(second, first)
    const asked = server
      .requests()
      .slice(before)
      .filter((line) => line.startsWith('POST'))
    assert.equal(asked.length, 1, 'one look at the branches')
    await server.commit({ 'moved.yaml': 'c: 3\n' })
    assert.equal(textsOf(await snapshotOf(repository))['moved.yaml'], 'c: 3\n')
  })

  test('is changed by one commit on top, under our name where git has none', async () => {
    const repository = await open({ rest: '/config' })
    const seen = await snapshotOf(repository)
    const changes = [writing('new/a.yaml', 'a: 2\n'), deleting('ümlaut "quoted".yaml')]
    assert.match(await repository.diff(seen, changes), /^\+a: 2$/m)
    assert.match(await repository.diff(seen, changes), /^-b: 2$/m)
    const done = expectPublished(await repository.publish(seen, changes, 'Add a\n\nas asked', neverStopped()))
    assert.deepEqual(done, {
      is: 'published',
      commit: await server.head(),
      branch: 'main',
      remote: server.url,
      retries: 0,
    })
    const files = await server.files()
    assert.equal(files['config/new/a.yaml'], 'a: 2\n')
    assert.ok(!('config/ümlaut "quoted".yaml' in files))
    assert.equal(files['config/link.yaml'], '../README.md')
    assert.equal((await server.messages())[0], 'Add a\n\nas asked')
    assert.equal(await server.author(), 'everpull <everpull@localhost>')
  })

  test('is committed to as whom the environment names', async () => {
    const environment = { ...bareEnvironment, GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com' }
    const repository = await open({ environment })
    expectPublished(
      await repository.publish(
        await snapshotOf(repository),
        [writing('by-ada', '1')],
        'by Ada',
        neverStopped(),
      ),
    )
    assert.equal(await server.author(), 'Ada <ada@example.com>')
  })

  test('stays as it is where nothing changes', async () => {
    const repository = await open()
    const seen = await snapshotOf(repository)
    const done = expectPublished(
      await repository.publish(seen, [writing('README.md', '# Shared\n')], 'nothing', neverStopped()),
    )
    assert.equal(done.commit, seen.commit)
    assert.equal(await server.head(), seen.commit)
  })

  test('takes the same changes on top of what somebody else pushed meanwhile', async () => {
    const repository = await open()
    const seen = await snapshotOf(repository)
    let races = 0
    server.setBeforePush(async () => {
      races += 1
      if (races < 3) await server.commit({ [`other-${races}`]: 'theirs' })
    })
    const done = expectPublished(
      await repository.publish(seen, [writing('ours', 'ours')], 'ours', neverStopped()),
    )
    assert.equal(done.retries, 2)
    const files = await server.files()
    assert.deepEqual([files['other-1'], files['other-2'], files['ours']], ['theirs', 'theirs', 'ours'])
  })

  test('gives up a race that was lost three times, and says so', async () => {
    const repository = await open()
    const seen = await snapshotOf(repository)
    let races = 0
    server.setBeforePush(async () => {
      races += 1
      await server.commit({ 'race.yaml': `${races}` })
    })
    const fault = expectFault(
      await repository.publish(seen, [writing('late', 'x')], 'late', neverStopped()),
      'lost-race',
    )
    assert.match(fault.message, /moved on 3 times .* nothing was changed; try again/)
    assert.equal(races, 3)
    assert.ok(!('late' in (await server.files())))
  })

  test('leaves a file to whoever changed it meanwhile', async () => {
    await server.commit({ 'disputed.yaml': 'before\n' })
    const repository = await open()
    const seen = await snapshotOf(repository)
    server.setBeforePush(async () => {
      await server.commit({ 'disputed.yaml': 'theirs\n' })
    })
    for (const change of [writing('disputed.yaml', 'ours\n'), deleting('disputed.yaml')]) {
      const fault = expectFault(await repository.publish(seen, [change], 'ours', neverStopped()), 'conflict')
      assert.match(fault.message, /disputed\.yaml was changed by somebody else/)
    }
    assert.equal((await server.files())['disputed.yaml'], 'theirs\n')
  })

  test('has one winner for a file that two make at once, and room for both elsewhere', async () => {
    const [a, b] = [await open(), await open()]
    const [seenA, seenB] = [await snapshotOf(a), await snapshotOf(b)]
    const same = await Promise.all([
      a.publish(seenA, [writing('both', 'a')], 'a', neverStopped()),
      b.publish(seenB, [writing('both', 'b')], 'b', neverStopped()),
    ])
    assert.deepEqual(same.map(({ is }) => is).toSorted(), ['git-fault', 'published'])
    const other = await Promise.all([
      a.publish(await snapshotOf(a), [writing('only-a', 'a')], 'a', neverStopped()),
      b.publish(await snapshotOf(b), [writing('only-b', 'b')], 'b', neverStopped()),
    ])
    other.forEach(expectPublished)
    const files = await server.files()
    assert.deepEqual([files['only-a'], files['only-b']], ['a', 'b'])
  })

  test('says which branch is missing, and does not bring back one that was deleted', async () => {
    const missing = expectFault(
      await (await open({ rest: '?ref=nowhere' })).read(neverStopped()),
      'no-branch',
    )
    assert.match(missing.message, /has no branch nowhere/)
    await server.commit({ a: '1' }, { branch: 'short-lived' })
    const repository = await open({ rest: '?ref=short-lived' })
    const seen = await snapshotOf(repository)
    server.setBeforePush(() => server.deleteBranch('short-lived'))
    expectFault(await repository.publish(seen, [writing('b', '2')], 'b', neverStopped()), 'no-branch')
    assert.equal(await server.head('short-lived'), undefined)
  })

  test('says which folder is missing', async () => {
    const fault = expectFault(await (await open({ rest: '/nowhere' })).read(neverStopped()), 'no-folder')
    assert.match(fault.message, /branch main of https:.* has no folder nowhere/)
    expectFault(await (await open({ rest: '/README.md' })).read(neverStopped()), 'no-folder')
  })

  test('says that there is no repository', async () => {
    const access = {
      credentials: basicOf(GIT_WRITER),
      certificateAuthority: server.certificateAuthority,
      environment: bareEnvironment,
    }
    const location = locationOf(server.url.replace('config', 'elsewhere'))
    const repository = await openGit({ ...access, location })
    assert.ok(!('is' in repository))
    opened.push(repository)
    expectFault(await repository.read(neverStopped()), 'no-repository')
  })

  test('says that it is empty', async () => {
    await using empty = await GitServer.open({ files: {} })
    const repository = await openRemote(empty)
    const fault = expectFault(await repository.read(neverStopped()), 'no-branch')
    assert.match(fault.message, /may be empty/)
    await repository.close()
  })

  const wrongCredentials = { username: 'writer', password: 'wr%ng token/which is secret' }
  for (const [name, opening] of [
    ['wrong credentials', { credentials: basicOf(wrongCredentials) }],
    ['no credentials', { credentials: { is: 'none' } }],
    ['credentials that git on this machine does not have', { credentials: { is: 'ambient' } }],
  ] as const) {
    test(`refuses ${name}, and tells none of them`, async () => {
      const environment = { ...bareEnvironment, GIT_TRACE_CURL: '1', GIT_TRACE: '1', GIT_CURL_VERBOSE: '1' }
      const fault = expectFault(
        await (await open({ ...opening, environment })).read(neverStopped()),
        'refused',
      )
      assert.match(fault.message, /check user name and token/)
      const encoded = Buffer.from(`${wrongCredentials.username}:${wrongCredentials.password}`).toString(
        'base64',
      )
      for (const secret of [
        wrongCredentials.password,
        encoded,
        encodeURIComponent(wrongCredentials.password),
      ]) {
        assert.ok(!fault.message.includes(secret))
      }
    })
  }

  test('lets a reader read, and says that a reader may not write', async () => {
    const repository = await open({ credentials: basicOf(GIT_READER) })
    const seen = await snapshotOf(repository)
    const fault = expectFault(
      await repository.publish(seen, [writing('a', 'a')], 'a', neverStopped()),
      'refused',
    )
    assert.match(fault.message, /write access/)
    assert.ok(!fault.message.includes(GIT_READER.password))
  })

  test('sends its credentials to no other host', async () => {
    server.setFault('redirect')
    const fault = expectFault(await (await open()).read(neverStopped()), 'unreachable')
    assert.ok(!fault.message.includes(GIT_WRITER.password))
  })

  test('trusts no certificate that nobody vouches for', async () => {
    const repository = await openGit({
      location: locationOf(server.url),
      credentials: basicOf(GIT_WRITER),
      environment: bareEnvironment,
    })
    assert.ok(!('is' in repository))
    opened.push(repository)
    assert.match(
      expectFault(await repository.read(neverStopped()), 'unreachable').message,
      /certificate .* is not trusted/,
    )
  })

  for (const fault of ['503', 'cut'] as const) {
    test(`is unreachable while it answers with ${fault}, and read once it is back`, async () => {
      const repository = await open()
      server.setFault(fault)
      expectFault(await repository.read(neverStopped()), 'unreachable')
      server.setFault(undefined)
      assert.equal((await snapshotOf(repository)).branch, 'main')
    })
  }

  test('is given up when it does not answer in time, and git ends with all it started', async () => {
    const repository = await open({ limits: { timeLimitMs: 500 } })
    server.setFault('hang')
    const fault = expectFault(await repository.read(neverStopped()), 'unreachable')
    assert.match(fault.message, /did not answer within 0.5 s/)
  })

  test('is let go of when whoever asked loses interest', async () => {
    const repository = await open()
    server.setFault('hang')
    const stop = new AbortController()
    const reading = repository.read(stop.signal)
    stop.abort(new Error('enough'))
    await assert.rejects(reading, /enough/)
  })

  test('leaves nothing on this disk', async () => {
    const own = async (): Promise<string[]> =>
      (await readdir(tmpdir())).filter((name) => name.startsWith('everpull-git-') && !name.includes('server'))
    const before = await own()
    const repository = await openRemote(server)
    await snapshotOf(repository)
    const made = (await own()).filter((name) => !before.includes(name))
    assert.ok(made.length >= 1)
    await repository.close()
    const left = await own()
    assert.ok(made.some((name) => !left.includes(name)))
  })

  test('says what holds too much to be read whole', async () => {
    const repository = await open({ limits: { largestTree: 10 } })
    assert.match(
      expectFault(await repository.read(neverStopped()), 'failed').message,
      /holds too much to be read whole/,
    )
  })

  test('fetches no more than it may', async () => {
    const repository = await open({ limits: { largestFetch: 100 } })
    const { message } = expectFault(await repository.read(neverStopped()), 'failed')
    assert.match(message, /is larger than 1 MiB: keep integrations in a repository of their own/)
  })

  test('reads no text that nobody wants, however much there is of it', async () => {
    const repository = await open({ limits: { largestTree: 10, wants: () => false } })
    const { files } = await snapshotOf(repository)
    assert.ok(files.some(({ mode, size }) => mode === 'file' && size > 0))
    assert.ok(files.every(({ text }) => text === undefined))
  })

  test('writes to no path that leads out of it', async () => {
    const repository = await open()
    const seen = await snapshotOf(repository)
    for (const path of ['../up', 'a/../../up', '.git/config', 'a//b', '/abs', 'a/.GIT/hooks/x']) {
      expectFault(await repository.publish(seen, [writing(path, 'x')], 'x', neverStopped()), 'failed')
    }
  })

  test('says that git is missing where it is', async () => {
    const opening = {
      location: locationOf(server.url),
      credentials: { is: 'none' },
      environment: { PATH: '/nonexistent' },
    } as const
    assert.match(expectFault(await openGit(opening), 'git-missing').message, /install git/)
  })

  test('takes each kind of credentials only where it is of use', async () => {
    const ssh = locationOf('ssh://git.example.com/org/config.git')
    expectFault(
      await openGit({ location: ssh, credentials: basicOf(GIT_WRITER), environment: bareEnvironment }),
      'refused',
    )
  })
})
