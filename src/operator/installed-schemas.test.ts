// This file is about what installed definitions let a status say: ours, foreign ones, and those nobody may read.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { statusError, WISH } from '../../test/support/operator-bench.ts'
import { type Log, silentLog } from '../base/log.ts'
import type { ClientStats, KubeClient } from '../kube/client.ts'
import { KubeError } from '../kube/error.ts'
import { InstalledSchemas } from './installed-schemas.ts'

const TYPE = { group: 'example.com', version: 'v1', plural: 'wishes', kind: 'Wish', namespaced: true }

const condition = (type: object) => ({
  conditions: { items: { properties: { type, status: { type: 'string' } } } },
})

/** A definition whose status has these fields. */
const definition = (properties: object, version = 'v1') => ({
  spec: {
    versions: [
      { name: version, schema: { openAPIV3Schema: { properties: { status: { properties } } } } },
      { name: 'v0' },
    ],
  },
})

function bench() {
  const asked: string[] = []
  const logged: string[] = []
  let answer: object = statusError(404, 'NotFound')
  const nothing: ClientStats = { requests: 0, sessions: 0, inFlight: 0, streams: 0 }
  const client: KubeClient = {
    request: async <T>({ path }: { path: string }) => {
      asked.push(path)
      if (answer instanceof KubeError) throw answer
      return answer as T
    },
    stream: () => Promise.reject(new Error('nothing is streamed here')),
    stats: () => nothing,
    close: async () => {},
  }
  const log: Log = { ...silentLog, warn: (message) => void logged.push(message) }
  return {
    schemas: new InstalledSchemas(client, log),
    asked,
    logged,
    answers: (with_: object) => {
      answer = with_
    },
  }
}

describe('an installed definition', () => {
  it('admits the fields and condition types it declares', async () => {
    const { schemas, answers, asked } = bench()
    answers(definition({ phase: { type: 'string' }, ...condition({ type: 'string' }) }))
    await schemas.read(WISH)
    const schema = schemas.of(TYPE)
    assert.deepEqual(asked, ['/apis/apiextensions.k8s.io/v1/customresourcedefinitions/wishes.example.com'])
    assert.deepEqual(
      [schema.admitsStatusField('phase'), schema.admitsStatusField('expiresAt')],
      [true, false],
    )
    assert.equal(schema.admitsConditionType('Ready'), true)
  })

  it('that lists its condition types admits no others', async () => {
    const { schemas, answers } = bench()
    answers(definition(condition({ type: 'string', enum: ['Ready'] })))
    await schemas.read(WISH)
    const schema = schemas.of(TYPE)
    assert.deepEqual(
      [schema.admitsConditionType('Ready'), schema.admitsConditionType('Serving')],
      [true, false],
    )
  })

  it('without conditions admits none', async () => {
    const { schemas, answers } = bench()
    answers(definition({ phase: { type: 'string' } }))
    await schemas.read(WISH)
    assert.equal(schemas.of(TYPE).admitsConditionType('Ready'), false)
  })

  it('speaks for each of its versions alone', async () => {
    const { schemas, answers } = bench()
    answers(definition({ phase: {} }))
    await schemas.read(WISH)
    assert.equal(schemas.of({ ...TYPE, version: 'v0' }).admitsStatusField('phase'), false)
  })

  it('that is installed later is read then, and anew when it is installed again', async () => {
    const { schemas, answers } = bench()
    await schemas.read(WISH)
    assert.equal(schemas.of(TYPE).admitsStatusField('phase'), false)
    answers(definition({ phase: {} }))
    await schemas.read(WISH)
    assert.equal(schemas.of(TYPE).admitsStatusField('phase'), true)
    answers(definition({ expiresAt: {} }))
    await schemas.read(WISH)
    const schema = schemas.of(TYPE)
    assert.deepEqual(
      [schema.admitsStatusField('phase'), schema.admitsStatusField('expiresAt')],
      [false, true],
    )
  })

  it('that may not be read admits nothing more, and that is said', async () => {
    const { schemas, answers, logged } = bench()
    answers(statusError(403, 'Forbidden'))
    await schemas.read(WISH)
    assert.equal(schemas.of(TYPE).admitsStatusField('phase'), false)
    assert.equal(logged.length, 1)
  })

  it('that cannot be read for now is an error, so that it is asked for again', async () => {
    const { schemas, answers } = bench()
    const away = statusError(503, 'ServiceUnavailable')
    answers(away)
    await assert.rejects(schemas.read(WISH), away)
  })

  it('of a kind that gets no status is not read', async () => {
    const { schemas, asked } = bench()
    await schemas.read({ ...WISH, use: 'referred' })
    assert.deepEqual(asked, [])
  })
})
