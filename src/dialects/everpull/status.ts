// This file is about telling users of a RegistryLogin how it fares: conditions, its registries, and what was written.
import type { z } from 'zod'
import { rfc3339 } from '../../base/clock.ts'
import type { Answer } from '../../model/answer.ts'
import { FAULTS } from '../../model/fault.ts'
import type { Linked } from '../../model/link.ts'
import type { SecretRef } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'
import { keysOf } from '../../model/shape.ts'
import { ParsedTemplates } from '../../template/parsed-templates.ts'
import type { EventWords, InstalledSchema, Others, Status } from '../dialect.ts'
import { conditionOf } from './conditions.ts'
import { type LoginPlan, readLogin } from './login-plan.ts'
import { MOST_NAMES, type OutputStatus, written } from './login-status-schema.ts'
import type { OutputPlan } from './output-plan.ts'
import { conditionsOf, published, readyEvents, recordOf, registryTimes, type Standing } from './standing.ts'
import { asFirstTold, cut, type Fare, fareOf } from './status-words.ts'

const FIELDS = ['targets', 'expiresAt', 'renewsAt', 'registries', 'outputs']

/** An answer with the Secret it is about; none where translating failed before there was any. */
interface Told {
  readonly target: SecretRef | undefined
  readonly fare: Fare
}

export function loginStatus(
  asked: Resource,
  answers: readonly Answer[],
  installed: InstalledSchema,
  others?: Others,
): Status {
  const told = answers.flatMap((answer): readonly Told[] => {
    const fare = fareOf(answer)
    return fare === undefined ? [] : [{ target: answer.target, fare }]
  })
  if (told.length === 0) return { events: [] }
  const links = others?.links
  const before = conditionOf(asked.status, 'Ready')?.message
  const now = standingOf(told, links ?? [])
  const standing = { ...now, message: asFirstTold(before, now.message) }
  const plan = readLogin(asked, new ParsedTemplates())
  const details = plan.is === 'plan' ? detailsOf(asked, plan, told, links) : {}
  const wanted = {
    observedGeneration: asked.generation,
    conditions: conditionsOf(asked, standing),
    ...details,
  }
  const events = [...readyEvents(asked, standing), ...writeEvents(told)]
  // A spec that cannot be read says nothing of what was written by an earlier one.
  return published(asked, wanted, plan.is === 'plan' ? FIELDS : [], installed, events)
}

const RANK = { Failed: 0, Serving: 1, Written: 2 } as const

/** The worst is told first; what is told of several is told of each once. */
function standingOf(told: readonly Told[], links: readonly Linked[]): Standing {
  const fares = told.map(({ fare }) => fare)
  const at = Math.max(...fares.map((fare) => fare.at)) as Fare['at']
  const worst = fares.toSorted((a, b) => RANK[a.state] - RANK[b.state])[0]
  const isServing = fares.every(({ state }) => state !== 'Failed')
  const unlinked = links.flatMap(({ fault }) => (fault === undefined ? [] : [fault]))
  const messages = new Set([
    ...fares.map(({ message }) => message).filter((message) => message !== ''),
    ...unlinked.map(({ message }) => message),
  ])
  const isReady = isServing && unlinked.length === 0
  const [broken] = unlinked
  const reason =
    isServing && broken !== undefined ? FAULTS[broken.code].reason : (worst?.reason ?? 'LoginsFresh')
  const isStalled = fares.some((fare) => fare.isStalled)
  return {
    ready: isReady ? 'True' : 'False',
    reason,
    message: messages.size === 0 ? freshText(told) : cut([...messages].join('; ')),
    isServing,
    isStalled,
    isReconciling: !isReady && !isStalled && worst?.reason !== FAULTS.suspended.reason,
    at,
  }
}

const freshText = (told: readonly Told[]): string =>
  told.length === 1 ? 'its Secret holds valid logins' : `its ${told.length} Secrets hold valid logins`

