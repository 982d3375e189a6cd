// This file is about what every dialect must do, whatever its API: one suite, run for each of them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Instant, instant } from '../../src/base/clock.ts'
import type { Dialect, InstalledSchema, Looked, Status, World } from '../../src/dialects/dialect.ts'
import type { Answer } from '../../src/model/answer.ts'
import { FAULTS, type FaultCode, fault } from '../../src/model/fault.ts'
import { type Ref, refKey } from '../../src/model/ref.ts'
import type { Resource } from '../../src/model/resource.ts'
import { selects } from '../../src/model/selector.ts'
import { ParsedTemplates } from '../../src/template/parsed-templates.ts'

/** One kind of object of a dialect: one that orders, with what it refers to, and some that cannot. */
export interface Example {
  readonly asked: Resource
  /** What exists beside it. */
  readonly beside: readonly Resource[]
  /** Changes to its spec that make it wrong, and the place the fault must name. */
  readonly wrong: readonly { readonly spec: object; readonly at: RegExp }[]
}

/** Stands in metadata of Secrets, where `last-applied-configuration` carries values: nothing may repeat it. */
export const CANARY = 'wJalrXUtnFEMI-canary'

const OPERATOR_NAMESPACE = 'everpull'

const worldOf = (beside: readonly Resource[]): World => ({
  operatorNamespace: OPERATOR_NAMESPACE,
  usersOf: () => [],
  runtime: 'default',
  ambientOpenTo: 'all' as const,
  templates: new ParsedTemplates(),
  get: (ref) => {
    const resource = beside.find((one) => refKey(one.ref) === refKey(ref))
    return resource === undefined ? { is: 'absent' } : { is: 'present', resource }
  },
  list: ({ group, kind }, selector) => {
    const isOfKind = ({ ref }: Resource): boolean => ref.group === group && ref.kind === kind
    const resources = beside.filter((one) => isOfKind(one) && selects(selector, one.labels))
    return { is: 'listed', resources }
  },
})

const worldWhere = (looked: Looked): World => ({
  operatorNamespace: OPERATOR_NAMESPACE,
  usersOf: () => [],
  runtime: 'default',
  ambientOpenTo: 'all' as const,
  templates: new ParsedTemplates(),
  get: () => looked,
  list: () => (looked.is === 'unread' || looked.is === 'denied' ? looked : { is: 'listed', resources: [] }),
})

const everything: InstalledSchema = { admitsStatusField: () => true, admitsConditionType: () => true }
const nothing: InstalledSchema = { admitsStatusField: () => false, admitsConditionType: () => false }

const at = (minutes: number): Instant => instant(Date.parse('2026-05-04T10:00:00Z') + minutes * 60_000)

/** Every answer there is, for a delivery into this Secret, given at this minute. */
function answersAt(target: { namespace: string; name: string }, minute: number): readonly Answer[] {
  const life = { mintedAt: at(0), expiresAt: at(720) }
  const receipt = { is: 'receipt', target, logins: [life], at: at(minute), nextAt: at(480) } as const
  const other: Ref = { group: 'example.com', kind: 'Thing', namespace: target.namespace, name: 'other' }
  const faults = Object.keys(FAULTS).map((code) => fault(code as FaultCode, `cause ${code}`))
  return [
    { ...receipt, wrote: 'created', expiryAssumed: false },
    { ...receipt, wrote: 'updated', expiryAssumed: true },
    { ...receipt, wrote: 'none', expiryAssumed: false },
    ...faults.map((fault): Answer => ({ is: 'failed', fault, target, at: at(minute) })),
    ...faults
      .filter(({ code }) => FAULTS[code].obtaining)
      .map(
        (fault): Answer => ({
          is: 'failed',
          fault,
          target,
          serving: { until: at(720), since: at(0) },
          at: at(minute),
        }),
      ),
    { is: 'yielded', to: other, target, at: at(minute) },
    { is: 'target-missing', target, at: at(minute) },
    ...(['kept', 'deleted', 'absent'] as const).map(
      (secret): Answer => ({ is: 'emptied', target, at: at(minute), secret }),
    ),
    { is: 'orphan-deleted', target, at: at(minute) },
  ]
}

/** RFC 7396, as far as a status needs it. */
const merged = (status: unknown, patch: object | undefined): unknown =>
  patch === undefined
    ? status
    : Object.fromEntries(
        Object.entries({ ...(status as object | undefined), ...patch }).filter(([, v]) => v !== null),
      )

const withSpec = (asked: Resource, spec: unknown): Resource => ({ ...asked, spec })
const specOf = (asked: Resource): object => asked.spec as object

interface Condition {
  readonly type: string
  readonly lastTransitionTime: string
}
const conditionsOf = (status: unknown): readonly Condition[] =>
  (status as { conditions?: readonly Condition[] } | undefined)?.conditions ?? []

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const member of Object.values(value)) deepFreeze(member)
  return value
}

/** What may be seen of an object that others make stands for its spec, under the names it has there. */
const SPEC_ROOT = { ordinary: /^spec/, chosen: /^data/ } as const

