// This file is about where an order that is spread over namespaces has left something, whoever follows namespaces or not.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aResource } from '../../test/support/builders.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { deliveryAnnotation } from '../model/delivery.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { Spreads, type SpreadsParts } from './spreads.ts'

const ORDER: Ref = { group: 'example.com', kind: 'Spell', namespace: '', name: 'pull' }
const order = aResource({ ref: ORDER })
const inNamespace = (namespace: string): Ref => ({ ...ORDER, namespace })

const namespace = (name: string, rest: Partial<Resource> = {}): Resource =>
  aResource({ ref: { group: '', kind: 'Namespace', namespace: '', name }, ...rest })

const MARK = deliveryAnnotation(inNamespace('a'))
const marked: SpreadsParts['store'] = {
  marks: () => [MARK],
  carrying: (annotation) => (annotation === MARK ? [{ namespace: 'a', name: 'pull' }] : []),
}

/** What leaves, and who is woken to see to it. */
function leaving(
  parts: Partial<SpreadsParts>,
  asked = order,
): { readonly is: string; readonly woken: readonly string[] } {
  const woken: string[] = []
  const spreads = new Spreads({
    served: new Map(),
    store: { marks: () => [], carrying: () => [] },
    hasLinks: () => false,
    linkedIn: () => [],
    namespaces: () => [],
    lookAgain: (key) => woken.push(key),
    lookAt: () => {},
    clock: new ManualClock(),
    ...parts,
  })
  const { is } = spreads.letGo(asked)
  return { is, woken }
}

describe('an order that is spread and being deleted', () => {
  it('waits for what it wrote although nobody follows namespaces', () => {
    assert.deepEqual(leaving({ store: marked }), { is: 'leaving', woken: [refKey(inNamespace('a'))] })
  })

  it('waits for what it linked although nobody follows namespaces', () => {
    const linked = { linkedIn: () => ['a', 'b'], hasLinks: (by: Ref) => by.namespace === 'b' }
    assert.deepEqual(leaving(linked), { is: 'leaving', woken: [refKey(inNamespace('b'))] })
  })

  it('waits for no namespace that is going itself', () => {
    const namespaces = () => [namespace('a', { deletingSince: order.createdAt })]
    assert.deepEqual(leaving({ store: marked, namespaces }), { is: 'free', woken: [] })
  })

  it('waits for no share where it lives in a namespace itself, whatever it has left there', () => {
    const asked = aResource({ ref: inNamespace('a') })
    assert.deepEqual(leaving({ store: marked, hasLinks: () => true }, asked), { is: 'free', woken: [] })
  })

  it('goes at once where it left nothing', () => {
    assert.deepEqual(leaving({ linkedIn: () => ['a'] }), { is: 'free', woken: [] })
  })
})
