// This file is about the figures of Everpull alone: a template, and one object over many namespaces.
import { measureFanOut } from './fan-out.ts'
import { atMost, type Row, tableOf } from './report.ts'
import { say } from './surroundings.ts'
import { measureTemplateRender } from './template-render.ts'

interface Part {
  readonly title: string
  readonly measure: () => readonly Row[] | Promise<readonly Row[]>
}

export const PART_NAMES = ['template', 'fan-out', 'wide fan-out'] as const
export type PartName = (typeof PART_NAMES)[number]

/** Go, with the same functions, takes 67 to 77. */
const MOST_RENDER_US = 25

function renderTemplate(): readonly Row[] {
  say('rendering templates')
  const { medianMicroseconds, rounds } = measureTemplateRender()
  return [atMost(`parse and render, median of ${rounds}`, medianMicroseconds, MOST_RENDER_US, ' µs', 1)]
}

const fanOutOver = (namespaces: number): Part => ({
  title: `one ClusterRegistryLogin over ${namespaces} namespaces`,
  measure: () => measureFanOut(namespaces),
})
const PARTS: Readonly<Record<PartName, Part>> = {
  template: { title: 'the template of a docker config', measure: renderTemplate },
  'fan-out': fanOutOver(1000),
  'wide fan-out': fanOutOver(5000),
}

/** Prints a table each; false when a figure is above its limit. */
export async function measureParts(names: readonly PartName[]): Promise<boolean> {
  let isKept = true
  for (const part of names.map((name) => PARTS[name])) {
    const rows = await part.measure()
    process.stdout.write(`\n${part.title}\n${tableOf(rows)}\n`)
    isKept &&= rows.every((row) => row.isKept)
  }
  return isKept
}
