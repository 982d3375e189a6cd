// This file is about comparing our template engine with the judge for as long as one likes.
// Usage: npx node tools/compare-templates.ts [SEED] [COUNT] [SHOWN]
import { compare, differenceText } from './template-judge/comparison.ts'
import { ensureJudge } from './template-judge/judge.ts'

const [seed = '1', count = '20000', most = '20'] = process.argv.slice(2)
const judge = await ensureJudge(console.log)
const found = await compare(judge, Number(seed), Number(count))
for (const difference of found.differences.slice(0, Number(most))) console.log(differenceText(difference))
for (const [because, times] of found.excused) console.log(`${times} excused: ${because}`)
console.log(
  `${found.compared} templates from seed ${seed}: ${found.rendered} rendered, ${found.differences.length} answered differently`,
)
process.exitCode = found.differences.length === 0 ? 0 : 1
