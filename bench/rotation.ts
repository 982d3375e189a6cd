// This file is about every login changing: all at once with the access keys, and again and again where logins live thirty seconds.
import { setTimeout as pause } from 'node:timers/promises'
import type { RunningOperator } from '../test/support/stage.ts'
import { minus } from './audit.ts'
import { cpuSeconds, peakMemory } from './process-figures.ts'
import { atMost, type Row, seconds, told } from './report.ts'
import { SecretWatch } from './secret-watch.ts'
import { minted, quiet, say, type Surroundings, within } from './surroundings.ts'
import { type Keys, LOGINS, replaceKeys } from './workload.ts'

const LIFE_SECONDS = 30
const LIVES = 20
/** Two thirds of a life, less a tenth of jitter: the earliest that anybody asks for the next login. */
const SOONEST_RENEWAL_SECONDS = LIFE_SECONDS * (2 / 3) * 0.9
/** Read, write, say so in the status and as an event. */
const PER_WRITE = 4

/** One rotation of everything, and with short lives twenty lives of it. */
export async function rotate(around: Surroundings): Promise<readonly Row[]> {
  const { stage, scale, admin } = around
  const before = await around.requests.now()
  const operator = await stage.startOperator()
  // Keys that changed before everything was looked at once are not noticed: the logins they gave live on.
  await operator.ready()
  await quiet(around, before)
  if (scale.livesShort) await stage.admin('PUT', '/settings', { tokenLifeSeconds: LIFE_SECONDS })
  const watch = await SecretWatch.open(admin)
  const once = await rotateOnce(around, watch, operator)
  const lives = scale.livesShort ? await liveShort(around, watch, operator) : []
  await watch.stop()
  const peak = await peakMemory(operator)
  await operator.stop()
  return [...once, ...lives, atMost('peak memory while rotating', peak / 1e6, scale.peakBytes / 1e6, ' MB')]
}

async function rotateOnce(
  around: Surroundings,
  watch: SecretWatch,
  operator: RunningOperator,
): Promise<readonly Row[]> {
  const { stage, scale, admin, requests, rawMs } = around
  say('rotation of everything')
  const before = {
    requests: await requests.now(),
    mints: await minted(stage),
    cpu: await cpuSeconds(operator),
  }
  const keys = await newKeys(around)
  const since = Date.now()
  const begun = performance.now()
  await replaceKeys(admin, keys, scale)
  const wallMs = (await within(watch.allMintedAfter(since, scale.objects), operator)) - begun
  // With short lives there is no quiet to wait for: what is asked until all are written is close to all of it.
  const asked = scale.livesShort
    ? minus(await requests.now(), before.requests)
    : await quiet(around, before.requests)
  return [
    told('rotation of all, by new access keys', seconds(wallMs)),
    told('rotation, times the raw limit', (wallMs / rawMs).toFixed(2)),
    told('rotation: CPU of the operator', `${((await cpuSeconds(operator)) - before.cpu).toFixed(1)} s`),
    atMost('rotation: API requests an object', asked.all / scale.objects, PER_WRITE + 0.3, '', 2),
    atMost('rotation: GetAuthorizationToken', (await minted(stage)) - before.mints, LOGINS),
  ]
}

async function newKeys({ stage }: Surroundings): Promise<Keys> {
  const of = async (user: string): Promise<Keys['bot']> => {
    const { id, secret } = await stage.admin<{ id: string; secret: string }>('POST', '/access-keys', { user })
    return { accessKeyId: id, secretAccessKey: secret }
  }
  const { bot, publisher } = stage.sandbox.aws.principals
  return { bot: await of(bot.arn), publisher: await of(publisher.arn) }
}

async function liveShort(
  { stage, scale, requests }: Surroundings,
  watch: SecretWatch,
  operator: RunningOperator,
): Promise<readonly Row[]> {
  say(`${LIVES} lives of logins that live ${LIFE_SECONDS} s`)
  const before = {
    requests: await requests.now(),
    mints: await minted(stage),
    cpu: await cpuSeconds(operator),
    writes: watch.writes,
  }
  const lasted = LIFE_SECONDS * LIVES
  await pause(lasted * 1000)
  const writes = watch.writes - before.writes
  const asked = minus(await requests.now(), before.requests)
  const renewals = Math.ceil(lasted / SOONEST_RENEWAL_SECONDS)
  const cpu = (await cpuSeconds(operator)) - before.cpu
  return [
    told(`${LIVES} lives of ${LIFE_SECONDS} s: Secrets written`, String(writes)),
    atMost('logins that died in a Secret', watch.died, 0),
    atMost('writes an object', writes / scale.objects, renewals, '', 1),
    atMost('API requests a write', asked.all / writes, PER_WRITE + 0.1, '', 2),
    atMost('GetAuthorizationToken', (await minted(stage)) - before.mints, LOGINS * renewals),
    told('CPU of the operator', `${((cpu * 100) / lasted).toFixed(1)} % of a core`),
  ]
}
