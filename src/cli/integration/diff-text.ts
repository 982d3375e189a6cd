// This file is about a diff as people read it: what is taken away red, what is added green.
import { styleText } from 'node:util'
import { shownText } from '../shown-text.ts'

/** A line as git prints it, in the colours git gives it. */
function coloured(line: string): string {
  const paint = (format: 'bold' | 'cyan' | 'green' | 'red'): string =>
    styleText(format, line, { validateStream: false })
  if (/^(diff |index |--- |\+\+\+ |new file|deleted file)/.test(line)) return paint('bold')
  if (line.startsWith('@@')) return paint('cyan')
  if (line.startsWith('+')) return paint('green')
  return line.startsWith('-') ? paint('red') : line
}

/** A file may hold what a terminal obeys: another diff would be seen than the one that is agreed to. */
export function diffText(diff: string, colours: boolean): string {
  const shown = shownText(diff)
  const text = shown.endsWith('\n') || shown === '' ? shown : `${shown}\n`
  return colours ? text.split('\n').map(coloured).join('\n') : text
}
