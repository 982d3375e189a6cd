// This file is about our template engine agreeing with the External Secrets Operator's own on random templates.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { VOCABULARY } from '../../src/template/functions/vocabulary.ts'
import { type Comparison, compare, differenceText } from '../../tools/template-judge/comparison.ts'
import { ensureJudge, judgesFunctions } from '../../tools/template-judge/judge.ts'

const SEED = 20_261_122
/** More than the 20,000 that are asked for, as what costs too much on either side is not compared. */
const COUNT = 21_000
/** What a failure shows; `npx node tools/compare-templates.ts` shows the rest. */
const SHOWN = 5

/** Only releases after the judge's have it. */
const NEWER = new Set(['certSANs'])
/** There is nothing a template could call by `call`, and `fail` fails. */
const NEVER_RENDER = new Set(['call', 'fail'])
/** The functions Go itself brings; all others are the engine's. */
const BUILTINS = new Set(
  'and call eq ge gt html index js le len lt ne not or print printf println urlquery'.split(' '),
)

describe('the template engine and its judge', () => {
  let judge: string
  let found: Comparison
  before(async () => {
    judge = await ensureJudge(console.log)
    found = await compare(judge, SEED, COUNT)
  })

  test(`agree on ${COUNT} random templates`, () => {
    const { differences } = found
    const shown = differences.slice(0, SHOWN).map(differenceText)
    const summary = `${differences.length} templates of seed ${SEED} are answered differently:`
    assert.equal(differences.length, 0, [summary, ...shown].join('\n'))
    const excused = [...found.excused.values()].reduce((sum, n) => sum + n, 0)
    assert.ok(found.compared - excused >= 20_000, `${excused} differences did not count`)
    assert.ok(found.rendered > COUNT / 3, `only ${found.rendered} templates rendered`)
  })

  test('are asked about every function that we support', () => {
    const names = [...VOCABULARY.functions.keys()].filter((name) => !NEWER.has(name))
    assert.deepEqual(
      names.filter((name) => !found.called.has(name)),
      [],
    )
    assert.deepEqual(
      names.filter((name) => !NEVER_RENDER.has(name) && !found.renderedWith.has(name)),
      [],
      'these were never called by a template that renders',
    )
  })

  test('know the same functions, save those that we refuse by name', async () => {
    const theirs = new Set(await judgesFunctions(judge))
    const ours = [...VOCABULARY.functions.keys()].filter((name) => !NEWER.has(name) && !BUILTINS.has(name))
    assert.deepEqual(
      ours.filter((name) => !theirs.has(name)),
      [],
    )
    assert.deepEqual(
      [...theirs].filter((name) => !VOCABULARY.functions.has(name) && !VOCABULARY.refused.has(name)),
      [],
    )
  })
})
