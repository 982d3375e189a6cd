// This file is about what the log prints, and above all what it does not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SecretText } from '../base/secret-text.ts'
import { openLog } from './log.ts'

async function logged(pretty = false) {
  const lines: string[] = []
  const log = await openLog({ level: 'info', pretty, to: { write: (line) => void lines.push(line) } })
  return { log, lines, only: () => JSON.parse(lines[0] ?? '{}') as Record<string, unknown> }
}

test('a line is JSON with level, time, message and fields', async () => {
  const { log, only } = await logged()
  log.child({ controller: 'mobb' }).info('renewed', { target: 'a/b', logins: 2 })
  const { time, ...rest } = only()
  assert.deepEqual(rest, { level: 'info', controller: 'mobb', target: 'a/b', logins: 2, message: 'renewed' })
  assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
})

test('lines below the level are not written', async () => {
  const { log, lines } = await logged()
  log.debug('looked')
  assert.deepEqual(lines, [])
})

test('a person gets one coloured line instead', async () => {
  const { log, lines } = await logged(true)
  log.warn('renewing fails', { target: 'a/b' })
  assert.match(lines[0] ?? '', /WARN.*renewing fails.*a\/b.*\n$/)
  assert.throws(() => JSON.parse(lines[0] ?? ''))
})

const hidden: readonly (readonly [string, Record<string, unknown>])[] = [
  ['a SecretText anywhere', { deep: [{ value: new SecretText('hunter2') }] }],
  ['what a library calls a password', { auth: { password: 'hunter2' } }],
  ['an authorization header', { headers: { Authorization: 'hunter2' } }],
  [
    'AWS keys',
    { credentials: { secretAccessKey: 'hunter2', sessionToken: 'hunter2', accessKeyId: 'hunter2' } },
  ],
  ['a list of tokens', { tokens: ['hunter2'] }],
  ['bytes', { data: Buffer.from('hunter2') }],
  [
    'the request an error drags along',
    { error: Object.assign(new Error('refused'), { request: { body: 'hunter2' } }) },
  ],
  ['a docker config', { '.dockerconfigjson': 'hunter2' }],
  ['a map’s members', { all: new Map([['token', 'hunter2']]) }],
]
for (const [what, fields] of hidden) {
  test(`never printed: ${what}`, async () => {
    const { log, lines } = await logged()
    log.info('said', fields)
    log.child(fields).error('said again')
    assert.equal(lines.length, 2)
    assert.doesNotMatch(lines.join(''), /hunter2|aHVudGVyMg/)
  })
}

const shown: readonly (readonly [string, Record<string, unknown>])[] = [
  ['the name of a Secret', { secret: { namespace: 'a', name: 'b' }, secretName: 'b' }],
  ['how long tokens live', { tokenLife: '12h', tokens: 3 }],
  ['what an error says, and its cause', { error: { type: 'Error', message: 'no route' } }],
]
for (const [what, fields] of shown) {
  test(`printed as it is: ${what}`, async () => {
    const { log, only } = await logged()
    log.info('said', fields)
    for (const [name, value] of Object.entries(fields)) assert.deepEqual(only()[name], value)
  })
}

test('an error is told by type, message, code, stack and cause', async () => {
  const { log, only } = await logged()
  const cause = Object.assign(new TypeError('no route'), { code: 'EHOSTUNREACH' })
  log.error('failed', { error: new Error('cannot ask AWS', { cause }) })
  const { stack, cause: told, ...rest } = only()['error'] as Record<string, unknown>
  assert.deepEqual(rest, { type: 'Error', message: 'cannot ask AWS' })
  assert.match(String(stack), /log\.test/)
  assert.equal((told as Record<string, unknown>)['code'], 'EHOSTUNREACH')
})

test('an endless value is cut, a deep one too', async () => {
  const { log, lines } = await logged()
  const loop: Record<string, unknown> = {}
  loop['again'] = loop
  log.info('said', { text: 'x'.repeat(1e6), loop })
  assert.ok((lines[0]?.length ?? 0) < 4096)
})
