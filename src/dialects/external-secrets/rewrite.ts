// This file is about `rewrite`: the operations that give collected values other names, applied one after the other.
import type { Value } from '../../model/shape.ts'
import type { Budget } from '../../template/budget.ts'
import { CallError } from '../../template/errors.ts'
import type { World } from '../dialect.ts'
import { merge } from './rewrite-merge.ts'
import type { ExternalSecretSpec } from './schema.ts'

type Entry = NonNullable<ExternalSecretSpec['dataFrom']>[number]
export type Operation = NonNullable<Entry['rewrite']>[number]
export type Values = ReadonlyMap<string, Value>

/** `clashes`: names that several keys were given; the last of them in byte order has it. */
export type Rewritten =
  | { readonly is: 'rewritten'; readonly values: Values; readonly clashes: readonly string[] }
  | { readonly is: 'refused'; readonly message: string; readonly step: number }

/** One operation's outcome; a text says why there is none. */
type Renamed = { readonly values: Values; readonly clashes: readonly string[] } | string

/** What the renderings of one order share. */
export interface Means {
  readonly templates: World['templates']
  readonly budget: Budget
}

/** Operations rename keys, and merging reads values: of a login nothing can be read before there is one. */
export function rewrite(operations: readonly Operation[], values: Values, means: Means): Rewritten {
  let current = values
  const clashes: string[] = []
  for (const [step, operation] of operations.entries()) {
    const renamed = apply(operation, current, means)
    if (typeof renamed === 'string') {
      return { is: 'refused', message: `failed rewrite operation[${step}]: ${renamed}`, step }
    }
    current = renamed.values
    clashes.push(...renamed.clashes)
  }
  return { is: 'rewritten', values: current, clashes }
}

function apply(operation: Operation, values: Values, means: Means): Renamed {
  if (operation.merge !== undefined) {
    const merged = merge(operation.merge, values)
    return typeof merged === 'string' ? merged : { values: merged, clashes: [] }
  }
  if (operation.regexp !== undefined) return replace(operation.regexp, values, means)
  return operation.transform === undefined
    ? { values, clashes: [] }
    : transform(operation.transform.template, values, means)
}

/** The template language has Go's regular expressions and Go's way of replacing, within bounds. */
const REPLACE = '{{ regexReplaceAll .source .key .target }}'

function replace(
  { source, target }: NonNullable<Operation['regexp']>,
  values: Values,
  { templates, budget }: Means,
): Renamed {
  const parsed = templates.get('regexp', REPLACE)
  if (parsed.is === 'refused') return parsed.error.message
  return rename(values, (key) => {
    const rendered = parsed.template.render(
      new Map([
        ['source', source],
        ['key', key],
        ['target', target],
      ]),
      { budget },
    )
    if (rendered.is === 'text') return { key: rendered.bytes.toString() }
    return rendered.error.code === 'limit'
      ? { flaw: `regexp failed: ${JSON.stringify(source)} is too costly, or all rewrites together are` }
      : { flaw: `regexp failed with failed to compile: ${JSON.stringify(source)} is no RE2 expression` }
  })
}

const SAME_KEYS = 'keys must be the same every time they are looked at'

/** Kept from functions that are refused only when they ask for the time, as `date` does of a text. */
const NO_CLOCK = {
  now: (): never => {
    throw new CallError(`the time may not be asked for here: ${SAME_KEYS}`)
  },
}

function transform(text: string, values: Values, { templates, budget }: Means): Renamed {
  const parsed = templates.get('transform', text)
  if (parsed.is === 'refused')
    return `transform failed with failed to parse template: ${parsed.error.message}`
  const { template } = parsed
  const [varying] = template.varying
  if (varying !== undefined) {
    return `transform failed with failed to parse template: function "${varying}" is refused in a rewrite, where ${SAME_KEYS}`
  }
  return rename(values, (key) => {
    // Upstream sets no option here, unlike for other templates.
    const rendered = template.render(new Map([['value', key]]), {
      budget,
      clock: NO_CLOCK,
      missing: 'no value',
    })
    if (rendered.is === 'text') return { key: rendered.bytes.toString() }
    const cause = rendered.error.message
    return {
      flaw: `transform failed with failed to execute template for key ${JSON.stringify(key)}: ${cause}`,
    }
  })
}

type NewKey = { readonly key: string } | { readonly flaw: string }

/** Upstream one of several keys that get the same name wins at random; here it is the last in byte order. */
function rename(values: Values, newKey: (key: string) => NewKey): Renamed {
  const renamed = new Map<string, Value>()
  const clashes = new Set<string>()
  for (const [before, value] of inOrder(values)) {
    const after = newKey(before)
    if ('flaw' in after) return after.flaw
    if (renamed.has(after.key)) clashes.add(after.key)
    renamed.set(after.key, value)
  }
  return { values: renamed, clashes: [...clashes] }
}

const inOrder = (values: Values): readonly (readonly [string, Value])[] =>
  [...values].toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
