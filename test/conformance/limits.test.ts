// This file is about testing that the limits are where the page on compatibility says: so much is taken, and no more.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { instant } from '../../src/base/clock.ts'
import { imprintText, type Names } from '../../src/engine/imprint.ts'
import { dataFault } from '../../src/engine/render/data-limits.ts'
import { Naming } from '../../src/engine/render/naming.ts'
import { parseYamlTexts } from '../../src/engine/render/yaml-texts.ts'
import { orderBudget } from '../../src/template/budget.ts'
import {
  aGenerator,
  anExternalSecret,
  aWorld,
  generatorRef,
} from '../../src/dialects/external-secrets/fixtures/resources.ts'
import { LIMITS } from '../../src/dialects/external-secrets/limits.ts'
import { translate } from '../../src/dialects/external-secrets/translate.ts'

const rewriting = (operations: readonly object[]): object => ({
  dataFrom: [{ ...generatorRef(), rewrite: operations }],
})
const rename = (source: string, target: string): object => ({ regexp: { source, target } })
const times = <T>(n: number, member: T): readonly T[] => Array.from({ length: n }, () => member)
const templated = (text: string): object => ({ target: { template: { data: { one: text } } } })
/** An action is three tokens, a text one, and the end of it all one. */
function ofTokens(n: number): string {
  const texts = (n - 1) % 3
  const actions = '{{1}}'.repeat(Math.floor((n - 1) / 3))
  return `${texts > 1 ? 'x' : ''}${actions}${texts > 0 ? 'x' : ''}`
}

/** A spec that asks for so much. */
const ORDERED: Readonly<Record<string, (n: number) => object>> = {
  rewrites: (n) => rewriting(times(n, rename('x', ''))),
  pattern: (n) => rewriting([rename('x'.repeat(n), '')]),
  key: (n) => rewriting([rename('^.*$', 'x'.repeat(n))]),
  windows: (n) => ({
    syncWindows: { kind: 'allow', windows: times(n, { schedule: '* * * * *', duration: '1h' }) },
  }),
  template: (n) => templated('x'.repeat(n)),
  tokens: (n) => templated(ofTokens(n)),
}

const translated = (spec: object) => translate(anExternalSecret(spec), aWorld([aGenerator()]))

describe('as much is taken as the limits say, and no more:', () => {
  for (const [name, asking] of Object.entries(ORDERED)) {
    const { what, most } = Object.entries(LIMITS).find(([key]) => key === name)?.[1] ?? assert.fail(name)
    test(`${most} ${what}`, () => {
      assert.equal(translated(asking(most)).is, 'order')
      const refused = translated(asking(most + 1))
      assert.ok(refused.is === 'invalid')
      assert.ok(refused.fault.message.includes(name === 'pattern' ? 'regexp failed' : String(most)))
    })
  }

  test(`${LIMITS.values.most} ${LIMITS.values.what}`, () => {
    const holding = (n: number) => dataFault(new Map([['one', Buffer.alloc(n)]]), new Naming())
    assert.equal(holding(LIMITS.values.most), undefined)
    assert.match(holding(LIMITS.values.most + 1)?.message ?? '', new RegExp(String(LIMITS.values.most)))
  })

  test(`${LIMITS.mapped.most} ${LIMITS.mapped.what}`, () => {
    const mapping = (n: number) =>
      parseYamlTexts(
        Buffer.from(
          times(n, 'k')
            .map((k, i) => `${k}${i}: v\n`)
            .join(''),
        ),
        orderBudget(),
      )
    assert.equal(mapping(LIMITS.mapped.most).is, 'texts')
    assert.equal(mapping(LIMITS.mapped.most + 200).is, 'refused')
  })

  test(`${LIMITS.names.most} ${LIMITS.names.what}`, () => {
    const EMPTY: Names = { data: [''], labels: [], annotations: [] }
    const around = JSON.stringify(EMPTY).length
    const remembers = (n: number): boolean => {
      const names: Names = { ...EMPTY, data: ['x'.repeat(n - around)] }
      return imprintText({
        logins: [{ mintedAt: instant(0), expiresAt: instant(1) }],
        inputs: '',
        outputs: '',
        names,
      }).includes('names')
    }
    assert.deepEqual([remembers(LIMITS.names.most), remembers(LIMITS.names.most + 1)], [true, false])
  })

  test('and every limit is held here', () => {
    assert.deepEqual(Object.keys(LIMITS), [...Object.keys(ORDERED), 'mapped', 'values', 'names'])
  })
})
