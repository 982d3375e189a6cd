// This file is about kinds that cannot be listed yet: nobody can tell who of them is gone, so nothing is let go of.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OperatorBench, statusError, WISH } from '../../test/support/operator-bench.ts'
import { SecretData } from '../base/secret-text.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { KubeRequest } from '../kube/client.ts'
import { SECRET } from '../model/kind.ts'
import type { Ref } from '../model/ref.ts'
import { linksAnnotation } from './account-links.ts'

const GONE_OR_NOT: Ref = { group: WISH.group, kind: WISH.kind, namespace: 'a', name: 'pull' }

/** Its orders may link service accounts; these order nothing. */
const linking: Dialect = {
  name: 'mobb',
  kinds: [{ ...WISH, links: true }, SECRET],
  eventSource: 'wishes',
  statusManager: 'everpull',
  translate: () => ({ is: 'order', deliveries: [], warnings: [], links: [] }),
  status: () => ({ events: [] }),
}

const RECORD = { by: `${WISH.group}/${WISH.kind}/a/pull`, imagePullSecrets: ['pull'] }

class LinkedBench extends OperatorBench {
  readonly patched: unknown[] = []

  /** What an operator before us has linked is there; the orders themselves cannot be listed. */
  async begin(): Promise<void> {
    await this.start({ dialects: [linking] }, false)
    if (this.versions.length > 0)
      this.reflectors.of('Wish').enter({ is: 'forbidden', error: statusError(403, 'Forbidden') })
    this.reflectors.of('Secret').sync()
    for (let watches = 0; watches < 2; watches += 1) {
      await this.settle()
      this.#showAccount()
    }
    await this.settleAll()
  }

  #showAccount(): void {
    const accounts = this.reflectors.of('ServiceAccount')
    const annotations = { [linksAnnotation(GONE_OR_NOT)]: JSON.stringify(RECORD) }
    accounts.put({ name: 'default', namespace: 'a', annotations }, { imagePullSecrets: [{ name: 'pull' }] })
    accounts.sync()
  }

  protected override answerOther({ method, path, body }: KubeRequest): unknown {
    if (method !== 'PATCH' || !path.includes('/serviceaccounts/')) throw statusError(404, 'NotFound')
    this.patched.push(body)
    return { metadata: { namespace: 'a', name: 'default', resourceVersion: '99' } }
  }
}

describe('an order that cannot be listed', () => {
  it('keeps the service accounts linked that it had linked', async () => {
    const bench = new LinkedBench()
    await bench.begin()
    await bench.pass(60_000)
    assert.deepEqual(bench.patched, [])
    await bench.operator.stop()
  })

  it('loses them once it is known to be gone', async () => {
    const bench = new LinkedBench()
    await bench.begin()
    bench.reflectors.of('Wish').sync()
    await bench.pass(60_000)
    const annotations = { [linksAnnotation(GONE_OR_NOT)]: null }
    assert.deepEqual(bench.patched, [
      { imagePullSecrets: [], metadata: { annotations, resourceVersion: '1' } },
    ])
    await bench.operator.stop()
  })

  it('loses them where its kind was not even installed', async () => {
    const bench = new LinkedBench()
    bench.versions = []
    await bench.begin()
    await bench.pass(60_000)
    assert.deepEqual(bench.patched, [])
    bench.versions = ['v1']
    await bench.pass(60_000)
    bench.reflectors.of('Wish').sync()
    await bench.pass(1000)
    assert.equal(bench.patched.length, 1)
    await bench.operator.stop()
  })

  it('keeps what it merged into Secrets of others until it is known to be gone', async () => {
    const bench = new OperatorBench()
    bench.store.put(
      { namespace: 'a', name: 'pull' },
      { data: new SecretData(new Map([['url', Buffer.from('https://h')]])) },
    )
    await bench.start()
    await bench.wish('pull', { target: { writes: 'keys', owner: 'none', whenMissing: 'wait' } })
    await bench.operator.stop()
    const again = new OperatorBench()
    for (const [key, secret] of bench.store.secrets) again.store.secrets.set(key, secret)
    await again.start({}, false)
    again.reflectors.of('Wish').enter({ is: 'forbidden', error: statusError(403, 'Forbidden') })
    for (const kind of ['Well', 'Secret']) again.reflectors.of(kind).sync()
    await again.pass(60_000)
    assert.equal(again.store.writes, 0)
    again.reflectors.of('Wish').sync()
    await again.pass(1000)
    assert.equal(again.store.writes, 1)
    assert.deepEqual(again.store.secrets.get('a/pull')?.annotations, {})
    await again.operator.stop()
  })
})