const isChosen = ({ kinds }: Dialect, { ref }: Resource): boolean =>
  kinds.some(({ group, kind, chosen }) => group === ref.group && kind === ref.kind && chosen !== undefined)

export function dialectConformance(dialect: Dialect, examples: readonly Example[]): void {
  describe(`dialect ${dialect.name}`, () => {
    kindConformance(dialect, examples)
    for (const example of examples) {
      describe(`${example.asked.ref.kind} ${example.asked.apiVersion}`, () => {
        translationConformance(dialect, example)
        statusConformance(dialect, example)
      })
    }
  })
}

function kindConformance(dialect: Dialect, examples: readonly Example[]): void {
  test('every kind that orders has an example', () => {
    const shown = new Set(examples.map(({ asked }) => asked.ref.kind))
    const ordered = dialect.kinds.filter((kind) => kind.use === 'ordered').map((kind) => kind.kind)
    assert.deepEqual(
      ordered.filter((kind) => !shown.has(kind)),
      [],
    )
  })

  test('every definition has one storage version, and only versions that are read', () => {
    for (const { definition, versions } of dialect.kinds) {
      if (definition === undefined) continue
      assert.equal(definition.versions.filter((version) => version.storage).length, 1)
      assert.deepEqual(definition.versions.map((version) => version.name).toSorted(), versions.toSorted())
    }
  })
}

function translationConformance(dialect: Dialect, { asked, beside, wrong }: Example): void {
  const world = worldOf(beside)

  test('orders a delivery into its own namespace, in its own name', () => {
    const translation = dialect.translate(asked, world)
    assert.ok(translation.is === 'order', JSON.stringify(translation))
    const { deliveries, children = [], spread = [], probes = [] } = translation
    assert.ok(deliveries.length + children.length + spread.length + probes.length > 0)
    for (const { orderedBy, target, logins } of translation.deliveries) {
      assert.deepEqual(orderedBy.ref, asked.ref)
      assert.deepEqual([orderedBy.uid, orderedBy.apiVersion], [asked.uid, asked.apiVersion])
      assert.equal(target.namespace, asked.ref.namespace)
      for (const { identity } of logins) assert.equal(identity.onBehalfOf, asked.ref.namespace)
    }
  })

  test('owns objects only of the kinds it says, each once, and in its own namespace if it has one', () => {
    const translation = dialect.translate(asked, world)
    const kind = dialect.kinds.find(({ kind, group }) => kind === asked.ref.kind && group === asked.ref.group)
    const owned = (kind?.children ?? []).map(({ group, kind }) => `${group}/${kind}`)
    assert.ok(translation.is === 'order' && (translation.children === undefined) === (owned.length === 0))
    const { children = [] } = translation
    for (const { ref } of children) {
      assert.ok(owned.includes(`${ref.group}/${ref.kind}`), refKey(ref))
      if (asked.ref.namespace !== '') assert.equal(ref.namespace, asked.ref.namespace)
    }
    assert.equal(new Set(children.map(({ ref }) => refKey(ref))).size, children.length)
  })

  test('is pure: the same twice, and nothing it is given is changed', () => {
    const frozen = deepFreeze(structuredClone(asked))
    const frozenWorld = worldOf(deepFreeze(structuredClone(beside)))
    assert.deepEqual(dialect.translate(frozen, frozenWorld), dialect.translate(asked, world))
  })

  test('an unknown field of the spec changes no delivery, and is at most warned of by name', () => {
    const known = dialect.translate(asked, world)
    const strange = dialect.translate(withSpec(asked, { ...specOf(asked), unheardOf: { of: [1] } }), world)
    assert.ok(known.is === 'order' && strange.is === 'order', JSON.stringify(strange))
    assert.deepEqual(strange.deliveries, known.deliveries)
    assert.deepEqual(strange.children, known.children)
    for (const { message } of strange.warnings.slice(known.warnings.length))
      assert.match(message, /unheardOf/)
  })

  test('an unknown field of the metadata or status changes nothing', () => {
    const strange = { ...asked, unheardOf: true, status: { unheardOf: [{ type: 1 }], conditions: 'none' } }
    assert.deepEqual(dialect.translate(strange, world), dialect.translate(asked, world))
  })

  for (const { spec, at } of wrong) {
    test(`stalls on ${JSON.stringify(spec)} and names ${at.source}`, () => {
      const translation = dialect.translate(withSpec(asked, { ...specOf(asked), ...spec }), world)
      assert.ok(translation.is === 'invalid', JSON.stringify(translation))
      assert.match(translation.fault.at ?? '', at)
      assert.notEqual(translation.fault.message, '')
      assert.notEqual(FAULTS[translation.fault.code].retry, 'backoff')
    })
  }

  for (const spec of [undefined, null, 42, 'text', [], {}]) {
    test(`stalls on a spec that is ${JSON.stringify(spec)}, and names it`, () => {
      const translation = dialect.translate(withSpec(asked, spec), world)
      assert.ok(translation.is === 'invalid', JSON.stringify(translation))
      assert.match(translation.fault.at ?? '', SPEC_ROOT[isChosen(dialect, asked) ? 'chosen' : 'ordinary'])
    })
  }

  test('every field of the spec may be of the wrong type without a crash', () => {
    for (const key of Object.keys(specOf(asked))) {
      for (const value of [null, 42, 'text', [], {}, [null], { name: null }]) {
        assert.ok(dialect.translate(withSpec(asked, { ...specOf(asked), [key]: value }), world).is)
      }
    }
  })

  test('waits for what has not been read, naming the Secrets it would write', () => {
    const translation = dialect.translate(asked, worldWhere({ is: 'unread' }))
    assert.notEqual(translation.is, 'invalid')
    if (translation.is !== 'unready') return
    const written = dialect.translate(asked, world)
    assert.ok(written.is === 'order')
    const targets = written.deliveries.map(({ target: { namespace, name } }) => ({ namespace, name }))
    assert.deepEqual(translation.targets, targets)
  })

  test('tells what may not be read', () => {
    const denied = fault('kube-forbidden', 'may not get this object: give the right to')
    const translation = dialect.translate(asked, worldWhere({ is: 'denied', fault: denied }))
    assert.notEqual(translation.is, 'invalid')
    if (translation.is === 'unready') assert.match(translation.fault.message, /may not get this object/)
  })

  test('repeats nothing of a Secret’s metadata', () => {
    const specs = [specOf(asked), ...wrong.map(({ spec }) => ({ ...specOf(asked), ...spec }))]
    for (const spec of specs) {
      assert.ok(!JSON.stringify(dialect.translate(withSpec(asked, spec), world)).includes(CANARY))
    }
  })
}

