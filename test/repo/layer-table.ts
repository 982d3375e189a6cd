// This file is about the layer table of ARCHITECTURE.md: parsing it, and judging imports by it.
import type { Import } from './tree.ts'

export interface LayerTable {
  /** Layer to what it may import; 'everything' has no walls. */
  readonly layers: ReadonlyMap<string, readonly string[] | 'everything'>
  /** Package pattern to the layers that may import it. */
  readonly packages: ReadonlyMap<string, readonly string[]>
}

export function parseLayerTable(markdown: string): LayerTable {
  const layers = new Map<string, readonly string[] | 'everything'>()
  for (const [names, rights] of rowsBelow(markdown, '| layer | may import |')) {
    const allowed = rights.trim() === 'everything' ? 'everything' : quoted(rights)
    for (const name of quoted(names)) layers.set(name, allowed)
  }
  const packages = new Map<string, readonly string[]>()
  for (const [names, homes] of rowsBelow(markdown, '| package | only in |')) {
    for (const name of quoted(names)) packages.set(name, quoted(homes))
  }
  return { layers, packages }
}

/** The sentence that says what is wrong with an import; undefined when it is allowed. */
export function judge(table: LayerTable, one: Import): string | undefined {
  const layer = layerOf(table, one.from)
  if (layer === undefined) return `${one.from}: its folder has no row in the layer table`
  const rights = table.layers.get(layer) ?? []
  if (rights === 'everything') return undefined
  const isTest = /(\.test|-fixture)\.ts$/.test(one.from)
  if (!one.ours) return isTest ? undefined : judgePackage(table, layer, one)
  const target = place(one.to)
  const same = layerOf(table, one.to) === layer
  const supported = isTest && within(target, 'test/support')
  if (same || supported || allows(table, rights, one.to)) return undefined
  return `${one.from} imports ${one.to}: ${layer} may import ${rights.join(', ') || 'nothing of ours'}`
}

/** A right to a layer is none to a narrower row inside it: `operator` does not open `operator/adapters`. */
function allows(table: LayerTable, rights: readonly string[], to: string): boolean {
  const target = place(to)
  const layer = layerOf(table, to) ?? ''
  return rights.some((right) => within(target, right) && (right === layer || within(right, layer)))
}

function judgePackage(table: LayerTable, layer: string, one: Import): string | undefined {
  for (const [pattern, homes] of table.packages) {
    const matches = pattern.endsWith('*') ? one.to.startsWith(pattern.slice(0, -1)) : one.to === pattern
    if (matches && !homes.some((home) => within(layer, home))) {
      return `${one.from} imports ${one.to}, which has its home in ${homes.join(', ')}`
    }
  }
  return undefined
}

function layerOf(table: LayerTable, path: string): string | undefined {
  const found = [...table.layers.keys()].filter((layer) => within(place(path), layer))
  return found.toSorted((a, b) => b.length - a.length)[0]
}

/** `src/config.ts`, its test and `src/config/values.ts` are all in `config`. */
const place = (path: string): string => path.replace(/^src\//, '').replace(/(\.test)?\.ts$/, '')

const within = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')

function rowsBelow(markdown: string, head: string): (readonly [string, string])[] {
  const lines = markdown.split('\n')
  const start = lines.indexOf(head)
  if (start < 0) throw new Error(`no table "${head}"`)
  const rest = lines.slice(start + 2)
  const end = rest.findIndex((line) => !line.startsWith('|'))
  return rest.slice(0, end).map((line) => {
    const [, first = '', second = ''] = line.split('|')
    return [first, second] as const
  })
}
