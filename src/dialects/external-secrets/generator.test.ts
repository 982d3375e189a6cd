// This file is about testing what becomes of fields of a generator that are not honoured.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Coverage } from '../coverage.ts'
import { coveredFields } from './used-fields.ts'
import { covered } from './served-generator.ts'

const ROWS: readonly Coverage[] = [
  { path: 'spec.region', standing: 'honoured' },
  { path: 'spec.mirror', standing: 'refused', note: 'name a region' },
  { path: 'spec.proxy', standing: 'refused' },
  { path: 'spec.note', standing: 'ignored' },
]
const GENERATOR = 'ECRAuthorizationToken apps/ecr'

describe('a generator', () => {
  test('with a field that is not supported is refused, and every such field told', () => {
    assert.deepEqual(
      covered({ region: 'eu-west-1', mirror: { a: 1 }, proxy: 'x' }, GENERATOR, coveredFields(ROWS)),
      {
        is: 'fault',
        code: 'reference-invalid',
        message: `${GENERATOR} cannot be used: spec.mirror is not supported: name a region; spec.proxy is not supported`,
      },
    )
  })

  test('with a field of no effect is used, and the field told', () => {
    assert.deepEqual(covered({ note: 'x', other: 'y' }, GENERATOR, coveredFields(ROWS)), {
      is: 'covered',
      warnings: [
        { reason: 'FieldIgnored', message: `${GENERATOR}: spec.note has no effect` },
        {
          reason: 'FieldUnknown',
          message: `${GENERATOR}: spec.other is no field of this API that is known here: it has no effect`,
        },
      ],
    })
  })
})
