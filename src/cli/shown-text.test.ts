// This file is about testing that a terminal obeys nothing that others wrote.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { safeTerminal, shownJson, shownText } from './shown-text.ts'

const ORDERS = 'a\u001b[2Kb\rc\u009b2Jd\u202ee\u0007'
const SHOWN = 'a�[2Kb�c�2Jd�e�'

/** What comes of texts told by a terminal. */
function told(isWatched: boolean, hasColours: boolean, text: string): readonly [out: string, err: string] {
  const output = { out: '', err: '' }
  const terminal = safeTerminal({
    out: (more) => void (output.out += more),
    err: (more) => void (output.err += more),
    isWatched,
    hasColours,
    read: () => Promise.reject(new TypeError('nothing is read')),
    lines: () => assert.fail('nothing is read'),
  })
  terminal.out(text)
  terminal.err(text)
  return [output.out, output.err]
}

test('orders are shown as what they are not, and all else as it is', () => {
  assert.equal(shownText(ORDERS), SHOWN)
  assert.equal(shownText('région: eu\t→ ß 🎉\r\n'), 'région: eu\t→ ß 🎉\r\n')
})

test('a terminal gets no orders, and a program all there is', () => {
  assert.deepEqual(told(true, false, ORDERS), [SHOWN, SHOWN])
  assert.deepEqual(told(false, false, ORDERS), [ORDERS, SHOWN])
})

test('paint stays where there are colours, and nothing else that looks like it', () => {
  const green = '\u001b[32mhealthy\u001b[39m'
  assert.deepEqual(told(true, true, green), [green, green])
  assert.deepEqual(told(true, false, green)[0], '�[32mhealthy�[39m')
  assert.deepEqual(told(true, true, '\u001b[8mhidden\u001b[1;8m')[0], '�[8mhidden�[1;8m')
})

test('JSON says the same without them', () => {
  const json = JSON.stringify({ [ORDERS]: `${ORDERS}\u007f` }, null, 2)
  assert.doesNotMatch(shownJson(json), /[\u007f-\u009f\u202e]/)
  assert.deepEqual(JSON.parse(shownJson(json)), JSON.parse(json))
})
