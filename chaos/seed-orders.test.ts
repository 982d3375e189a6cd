// This file is about the order in which a namespace is filled: what others keep there comes before what orders make.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectText } from './api-objects.ts'
import { SeedOrders } from './seed-orders.ts'

const key = { arn: 'arn', accessKeyId: 'id', secretAccessKey: 'secret' }
const orders = new SeedOrders('c1', { a: key, b: key, mobb: key })

const isNamespace = ({ kind }: ObjectText): boolean => kind === 'Namespace'
const isClosed = ({ metadata }: ObjectText): boolean =>
  (metadata['annotations'] as Record<string, string> | undefined)?.['everpull.dev/opt-out'] === 'true'

test('a namespace is closed to the order outside of namespaces until Secrets of others are there', () => {
  for (const namespace of orders.namespaces) {
    const steps = orders.stepsIn(namespace)
    const opened = steps.findIndex(({ object }) => isNamespace(object) && !isClosed(object))
    const created = steps.flatMap(({ is }, i) => (is === 'create' ? [i] : []))
    assert.ok(isClosed(steps[0]?.object ?? assert.fail('there are steps')))
    assert.equal(created.length, orders.foreignIn(namespace).length)
    assert.ok(created.every((i) => i < opened))
    assert.deepEqual(
      steps.slice(opened + 1).map(({ object }) => object),
      orders.ordersIn(namespace),
    )
  }
})
