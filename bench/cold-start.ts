// This file is about a cold start: nothing written yet, everything there is to be written at once.
import type { Stage } from '../test/support/stage.ts'
import type { Requests } from './audit.ts'
import { cpuSeconds, peakMemory } from './process-figures.ts'
import { atMost, type Row, seconds, told } from './report.ts'
import type { Scale } from './scale.ts'
import { MANAGED, SecretWatch } from './secret-watch.ts'
import { minted, quiet, say, type Surroundings, within } from './surroundings.ts'
import { LOGINS } from './workload.ts'

/** Watches, leases and what is asked once, whatever the number of objects. */
const ONCE = 300
const PER_OBJECT = 3

export async function coldStart(around: Surroundings): Promise<readonly Row[]> {
  const { scale, stage, admin, requests, rawMs } = around
  say('cold start')
  const before = await requests.now()
  const watch = await SecretWatch.open(admin)
  const begun = performance.now()
  const operator = await stage.startOperator()
  const wallMs = (await within(watch.allMintedAfter(0, scale.objects), operator)) - begun
  const asked = await quiet(around, before)
  await watch.stop()
  const cpu = await cpuSeconds(operator)
  const peak = await peakMemory(operator)
  await operator.stop()
  const ratio = wallMs / rawMs
  return [
    told(`raw limit: ${scale.objects} applies, 50 in flight`, seconds(rawMs)),
    told('cold start to all Secrets', seconds(wallMs)),
    atMost('cold start, times the raw limit', ratio, scale.coldStartTimesRaw, '', 2),
    atMost('wrong Secrets or statuses', await wrongOnes(stage, scale), 0),
    atMost('API requests', asked.all, PER_OBJECT * scale.objects + ONCE),
    told('of these', mostOf(asked)),
    atMost('GetAuthorizationToken', await minted(stage), LOGINS),
    told('CPU of the operator', `${cpu.toFixed(1)} s`),
    atMost('peak memory', peak / 1e6, scale.peakBytes / 1e6, ' MB'),
  ]
}

const mostOf = ({ byVerb }: Requests): string =>
  Object.entries(byVerb)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([verb, n]) => `${n} ${verb}`)
    .join(', ')

interface List {
  readonly items: readonly {
    readonly data?: Record<string, string>
    readonly status?: { readonly conditions?: readonly { readonly status: string }[] }
  }[]
}

const decoded = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString()

/** Secrets that are not the docker config their ExternalSecret asks for, and objects that are not Ready. */
async function wrongOnes(stage: Stage, { objects }: Scale): Promise<number> {
  const list = async (...words: string[]): Promise<List['items']> =>
    (JSON.parse(await stage.kubectl('get', ...words, '-A', '-o', 'json')) as List).items
  const secrets = (await list('secrets', '-l', MANAGED)).filter(({ data }) => {
    const { auths } = JSON.parse(decoded(data?.['.dockerconfigjson'])) as {
      auths: Record<string, { auth: string }>
    }
    return decoded(Object.values(auths)[0]?.auth).startsWith('AWS:')
  })
  const ready = (await list('externalsecrets')).filter(
    ({ status }) => status?.conditions?.[0]?.status === 'True',
  )
  return 2 * objects - secrets.length - ready.length
}
