// This file is about lists and lines cut into arbitrary pieces, as a network cuts them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { KubeError } from './error.ts'
import { linesOf } from './lines.ts'
import { readList } from './list-reader.ts'
import type { KubeObject } from './resource.ts'

/** `bytes` in pieces of the given sizes, over and over. */
async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const size = sizes[n % sizes.length] ?? bytes.length
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function listed(text: string, sizes: readonly number[], largest?: number) {
  const items: KubeObject[] = []
  const meta = await readList(
    cut(Buffer.from(text), sizes),
    (item) => items.push(item),
    () => undefined,
    largest,
  )
  return { items, meta }
}

const isLocal = (reason: string) => (error: unknown) => error instanceof KubeError && error.is(reason)
const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })

test('a list is read the same however it is cut, wherever its items stand, whatever is in them', async () => {
  const member = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('"items":[', '}', ']', '\\', '"', '[{'),
  )
  const item = fc.record({
    metadata: fc.record({ name: member }),
    data: fc.dictionary(member, fc.jsonValue()),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(item, { maxLength: 6 }),
      fc.boolean(),
      fc.boolean(),
      pieces,
      async (items, first, spaced, sizes) => {
        const metadata = { resourceVersion: '7', continue: 'more', note: ['"items":[', { items: [1] }] }
        const list = first ? { items, kind: 'List', metadata } : { kind: 'List', metadata, items }
        const read = await listed(JSON.stringify(list, null, spaced ? 1 : 0), sizes)
        assert.deepEqual(read.items, JSON.parse(JSON.stringify(items)))
        assert.deepEqual(read.meta, { resourceVersion: '7', continue: 'more' })
      },
    ),
    { numRuns: 100 },
  )
})

test('an empty list and one whose items are null hold nothing', async () => {
  for (const items of ['[]', 'null', '[ ]']) {
    const read = await listed(`{"items":${items},"metadata":{"resourceVersion":"7","continue":""}}`, [3])
    assert.deepEqual(read, { items: [], meta: { resourceVersion: '7', continue: undefined } })
  }
})

test('a list cut off in the middle is malformed', async () => {
  const whole = '{"metadata":{"resourceVersion":"7"},"items":[{"a":1},{"a":2}]}'
  for (let end = 0; end < whole.length; end += 1) {
    await assert.rejects(listed(whole.slice(0, end), [9]), isLocal('Malformed'))
  }
})

test('an object beyond the limit is refused before it is all read, and not quoted', async () => {
  const text = `{"metadata":{"resourceVersion":"7"},"items":[{"a":"${'hunter22'.repeat(100)}"}]}`
  const error: unknown = await listed(text, [50], 200).catch((caught: unknown) => caught)
  assert.ok(isLocal('TooLarge')(error))
  assert.doesNotMatch(String(error), /hunter22/)
})

test('lines are the same however they are cut, and the rest without an end is dropped', async () => {
  const line = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ' '))
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), line, pieces, async (lines, rest, sizes) => {
      const text = `${lines.map((each) => `${each}\n`).join('')}${rest}`
      const read: string[] = []
      for await (const bytes of linesOf(cut(Buffer.from(text), sizes))) read.push(bytes.toString())
      assert.deepEqual(
        read,
        lines.map((each) => Buffer.from(each).toString()),
      )
    }),
    { numRuns: 100 },
  )
})

test('a line beyond the limit is refused before it ends', async () => {
  const reading = async (): Promise<void> => {
    for await (const line of linesOf(cut(Buffer.alloc(1000, 'x'), [10]), 100)) assert.fail(String(line))
  }
  await assert.rejects(reading(), isLocal('TooLarge'))
})