/** A single failed answer may be about all of them: then it is one without a target, or the first of its targets. */
const fareFor = (told: readonly Told[], { target }: OutputPlan): Fare | undefined =>
  told.find((one) => one.target?.name === target.name)?.fare ??
  (told.length === 1 && told[0]?.fare.state !== 'Written' ? told[0]?.fare : undefined)

function detailsOf(
  asked: Resource,
  plan: LoginPlan,
  told: readonly Told[],
  links: readonly Linked[] | undefined,
): Readonly<Record<string, unknown>> {
  const fares = plan.outputs.map((output) => ({ output, fare: fareFor(told, output) }))
  const serving = fares.filter(({ fare }) => fare !== undefined && fare.state !== 'Failed')
  const times = fares.map(({ output: { registries }, fare }) => ({
    hosts: registries.map(({ host }) => host),
    expiresAt: fare?.expiresAt,
    renewsAt: fare?.renewsAt,
  }))
  return {
    targets: `${serving.length}/${fares.length}`,
    ...registryTimes(plan.registries, times),
    outputs: fares.map(({ output, fare }) => outputStatus(asked, output, fare, links)),
  }
}

function outputStatus(
  asked: Resource,
  output: OutputPlan,
  fare: Fare | undefined,
  links: readonly Linked[] | undefined,
): OutputStatus {
  const before = outputBefore(asked, output)
  const message = asFirstTold(before.message, fare?.message ?? '')
  const writtenAt = fare?.writtenAt === undefined ? before.writtenAt : rfc3339(fare.writtenAt)
  // Links stay as they were while nothing is served.
  const linked = links === undefined ? before.links : linkStatus(output, links)
  return {
    ...aboutOutput(output),
    state: fare?.state ?? 'Unknown',
    ...(writtenAt === undefined ? {} : { writtenAt }),
    ...(fare?.expiresAt === undefined ? {} : { expiresAt: rfc3339(fare.expiresAt) }),
    ...(message === '' ? {} : { message: cut(message) }),
    ...(linked === undefined ? {} : { links: linked }),
  }
}

/** What is known of an output before anything is written. */
export const aboutOutput = ({ target, shapeName, shape, access, registries }: OutputPlan) => ({
  secretName: target.name,
  shape: shapeName,
  type: target.type ?? 'Opaque',
  access: access ?? ('unscoped' as const),
  hosts: registries.map(({ host }) => host),
  keys: [...keysOf(shape)],
})

const outputTold = written.pick({ writtenAt: true, message: true, links: true }).partial()

/** What was told of it before; nobody has validated that. */
function outputBefore({ status }: Resource, { target }: OutputPlan): z.infer<typeof outputTold> {
  const { outputs } = recordOf(status)
  const all: readonly unknown[] = Array.isArray(outputs) ? outputs : []
  return outputTold.safeParse(all.find((one) => recordOf(one)['secretName'] === target.name)).data ?? {}
}

function linkStatus({ link, target }: OutputPlan, links: readonly Linked[]): OutputStatus['links'] {
  const linked = links.find(({ secret }) => secret.name === target.name)
  if (link === undefined || linked === undefined) return undefined
  const accounts = linked.accounts.toSorted()
  return {
    as: [...link.lists],
    count: accounts.length,
    serviceAccounts: accounts.slice(0, MOST_NAMES),
    ...(linked.missing.length === 0 ? {} : { missing: linked.missing.toSorted().slice(0, MOST_NAMES) }),
  }
}

/** One for all that was written in a pass. */
function writeEvents(told: readonly Told[]): readonly EventWords[] {
  const names = told.flatMap(({ target, fare }) =>
    target === undefined || fare.writtenAt === undefined ? [] : [target.name],
  )
  if (names.length === 0) return []
  const message = `${names.length === 1 ? 'Secret' : 'Secrets'} ${names.join(', ')}: new logins written`
  return [{ type: 'Normal', reason: 'LoginsWritten', message }]
}
