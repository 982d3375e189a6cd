// This file is about exercising what is done with tests of connections that are long over: one is made older than it is.
import { portsFor } from '../../../sandbox/ports.ts'
import type { Exercise, Trial } from './exercise.ts'
import { INTEGRATION, integrationSpec } from './orders.ts'

const HOUR_MS = 3_600_000

export const leftover: Exercise = {
  name: 'leftover',
  takes: ['delete ecrintegrations.everpull.dev'],
  run: async (at) => {
    const name = `test-${at.id}`
    const metadata = { name, labels: { 'everpull.dev/test': 'true' } }
    await at.bench.create(INTEGRATION, { metadata, spec: integrationSpec() })
    await age(at, `/registry/${INTEGRATION.group}/${INTEGRATION.plural}/${name}`)
    await at.until('it is gone', async () => (await at.bench.get(INTEGRATION, { name })) === undefined)
  },
}

interface Range {
  readonly kvs?: readonly { readonly value: string; readonly mod_revision: string }[]
}

/** No API server lets anybody say when an object was made: where it is stored, nobody asks. */
async function age(at: Trial, key: string): Promise<void> {
  const { etcd } = await portsFor(at.bench.stage.sandbox.folder, ['etcd'])
  const call = async <T>(path: string, body: object): Promise<T> => {
    const answer = await fetch(`http://127.0.0.1:${etcd}/v3/kv/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`etcd ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  // Somebody may write its status in between: then it is read again.
  await at.until('it is made to look old', async () => {
    const [stored] = (await call<Range>('range', { key: base64(key) })).kvs ?? []
    if (stored === undefined) throw new Error(`nothing is stored at ${key}`)
    const object = JSON.parse(Buffer.from(stored.value, 'base64').toString()) as {
      metadata: { creationTimestamp: string }
    }
    object.metadata.creationTimestamp = new Date(Date.now() - HOUR_MS).toISOString().replace(/\.\d+Z/, 'Z')
    const written = await call<{ succeeded?: boolean }>('txn', {
      compare: [{ key: base64(key), target: 'MOD', result: 'EQUAL', mod_revision: stored.mod_revision }],
      success: [{ request_put: { key: base64(key), value: base64(JSON.stringify(object)) } }],
    })
    return written.succeeded === true
  })
}
