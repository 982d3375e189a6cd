// This file is about many orders that merge into one Secret of a real control plane, and about letting go of it again.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { externalSecret, generator, together } from '../support/orders.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const NAMESPACE = 'shared'
const COUNT = 60

interface Listed {
  readonly items: readonly {
    readonly type?: string
    readonly reason?: string
    readonly message?: string
    readonly status?: { readonly conditions?: readonly { readonly status: string }[] }
  }[]
}

describe('sixty orders with keys of their own in one Secret', () => {
  let stage: Stage
  let operator: RunningOperator

  before(async () => {
    stage = await Stage.open()
    await stage.namespace(NAMESPACE)
    await stage.apply(generator({ namespace: NAMESPACE, name: 'ecr' }))
    operator = await stage.startOperator()
    await operator.ready()
  })
  after(() => stage[Symbol.asyncDispose]())

  const names = Array.from({ length: COUNT }, (_, i) => `one-${i}`)
  const order = (name: string): string =>
    externalSecret({
      namespace: NAMESPACE,
      name,
      generator: 'ecr',
      target: {
        name: 'all',
        creationPolicy: 'CreateOrMerge',
        template: { data: { [name]: '{{ .password }}' } },
      },
    })
  const list = async (kind: string): Promise<Listed['items']> =>
    (await stage.get<Listed>(kind, '-n', NAMESPACE))?.items ?? []

  it('are all ready soon, each written once, and nobody is warned of anything', async () => {
    await stage.apply(together(...names.map(order)))
    await eventually(
      'all are ready',
      async () => {
        const orders = await list('externalsecrets')
        return orders.length === COUNT &&
          orders.every(({ status }) => status?.conditions?.[0]?.status === 'True')
          ? orders
          : undefined
      },
      30_000,
    )
    const secret = await stage.secret(NAMESPACE, 'all')
    assert.deepEqual(Object.keys(secret?.data ?? {}).toSorted(), names.toSorted())
    const warnings = (await list('events')).filter(({ type }) => type === 'Warning')
    assert.deepEqual(warnings, [])
    const writes = operator.log.filter(({ message }) => /^(created|updated) a Secret$/.test(message))
    assert.equal(writes.length, COUNT)
  })

  it('leave no mark behind when they are deleted all at once', async () => {
    await stage.kubectl('delete', 'externalsecrets', '--all', '-n', NAMESPACE, '--wait=false')
    await eventually(
      'no mark is left',
      async () => {
        const { annotations = {} } = (await stage.secret(NAMESPACE, 'all'))?.metadata ?? {}
        return Object.keys(annotations).some((key) => key.startsWith('everpull.dev/')) ? undefined : true
      },
      30_000,
    )
  })
})
