// This file is about testing what the sync does while nobody may write.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { eventually } from '../../test/support/eventually.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { ScriptedReflectors } from '../../test/support/scripted-reflectors.ts'
import { minutes } from '../base/duration.ts'
import { silentLog } from '../base/log.ts'
import { readTree } from '../config-repo/read-tree.ts'
import { ALL, filesOf, written } from '../config-repo/tree-fixture.ts'
import type { GitRepository } from '../git/repository.ts'
import type { KubeClient } from '../kube/client.ts'
import { KubeError } from '../kube/error.ts'
import { ConfigSync } from './config-sync.ts'

const FILES = filesOf({ [`${ALL}/a/a.yaml`]: written('a') })

/** A cluster that holds nothing, and in which nobody may write. */
const client: KubeClient = {
  request: ({ method, path }) =>
    Promise.reject(
      method === 'GET'
        ? new KubeError({ status: 404, reason: 'NotFound', message: path })
        : new KubeError({ status: 0, reason: 'NotLeader', message: path }),
    ),
  stream: () => Promise.reject(new TypeError('nothing is streamed')),
  stats: () => ({ requests: 0, sessions: 0, inFlight: 0, streams: 0 }),
  close: () => Promise.resolve(),
}

it('asks the Git server no more often where leadership may be gone', async () => {
  const clock = new ManualClock()
  const reflectors = new ScriptedReflectors()
  let heads = 0
  const repository: Pick<GitRepository, 'head' | 'read' | 'close'> = {
    head: () => {
      heads += 1
      return Promise.resolve({ is: 'head', commit: 'c1', branch: 'main' })
    },
    read: () =>
      Promise.resolve({
        is: 'snapshot',
        commit: 'c1',
        branch: 'main',
        committedAt: '',
        files: FILES.map((file) => ({ ...file, blob: '' })),
      }),
    close: () => Promise.resolve(),
  }
  const source = { url: 'https://git.example/repo.git', path: '', branch: '', runtime: 'default' }
  const sync = new ConfigSync(
    { source, ownNamespace: 'everpull', interval: minutes(1), secret: undefined },
    {
      client,
      openRepository: () => Promise.resolve(repository as GitRepository),
      readTree,
      startReflector: reflectors.start,
      tellEvent: () => {},
      recorder: { succeeded() {}, failed() {}, counted() {}, ended() {} },
      clock,
      random: () => 0.5,
      log: silentLog,
    },
  )
  await eventually('integrations are followed', () => reflectors.started.length > 0)
  reflectors.of('EcrIntegration').sync()
  await eventually('the round is over', () => clock.armed > 0)
  clock.advance(1000)
  assert.equal(clock.next, 1000)
  assert.equal(heads, 1)
  clock.advance(1000)
  await eventually('it is looked at again', () => heads === 2)
  await sync.close()
})
