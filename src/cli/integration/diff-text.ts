// This file is about a diff as people read it: what is taken away red, what is added green.
import { styleText } from 'node:util'

/** A line as git prints it, in the colours git gives it. */
function coloured(line: string): string {
  const paint = (format: 'bold' | 'cyan' | 'green' | 'red'): string =>
    styleText(format, line, { validateStream: false })
  if (/^(diff |index |--- |\+\+\+ |new file|deleted file)/.test(line)) return paint('bold')
  if (line.startsWith('@@')) return paint('cyan')
  if (line.startsWith('+')) return paint('green')
  return line.startsWith('-') ? paint('red') : line
}

/** What a terminal obeys: a file may hold it, so that another diff would be seen than the one that is agreed to. */
const COMMANDS = /\r(?!\n)|[^\t\n\r\u{20}-\u{7e}\u{a0}-\u{10ffff}]|[\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu

export function diffText(diff: string, colours: boolean): string {
  const shown = diff.replace(COMMANDS, '\u{fffd}')
  const text = shown.endsWith('\n') || shown === '' ? shown : `${shown}\n`
  return colours ? text.split('\n').map(coloured).join('\n') : text
}
