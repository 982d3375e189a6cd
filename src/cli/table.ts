// This file is about tables for people: aligned columns, a bold head, colour by meaning.
import { stripVTControlCharacters, styleText } from 'node:util'
import { shownText } from './shown-text.ts'

export type Tone = 'good' | 'bad' | 'faint'
export type Cell = string | { readonly text: string; readonly tone: Tone }

export interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

const COLOURS = { good: 'green', bad: 'red', faint: 'gray' } as const

/** One line per row, ended by a newline; nothing for a table without rows. */
export function renderTable(table: Table, colours: boolean): string {
  if (table.rows.length === 0) return ''
  const lines = [
    table.head.map((t) => style(oneLine(t), 'bold', colours)),
    ...table.rows.map((row) => row.map(paint)),
  ]
  const widths = table.head.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ''))))
  return lines.map((line) => `${line.map(pad).join('   ').trimEnd()}\n`).join('')

  function paint(cell: Cell): string {
    return typeof cell === 'string' ? oneLine(cell) : style(oneLine(cell.text), COLOURS[cell.tone], colours)
  }
  function pad(text: string, column: number): string {
    return text + ' '.repeat((widths[column] ?? 0) - width(text))
  }
}

/** Cells are others' words: what looks like a row has to be one. */
const oneLine = (text: string): string => shownText(text).replaceAll(/\r?\n\s*/g, ' ')

const width = (text: string): number => stripVTControlCharacters(text).length

const style = (text: string, format: 'bold' | 'green' | 'red' | 'gray', colours: boolean): string =>
  colours ? styleText(format, text, { validateStream: false }) : text
