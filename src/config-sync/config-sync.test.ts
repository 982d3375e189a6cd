// This file is about testing the sync as a whole, against a cluster and a repository of a few lines.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { eventually } from '../../test/support/eventually.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { ScriptedReflectors } from '../../test/support/scripted-reflectors.ts'
import { minutes } from '../base/duration.ts'
import { silentLog } from '../base/log.ts'
import { readTree } from '../config-repo/read-tree.ts'
import { readSyncRecord, type SyncRecord } from '../config-repo/sync-record.ts'
import { ALL, filesOf, written } from '../config-repo/tree-fixture.ts'
import type { GitRepository } from '../git/repository.ts'
import type { KubeClient, KubeRequest } from '../kube/client.ts'
import { KubeError } from '../kube/error.ts'
import { ConfigSync } from './config-sync.ts'

/** A cluster that holds nothing, and takes what is written as the test says. */
const clusterTaking = (write: (request: KubeRequest) => Promise<unknown>): KubeClient => ({
  request: <T>(request: KubeRequest) =>
    request.method === 'GET'
      ? Promise.reject(new KubeError({ status: 404, reason: 'NotFound', message: request.path }))
      : (write(request) as Promise<T>),
  stream: () => Promise.reject(new TypeError('nothing is streamed')),
  stats: () => ({ requests: 0, sessions: 0, inFlight: 0, streams: 0 }),
  close: () => Promise.resolve(),
})

function aSync(texts: Readonly<Record<string, string>>, client: KubeClient) {
  const clock = new ManualClock()
  const reflectors = new ScriptedReflectors()
  const asked = { heads: 0 }
  const head = { commit: 'c1', branch: 'main' }
  const files = filesOf(texts).map((file) => ({ ...file, blob: '' }))
  const repository: Pick<GitRepository, 'head' | 'read' | 'close'> = {
    head: () => {
      asked.heads += 1
      return Promise.resolve({ is: 'head', ...head })
    },
    read: () => Promise.resolve({ is: 'snapshot', ...head, committedAt: '', files }),
    close: () => Promise.resolve(),
  }
  const source = { url: 'https://git.example/repo.git', path: '', branch: '', runtime: 'default' }
  const sync = new ConfigSync(
    { source, ownNamespace: 'everpull', interval: minutes(1), secret: undefined, reservedSecrets: [] },
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
  return { clock, reflectors, asked, sync }
}

it('asks the Git server no more often where leadership may be gone', async () => {
  const client = clusterTaking(({ path }) =>
    Promise.reject(new KubeError({ status: 0, reason: 'NotLeader', message: path })),
  )
  const { clock, reflectors, asked, sync } = aSync({ [`${ALL}/a/a.yaml`]: written('a') }, client)
  await eventually('integrations are followed', () => reflectors.started.length > 0)
  reflectors.of('EcrIntegration').sync()
  await eventually('the round is over', () => clock.armed > 0)
  clock.advance(1000)
  assert.equal(clock.next, 1000)
  assert.equal(asked.heads, 1)
  clock.advance(1000)
  await eventually('it is looked at again', () => asked.heads === 2)
  await sync.close()
})

it('has room in the record whatever names a file holds', async () => {
  const records: SyncRecord[] = []
  const client = clusterTaking(({ method, path, body }) => {
    if (method !== 'POST')
      return Promise.reject(new KubeError({ status: 404, reason: 'NotFound', message: path }))
    const { data } = body as { readonly data: Readonly<Record<string, string>> }
    const size = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0)
    assert.ok(size < 1 << 20, `${size} bytes`)
    const record = readSyncRecord(data)
    if (record !== undefined) records.push(record)
    return Promise.resolve({ metadata: { name: 'x', uid: 'u' } })
  })
  const long = 'x'.repeat(900_000)
  const elsewhere = JSON.stringify({
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name: 'a', namespace: long },
    spec: {},
  })
  const { sync } = aSync({ [`${ALL}/a/a.yaml`]: elsewhere }, client)
  await eventually('it is written down', () => records.length > 0)
  const [problem] = records[0]?.problems ?? []
  assert.match(problem?.because ?? '', /^metadata\.namespace is x+…$/)
  await sync.close()
})
