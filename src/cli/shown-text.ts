// This file is about text that others wrote, as a terminal may be given it: it obeys nothing that stands in there.
import type { Terminal } from './terminal.ts'

/** What a terminal obeys, and what has text read in another order: other words would be seen than those that are there. */
const ORDERS = /\r(?!\n)|[^\t\n\r\u{20}-\u{7e}\u{a0}-\u{10ffff}]|[\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu

/** The same, but for what tables, diffs and help are painted with, which hides nothing. */
const ORDERS_BUT_PAINT = new RegExp(String.raw`\u{1b}\[(?:1|22|31|32|36|39|90)m|${ORDERS.source}`, 'gu')

const SIGN = '\u{fffd}'

export const shownText = (text: string): string => text.replace(ORDERS, SIGN)

/** JSON says the same with them escaped. */
export const shownJson = (json: string): string =>
  json.replace(ORDERS, (order) => `\\u${order.charCodeAt(0).toString(16).padStart(4, '0')}`)

const painted = (text: string): string =>
  text.replace(ORDERS_BUT_PAINT, (found) => (found.length > 1 ? found : SIGN))

/** Whatever is told to people goes through here; what a program reads is left as it is. */
export function safeTerminal(terminal: Terminal): Terminal {
  const shown = terminal.hasColours ? painted : shownText
  return {
    ...terminal,
    out: (text) => terminal.out(terminal.isWatched ? shown(text) : text),
    err: (text) => terminal.err(shown(text)),
  }
}