function statusConformance(dialect: Dialect, { asked }: Example): void {
  const target = { namespace: asked.ref.namespace, name: 'target' }
  const first = answersAt(target, 0)
  const say = (status: unknown, answer: Answer, installed: InstalledSchema): Status =>
    dialect.status(status === undefined ? asked : { ...asked, status }, [answer], installed)

  for (const [which, installed] of Object.entries({ everything, nothing })) {
    test(`is idempotent where the installed schema admits ${which} extra`, () => {
      for (const answer of first) {
        const written = merged(asked.status, say(asked.status, answer, installed).status)
        const again = say(written, answer, installed)
        assert.equal(again.status, undefined, `${JSON.stringify(answer)}\n${JSON.stringify(written)}`)
      }
    })
  }

  test('a failure that goes on is written and told once', () => {
    for (const [i, later] of answersAt(target, 7).entries()) {
      const answer = first[i]
      if (answer?.is !== 'failed') continue
      const written = merged(asked.status, say(asked.status, answer, everything).status)
      const again = say(written, later, everything)
      // Without a status only whoever publishes can tell what has been said before.
      const events = isChosen(dialect, asked) ? [] : again.events
      assert.deepEqual([again.status, events], [undefined, []], JSON.stringify(answer))
    }
  })

  test('every failure is told by an event that says why', () => {
    for (const answer of first) {
      if (answer.is !== 'failed') continue
      const { events } = say(asked.status, answer, everything)
      assert.deepEqual(
        events.map(({ type }) => type),
        ['Warning'],
      )
      assert.match(events[0]?.reason ?? '', /^[A-Z][A-Za-z]+$/)
      assert.ok(events[0]?.message.includes(`cause ${answer.fault.code}`), JSON.stringify(events))
    }
  })

  test('keeps what others wrote into the status', () => {
    const foreign = {
      type: 'Audited',
      status: 'True',
      reason: 'Seen',
      message: 'by others',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    }
    const before = { unheardOf: { kept: true }, conditions: [foreign] }
    for (const answer of first) {
      const after = merged(before, say(before, answer, everything).status)
      assert.deepEqual((after as typeof before).unheardOf, { kept: true })
      assert.deepEqual(
        conditionsOf(after).filter(({ type }) => type === 'Audited'),
        [foreign],
      )
    }
  })

  test('each condition type stands once, and keeps its time while its status stays', () => {
    const [created] = first
    const [, renewed] = answersAt(target, 480)
    assert.ok(created !== undefined && renewed !== undefined)
    const before = merged(asked.status, say(asked.status, created, everything).status)
    const after = merged(before, say(before, renewed, everything).status)
    const types = conditionsOf(after).map(({ type }) => type)
    assert.equal(new Set(types).size, types.length)
    assert.deepEqual(
      conditionsOf(after).map(({ lastTransitionTime }) => lastTransitionTime),
      conditionsOf(before).map(({ lastTransitionTime }) => lastTransitionTime),
    )
  })

  test('a status that makes no sense does not stop it', () => {
    for (const status of [
      null,
      42,
      'text',
      [],
      { conditions: 'none' },
      { conditions: [null, 7, { type: 'Ready' }] },
    ]) {
      for (const answer of first) assert.ok(say(status, answer, everything).events)
    }
  })

  test('no answers are no status', () => {
    assert.deepEqual(dialect.status(asked, [], everything), { events: [] })
  })
}
