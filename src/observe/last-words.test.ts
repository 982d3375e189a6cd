// This file is about what is said of an error nobody expected: what names it, and nothing it carries.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOnUnexpected } from './last-words.ts'
import { openLog } from './log.ts'

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'

async function lastWordsOf(error: unknown): Promise<{ said: string; codes: number[] }> {
  let said = ''
  const codes: number[] = []
  let tell: (error: unknown) => void = () => {}
  const log = await openLog({ level: 'info', pretty: false, to: { write: (line) => void (said += line) } })
  endOnUnexpected(log, { on: (_, listener) => void (tell = listener), exit: (code) => void codes.push(code) })
  tell(error)
  return { said, codes }
}

test('an error is told by its name, message and stack, without what it carries', async () => {
  const error = Object.assign(new Error('boom'), {
    $response: { headers: { authorization: SECRET } },
    config: { secretAccessKey: SECRET },
    cause: Object.assign(new Error('below'), { request: { body: SECRET } }),
  })
  const { said, codes } = await lastWordsOf(error)
  assert.match(said, /"message":"ended by an unexpected error"/)
  assert.match(said, /boom/)
  assert.match(said, /last-words\.test\.ts/)
  assert.ok(!said.includes(SECRET))
  assert.deepEqual(codes, [1])
})

test('what is thrown and is no error ends it too', async () => {
  const { said, codes } = await lastWordsOf({ token: SECRET })
  assert.ok(!said.includes(SECRET))
  assert.deepEqual(codes, [1])
})
