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

export function diffText(diff: string, colours: boolean): string {
  const text = diff.endsWith('\n') || diff === '' ? diff : `${diff}\n`
  return colours ? text.split('\n').map(coloured).join('\n') : text
}
