// This file is about turning an ExternalSecret into the delivery it orders.
import type { Delivery } from '../../model/delivery.ts'
import type { Fault } from '../../model/fault.ts'
import type { Want } from '../../model/login.ts'
import type { Resource } from '../../model/resource.ts'
import type { KeyValues } from '../../model/shape.ts'
import { orderBudget } from '../../template/budget.ts'
import type { Translation, Warning, World } from '../dialect.ts'
import { followGenerator, type Generated, type GeneratorRef, valuesOf } from './generator.ts'
import { readSpec, type ReadSpec } from './stored-spec.ts'
import { cadenceOf, fulfilledAt, onlyOnce } from './refresh.ts'
import type { ExternalSecretSpec } from './schema.ts'
import { finalizerOf, ordererOf, shapeOf, targetName, targetOf } from './target.ts'
import { watchTemplates } from './template-from.ts'
import { templateFault, templateWarnings } from './templates.ts'
import { collect, type Source } from './values.ts'

interface Generators {
  readonly is: 'generators'
  readonly wants: readonly Want[]
  readonly warnings: readonly Warning[]
}
type Stopped = Extract<Generated, { readonly fault: Fault }>

const references = ({ dataFrom = [] }: ExternalSecretSpec): readonly (readonly [string, GeneratorRef])[] =>
  dataFrom.flatMap(({ sourceRef }, i) =>
    sourceRef?.generatorRef === undefined
      ? []
      : [[`spec.dataFrom[${i}].sourceRef.generatorRef`, sourceRef.generatorRef] as const],
  )

/** Follows all of them even when one cannot be had, so that everything unread is read in one round. */
function generatorsOf(asked: Resource, spec: ExternalSecretSpec, world: World): Generators | Stopped {
  const found = references(spec).map(([at, ref]) => followGenerator(at, ref, asked.ref.namespace, world))
  const stopped =
    found.find((generated) => generated.is === 'invalid') ??
    found.find((generated) => generated.is === 'unready')
  if (stopped !== undefined) return stopped
  const generators = found.filter((generated) => generated.is === 'generator')
  return {
    is: 'generators',
    wants: generators.map(({ want }) => want),
    warnings: generators.flatMap(({ warnings }) => warnings),
  }
}

/** `wants` are those of the members that refer to generators, in their order. */
function sourcesOf({ dataFrom = [] }: ExternalSecretSpec, wants: readonly Want[]): readonly Source[] {
  const members = dataFrom.flatMap(({ sourceRef, rewrite = [] }, i) =>
    sourceRef?.generatorRef === undefined ? [] : [{ at: `spec.dataFrom[${i}]`, rewrites: rewrite }],
  )
  return wants.map((want, login) => ({
    at: members[login]?.at ?? 'spec.dataFrom',
    rewrites: members[login]?.rewrites ?? [],
    entries: valuesOf(want, login),
  }))
}

function orderOf(
  asked: Resource,
  spec: ExternalSecretSpec,
  wants: readonly Want[],
  values: KeyValues,
): Delivery {
  const fulfilled = asksForRecords(spec) ? fulfilledAt(asked, spec) : undefined
  return {
    orderedBy: ordererOf(asked),
    logins: wants,
    shape: shapeOf(values, spec.target.template, asked.ref.namespace),
    target: targetOf(asked, spec),
    cadence: cadenceOf(asked, spec),
    ...(fulfilled === undefined ? {} : { fulfilledAt: fulfilled }),
  }
}

/** What is refreshed in intervals, and repaired in between, shows by itself whether it is right, unless it has to wait. */
const asksForRecords = (spec: ExternalSecretSpec): boolean =>
  onlyOnce(spec) !== undefined || spec.target.creationPolicy === 'Orphan' || spec.syncWindows !== undefined

/** What was written once, as it stands, needs nothing it was made from until it has to be written again. */
function orderWithoutSources(asked: Resource, spec: ExternalSecretSpec, lacks: Fault): Delivery | undefined {
  const { target, ...delivery } = orderOf(asked, spec, [], { is: 'key-values', entries: [] })
  if (onlyOnce(spec) === undefined || delivery.fulfilledAt === undefined) return undefined
  const { whenEmpty: _, ...filled } = target
  return { ...delivery, target: filled, lacks }
}

function unready(
  asked: Resource,
  { spec, warnings }: Extract<ReadSpec, { is: 'spec' }>,
  fault: Fault,
): Translation {
  const delivery = orderWithoutSources(asked, spec, fault)
  if (delivery !== undefined) {
    return { is: 'order', deliveries: [delivery], warnings, ...finalizerOf(spec) }
  }
  const target = { namespace: asked.ref.namespace, name: targetName(asked, spec) }
  const cadence = cadenceOf(asked, spec)
  return { is: 'unready', fault, targets: [target], cadence, ...finalizerOf(spec) }
}

export function translate(asked: Resource, world: World): Translation {
  const read = readSpec(asked)
  if (read.is === 'invalid') return read
  const { spec } = read
  // Nothing is written, so nothing is asked for either.
  if (spec.target.creationPolicy === 'None') return { is: 'order', deliveries: [], warnings: read.warnings }
  const generators = generatorsOf(asked, spec, world)
  if (generators.is === 'unready') return unready(asked, read, generators.fault)
  if (generators.is === 'invalid') return { is: 'invalid', fault: generators.fault }
  const means = { templates: world.templates, budget: orderBudget() }
  const collected = collect(sourcesOf(spec, generators.wants), means)
  if (collected.is === 'invalid') return collected
  const delivery = orderOf(asked, spec, generators.wants, collected.values)
  if (delivery.shape.is === 'template') watchTemplates(delivery.shape.from ?? [], world)
  const flawed = templateFault(delivery.shape, means)
  if (flawed !== undefined) return { is: 'invalid', fault: flawed }
  return {
    is: 'order',
    deliveries: [delivery],
    ...finalizerOf(spec),
    warnings: [
      ...read.warnings,
      ...generators.warnings,
      ...collected.warnings,
      ...templateWarnings(delivery.shape),
    ],
  }
}
