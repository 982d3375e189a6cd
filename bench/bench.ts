// This file is about what Everpull costs, by objects and by namespaces, beside the raw limit of the same run.
import { Stage } from '../test/support/stage.ts'
import { RequestCount } from './audit.ts'
import { coldStart } from './cold-start.ts'
import { measureFanOut } from './fan-out.ts'
import { connectAs, rawLimit } from './raw-limit.ts'
import { atMost, type Row, tableOf } from './report.ts'
import { rotate } from './rotation.ts'
import { LARGE, type Scale, SMALL } from './scale.ts'
import { restartAndStand } from './standing.ts'
import { say, startOnce } from './surroundings.ts'
import { measureTemplateRender } from './template-render.ts'
import { applyWorkload } from './workload.ts'

const OPERATOR = 'system:serviceaccount:everpull:everpull'

async function measure(scale: Scale): Promise<readonly Row[]> {
  await using stage = await Stage.open({ audit: true })
  const admin = await connectAs(stage.sandbox.kubeconfigPath)
  say(`making ${scale.objects} ExternalSecrets in ${scale.namespaces} namespaces`)
  await startOnce(stage)
  await applyWorkload(admin, stage.sandbox.aws.principals, scale)
  const rawMs = await rawLimit(stage, scale)
  const requests = new RequestCount(stage.sandbox.folder, OPERATOR)
  const around = { scale, stage, admin, requests, rawMs }
  const rows = [...(await coldStart(around)), ...(await restartAndStand(around)), ...(await rotate(around))]
  await admin.close()
  return rows
}

function renderTemplate(): readonly Row[] {
  say('rendering templates')
  const { medianMicroseconds, rounds } = measureTemplateRender()
  return [atMost(`parse and render, median of ${rounds}`, medianMicroseconds, MOST_RENDER_US, ' µs', 1)]
}

/** Go, with the same functions, takes 67 to 77. */
const MOST_RENDER_US = 25

interface Part {
  readonly title: string
  readonly measure: () => readonly Row[] | Promise<readonly Row[]>
}

const ofScale = (scale: Scale): Part => ({
  title: `${scale.objects} ExternalSecrets in ${scale.namespaces} namespaces`,
  measure: () => measure(scale),
})
const fanOutOver = (namespaces: number): Part => ({
  title: `one ClusterRegistryLogin over ${namespaces} namespaces`,
  measure: () => measureFanOut(namespaces),
})
const PARTS: Readonly<Record<string, Part>> = {
  template: { title: 'the template of a docker config', measure: renderTemplate },
  small: ofScale(SMALL),
  large: ofScale(LARGE),
  'fan-out': fanOutOver(1000),
  'wide fan-out': fanOutOver(5000),
}

/** Parts by name; all where none is named. */
const asked = process.argv.slice(2)
const parts = (asked.length === 0 ? Object.keys(PARTS) : asked).map((name) => PARTS[name])
if (parts.includes(undefined)) throw new Error(`measure some of ${Object.keys(PARTS).join(', ')}`)

let isKept = true
for (const part of parts.filter((one) => one !== undefined)) {
  const rows = await part.measure()
  process.stdout.write(`\n${part.title}\n${tableOf(rows)}\n`)
  isKept &&= rows.every((row) => row.isKept)
}
process.exitCode = isKept ? 0 : 1
