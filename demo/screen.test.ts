// This file is about what a terminal and a pipe are sent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WriteStream } from 'node:tty'
import { stripVTControlCharacters } from 'node:util'
import { openScreen } from './screen.ts'

function anOutput(terminal?: { readonly columns: number }): { out: WriteStream; sent: () => string } {
  const sent: string[] = []
  const write = (text: string): boolean => sent.push(text) > 0
  const out = { isTTY: terminal !== undefined, ...terminal, write }
  return { out: out as unknown as WriteStream, sent: () => sent.splice(0).join('') }
}

test('on a terminal the table stays below the news, in the newest state only', () => {
  const { out, sent } = anOutput({ columns: 20 })
  const screen = openScreen(out)
  screen.live((width) => ['TITLE', `${width} columns`])
  assert.equal(stripVTControlCharacters(sent()), 'TITLE\n19 columns\n')
  screen.line('news')
  assert.ok(sent().startsWith('\x1b[2A\r\x1b[Jnews\n'))
  screen.live(() => ['TITLE'])
  assert.ok(sent().startsWith('\x1b[2A\r\x1b[J'))
  screen.settle(() => ['TITLE'])
  sent()
  screen.line('the end')
  assert.equal(sent(), 'the end\n')
})

test('in a pipe there are plain lines, and the table comes at times and at the end', () => {
  const { out, sent } = anOutput()
  const screen = openScreen(out)
  screen.line('news')
  screen.live(() => ['one'])
  screen.live(() => ['two'])
  assert.equal(sent(), 'news\none\n')
  screen.settle(() => ['three'])
  assert.equal(sent(), 'three\n')
})
