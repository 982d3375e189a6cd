// This file is about a clone on disk: it is changed by way of its remote, follows once that went through, and is else as before.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import { openGit } from '../../src/git/open-git.ts'
import {
  bareEnvironment,
  deleting,
  expectFault,
  expectPublished,
  locationOf,
  neverStopped,
  openFolder,
  snapshotOf,
  textsOf,
  writing,
} from '../support/git-repositories.ts'
import { GitServer } from '../support/git-server.ts'

const INTEGRATION = 'resources/control-planes/prod/integration.yaml'

describe('a clone on disk', { timeout: 120_000 }, () => {
  let server: GitServer
  before(async () => {
    server = await GitServer.open({
      files: { 'README.md': '# Shared\n', [INTEGRATION]: 'a: 1\n', '.gitignore': '*.local\n' },
    })
  })
  after(() => server[Symbol.asyncDispose]())

  const open = async (t: TestContext, text: string) => {
    const repository = await openFolder(text)
    t.after(() => repository.close())
    return repository
  }
  /** Everything a person would see of it. */
  const looks = async (clone: string): Promise<string> =>
    (
      await Promise.all([
        server.git(clone, 'status', '--porcelain', '--branch', '--untracked-files=all'),
        server.git(clone, 'log', '--format=%H', 'main'),
        server.git(clone, 'diff', 'HEAD'),
        server.git(clone, 'stash', 'list'),
      ])
    ).join('\n--\n')
  const text = (clone: string, path: string): Promise<string> => readFile(join(clone, path), 'utf8')

  for (const over of ['disk', 'https'] as const) {
    test(`is pushed to its remote over ${over} and brought along, local edits to other files untouched`, async (t) => {
      const clone = await server.clone(over)
      await writeFile(join(clone, 'README.md'), '# Mine\n')
      await writeFile(join(clone, 'notes'), 'untracked\n')
      const repository = await open(t, clone)
      const seen = await snapshotOf(repository)
      const done = expectPublished(
        await repository.publish(seen, [writing(`${over}.yaml`, 'new\n')], 'Add it', neverStopped()),
      )
      assert.equal(done.commit, await server.head())
      assert.equal(done.behind, undefined)
      assert.equal((await server.git(clone, 'rev-parse', 'HEAD')).trim(), done.commit)
      assert.equal(await text(clone, `${over}.yaml`), 'new\n')
      assert.equal(await text(clone, 'README.md'), '# Mine\n')
      const status = await server.git(clone, 'status', '--porcelain', '--branch')
      assert.equal(status, '## main...origin/main\n M README.md\n?? notes\n')
    })
  }

  test('is brought along over commits of others that it lacked', async (t) => {
    const clone = await server.clone()
    await server.commit({ theirs: 'theirs\n' })
    const repository = await open(t, clone)
    const seen = await snapshotOf(repository)
    assert.equal(textsOf(seen)['theirs'], 'theirs\n')
    expectPublished(
      await repository.publish(seen, [deleting('theirs'), writing('ours', 'x')], 'ours', neverStopped()),
    )
    await assert.rejects(text(clone, 'theirs'))
    assert.equal(await text(clone, 'ours'), 'x')
    assert.equal(await server.git(clone, 'status', '--porcelain'), '')
  })

  test('may be named by a folder in it, which paths are told from', async (t) => {
    const clone = await server.clone()
    const repository = await open(t, join(clone, 'resources', 'control-planes'))
    assert.ok('prod/integration.yaml' in textsOf(await snapshotOf(repository)))
  })

  const refusals: readonly { name: string; prepare: (clone: string) => Promise<unknown>; says: RegExp }[] = [
    {
      name: 'an edit of the same file',
      prepare: (clone) => writeFile(join(clone, INTEGRATION), 'mine\n'),
      says: /local changes in resources\/control-planes\/prod\/integration\.yaml/,
    },
    {
      name: 'a staged edit of the same file',
      prepare: async (clone) => {
        await writeFile(join(clone, INTEGRATION), 'mine\n')
        await server.git(clone, 'add', '.')
      },
      says: /local changes/,
    },
    {
      name: 'a file that git does not know where a new one is to be',
      prepare: async (clone) => {
        await mkdir(join(clone, 'new'))
        await writeFile(join(clone, 'new/a.yaml'), 'mine\n')
      },
      says: /local changes in new\/a\.yaml/,
    },
    {
      name: 'a file that git ignores where a new one is to be',
      prepare: (clone) => writeFile(join(clone, 'b.local'), 'mine\n'),
      says: /local changes in b\.local/,
    },
    {
      name: 'commits that its remote lacks',
      prepare: async (clone) => {
        const who = ['-c', 'user.name=Me', '-c', 'user.email=me@example.com']
        await server.git(clone, ...who, 'commit', '--quiet', '--allow-empty', '-m', 'not pushed')
      },
      says: /has commits that its remote lacks/,
    },
    {
      name: 'its branch being checked out in another folder',
      prepare: async (clone) => {
        await server.git(clone, 'checkout', '--quiet', '-b', 'mine')
        await server.git(clone, 'worktree', 'add', '--quiet', join(clone, '..', 'other'), 'main')
      },
      says: /is checked out in .*other: give that folder/,
    },
  ]
  for (const { name, prepare, says } of refusals) {
    test(`is refused with ${name}, before anything changes anywhere`, async (t) => {
      const clone = await server.clone()
      await prepare(clone)
      const [before, head] = [await looks(clone), await server.head()]
      const repository = await open(t, `${clone}?ref=main`)
      const seen = await snapshotOf(repository)
      const changes = [writing(INTEGRATION, 'a: 2\n'), writing('new/a.yaml', 'x'), writing('b.local', 'x')]
      const fault = expectFault(await repository.publish(seen, changes, 'x', neverStopped()), 'not-clean')
      assert.match(fault.message, says)
      assert.equal(await looks(clone), before)
      assert.equal(await server.head(), head)
    })
  }

  test('is as before where the push fails', async (t) => {
    const clone = await server.clone('https')
    const repository = await open(t, clone)
    const seen = await snapshotOf(repository)
    const before = await looks(clone)
    let races = 0
    server.setBeforePush(async () => {
      races += 1
      await server.commit({ race: `${races}` })
    })
    expectFault(await repository.publish(seen, [writing('late', 'x')], 'late', neverStopped()), 'lost-race')
    server.setBeforePush(undefined)
    const now = await looks(clone)
    // Only what git knows of the remote moved on.
    assert.equal(now.replace(/ \[behind \d+\]/, ''), before)
    server.setFault('503')
    expectFault(await repository.publish(seen, [writing('late', 'x')], 'late', neverStopped()), 'unreachable')
    server.setFault(undefined)
    assert.equal((await looks(clone)).replace(/ \[behind \d+\]/, ''), before)
  })

  test('keeps the push, and says so, where its files change while it is pushed', async (t) => {
    const clone = await server.clone('https')
    const repository = await open(t, clone)
    const seen = await snapshotOf(repository)
    server.setBeforePush(() => writeFile(join(clone, INTEGRATION), 'edited meanwhile\n'))
    const done = expectPublished(
      await repository.publish(seen, [writing(INTEGRATION, 'a: 3\n')], 'x', neverStopped()),
    )
    server.setBeforePush(undefined)
    assert.match(done.behind ?? '', /git pull --ff-only/)
    assert.equal(await text(clone, INTEGRATION), 'edited meanwhile\n')
    assert.equal((await server.files())[INTEGRATION], 'a: 3\n')
  })

  test('is moved on itself where its branch follows no remote', async (t) => {
    const clone = await server.clone()
    await server.git(clone, 'remote', 'remove', 'origin')
    const repository = await open(t, clone)
    const done = expectPublished(
      await repository.publish(
        await snapshotOf(repository),
        [writing('local', 'x')],
        'local',
        neverStopped(),
      ),
    )
    assert.equal(done.remote, undefined)
    assert.equal((await server.git(clone, 'rev-parse', 'main')).trim(), done.commit)
    assert.equal(await text(clone, 'local'), 'x')
    assert.equal(await server.git(clone, 'status', '--porcelain'), '')
  })

  test('may be bare', async (t) => {
    const repository = await open(t, server.bare)
    const done = expectPublished(
      await repository.publish(await snapshotOf(repository), [writing('bare', 'x')], 'bare', neverStopped()),
    )
    assert.equal(await server.head(), done.commit)
  })

  test('is changed on a branch that only its remote has', async (t) => {
    await server.commit({ side: '1' }, { branch: 'side' })
    const clone = await server.clone()
    const before = await looks(clone)
    const repository = await open(t, `${clone}?ref=side`)
    const seen = await snapshotOf(repository)
    const done = expectPublished(
      await repository.publish(seen, [writing('side', '2')], 'side', neverStopped()),
    )
    assert.equal(await server.head('side'), done.commit)
    assert.equal(await looks(clone), before)
  })

  test('is committed to as whom its own configuration names, and none of its hooks run', async (t) => {
    const clone = await server.clone()
    await server.git(clone, 'config', 'user.name', 'Grace')
    await server.git(clone, 'config', 'user.email', 'grace@example.com')
    for (const hook of ['pre-commit', 'pre-push', 'post-merge', 'post-checkout', 'reference-transaction']) {
      await mkdir(join(clone, '.git/hooks'), { recursive: true })
      await writeFile(join(clone, '.git/hooks', hook), `#!/bin/sh\ntouch '${clone}/hook-ran'\nexit 1\n`, {
        mode: 0o755,
      })
    }
    const repository = await open(t, clone)
    expectPublished(
      await repository.publish(await snapshotOf(repository), [writing('by', 'g')], 'g', neverStopped()),
    )
    assert.equal(await server.author(), 'Grace <grace@example.com>')
    await assert.rejects(text(clone, 'hook-ran'))
  })

  test('is refused where it is none, is not there, has no commit, or has no such branch', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'everpull-no-clone-'))
    const opening = (text: string) =>
      openGit({ location: locationOf(text), credentials: { is: 'ambient' }, environment: bareEnvironment })
    try {
      expectFault(await opening(folder), 'no-repository')
      expectFault(await opening(join(folder, 'nowhere')), 'no-repository')
      await server.git(folder, 'init', '--quiet')
      const empty = await openFolder(folder)
      expectFault(await empty.read(neverStopped()), 'no-branch')
      await empty.close()
      const other = await openFolder(`${server.bare}?ref=nowhere`)
      expectFault(await other.read(neverStopped()), 'no-branch')
      await other.close()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
