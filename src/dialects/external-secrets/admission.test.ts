// This file is about testing the rules between fields, in the words of the upstream webhook.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { admissionProblems } from './admission.ts'
import { ADMISSION_ROWS } from './fixtures/admission-rows.ts'
import { ExternalSecretSpec } from './schema.ts'

describe('the rules of admission', () => {
  for (const { name, spec, says } of ADMISSION_ROWS) {
    test(`${says.length === 0 ? 'take' : 'refuse'} ${name}`, () => {
      const texts = admissionProblems(ExternalSecretSpec.parse(spec)).map(({ message }) => message)
      assert.equal(texts.join('\n'), says.join('\n'))
    })
  }

  test('name the place of each problem', () => {
    const data = ['a', 'b', 'a'].map((secretKey) => ({ secretKey, remoteRef: { key: 'k' } }))
    const template = { templateFrom: [{ literal: 'a: b' }, { literal: 'a: b', target: 'type' }] }
    const spec = { data, dataFrom: [{ find: {} }, {}], target: { template }, refreshInterval: 'soon' }
    assert.deepEqual(
      admissionProblems(ExternalSecretSpec.parse(spec)).map(({ at }) => at),
      [
        'spec.target.template.templateFrom[1].target',
        'spec.dataFrom[1]',
        'spec.data[2].secretKey',
        'spec.refreshInterval',
      ],
    )
  })
})
