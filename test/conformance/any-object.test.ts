// This file is about objects of any shape: a dialect makes an order of them or says what is wrong, and never fails.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { instant } from '../../src/base/clock.ts'
import { dialects } from '../../src/dialects/all.ts'
import type { Dialect, InstalledSchema, Looked, Translation, World } from '../../src/dialects/dialect.ts'
import type { Answer } from '../../src/model/answer.ts'
import { fault } from '../../src/model/fault.ts'
import type { Ref } from '../../src/model/ref.ts'
import type { Resource } from '../../src/model/resource.ts'
import { ParsedTemplates } from '../../src/template/parsed-templates.ts'
import { cost, unitOfWork, unitsOf } from '../support/cost.ts'
import { aResource } from '../support/builders.ts'
import { shapesOf } from '../support/kind-shapes.ts'

/** Over all kinds together far more than five thousand. */
const OBJECTS_A_KIND = 3000
/** The same objects each time: what fails here fails on every machine. */
const SEED = 20260504

const someTime = instant(Date.parse('2026-05-04T09:00:00Z'))
const installed: InstalledSchema = { admitsStatusField: () => true, admitsConditionType: () => true }

const resource = (ref: Ref, apiVersion: string, whole: unknown): Resource =>
  aResource({ ref, apiVersion, uid: `uid-of-${ref.name}`, ...membersOf(whole) })

function membersOf(whole: unknown): { readonly spec?: unknown; readonly status?: unknown } {
  if (typeof whole !== 'object' || whole === null) return { spec: whole }
  const { spec, status } = whole as Record<string, unknown>
  return { spec, ...(status === undefined ? {} : { status }) }
}

/** Every kind the dialect refers to is there under every name, each time in another shape. */
function worldOf(dialect: Dialect, shapes: ReadonlyMap<string, unknown>): World {
  const found = (ref: Ref): Looked => {
    const kind = dialect.kinds.find((one) => one.kind === ref.kind && one.group === ref.group)
    if (kind === undefined) return { is: 'absent' }
    const apiVersion = `${ref.group === '' ? '' : `${ref.group}/`}${kind.versions[0] ?? 'v1'}`
    return { is: 'present', resource: resource(ref, apiVersion, shapes.get(ref.kind)) }
  }
  return {
    operatorNamespace: 'everpull',
    usersOf: () => [],
    runtime: 'default',
    ambientOpenTo: 'all' as const,
    templates: new ParsedTemplates(),
    get: found,
    list: () => ({ is: 'listed', resources: [] }),
  }
}

function answersTo(asked: Resource): readonly Answer[] {
  const target = { namespace: asked.ref.namespace, name: 'pull' }
  return [
    { is: 'failed', fault: fault('internal', 'it broke'), target, at: someTime },
    { is: 'receipt', target, logins: [], at: someTime, wrote: 'none', expiryAssumed: false },
  ]
}

/** Some 50 ms of an idle machine: as long as the dearest object may hold up the others each time it is looked at. */
const MOST_UNITS = 10
/** Some 5 ms; it is a tenth to a third of that where templates are made to be slow. */
const MOST_UNITS_ON_AVERAGE = 1

/** Of one test: processor time that the first looks have taken, in units of work. */
interface Effort {
  readonly unit: number
  worst: number
  total: number
}

const calibrated = (): Effort => ({
  unit: Math.min(...Array.from({ length: 10 }, () => cost(unitOfWork))),
  worst: 0,
  total: 0,
})

function measured(dialect: Dialect, asked: Resource, world: World, effort: Effort): Translation {
  const holder: Translation[] = []
  let units = cost(() => holder.push(dialect.translate(asked, world))) / effort.unit
  effort.total += units
  // The machine may have been busy, or the engine compiling.
  if (units > MOST_UNITS / 2) units = unitsOf(() => dialect.translate(asked, world), MOST_UNITS / 2)
  effort.worst = Math.max(effort.worst, units)
  const [translation] = holder
  assert.ok(translation !== undefined)
  return translation
}

/** True when it was taken for an order. */
function check(dialect: Dialect, asked: Resource, world: World, effort: Effort): boolean {
  const translation = measured(dialect, asked, world, effort)
  assert.deepEqual(dialect.translate(asked, world), translation, 'at a second look it is another order')
  if (translation.is !== 'order') assert.notEqual(translation.fault.message.trim(), '')
  const answers: readonly (readonly Answer[])[] =
    translation.is === 'order'
      ? answersTo(asked).map((answer) => translation.deliveries.map(() => answer))
      : [[{ is: 'failed', fault: translation.fault, at: someTime }]]
  for (const given of answers) {
    const { status } = dialect.status(asked, given, installed)
    if (status === undefined) continue
    const again = dialect.status({ ...asked, status: merged(asked.status, status) }, given, installed)
    assert.equal(again.status, undefined, 'the same answers over the status it wrote ask for another write')
  }
  return translation.is === 'order'
}

/** RFC 7396, as far as a status needs it: lists are replaced whole. */
function merged(before: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const base = typeof before === 'object' && before !== null && !Array.isArray(before) ? before : {}
  const entries = Object.entries(patch).map(([key, value]) => [
    key,
    merged((base as Record<string, unknown>)[key], value),
  ])
  return Object.fromEntries(
    Object.entries({ ...base, ...Object.fromEntries(entries) }).filter(([, v]) => v !== null),
  )
}

for (const dialect of dialects) {
  describe(`${dialect.name}, given objects of any shape`, () => {
    const referred = dialect.kinds.filter(({ use }) => use === 'referred')
    const surroundings = fc.record(
      Object.fromEntries(referred.map((kind) => [kind.kind, shapesOf(dialect, kind)])),
    )
    for (const kind of dialect.kinds.filter(({ use }) => use === 'ordered')) {
      const ref = {
        group: kind.group,
        kind: kind.kind,
        namespace: kind.namespaced ? 'apps' : '',
        name: 'pull',
      }
      test(`a ${kind.kind} is ordered or its fault is told, and its status settles at once`, () => {
        let orders = 0
        const effort = calibrated()
        fc.assert(
          fc.property(shapesOf(dialect, kind), surroundings, (whole, shapes) => {
            const asked = resource(ref, `${kind.group}/${kind.versions[0] ?? ''}`, whole)
            if (check(dialect, asked, worldOf(dialect, new Map(Object.entries(shapes))), effort)) orders += 1
          }),
          { seed: SEED, numRuns: OBJECTS_A_KIND },
        )
        assert.ok(orders > OBJECTS_A_KIND / 10, `only ${orders} of ${OBJECTS_A_KIND} were ordered`)
        const { worst, total } = effort
        assert.ok(worst < MOST_UNITS, `one took ${worst.toFixed(1)} units of work`)
        const average = total / OBJECTS_A_KIND
        assert.ok(average < MOST_UNITS_ON_AVERAGE, `they took ${average.toFixed(2)} units of work on average`)
      })
    }
  })
}
