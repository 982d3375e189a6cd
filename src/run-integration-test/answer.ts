// This file is about what the operator answers to a test: the verdict in the status, and the times in the events.
import { pause, systemClock } from '../base/clock.ts'
import { conditionOf } from '../dialects/everpull/conditions.ts'
import { EcrIntegration, type EcrIntegrationStatus } from '../dialects/everpull/integration-schema.ts'
import { readTimes, type StepTimes, TIMES_REASON } from '../dialects/everpull/step-times.ts'
import type { KubeClient } from '../kube/client.ts'
import { KubeError } from '../kube/error.ts'
import { collectionPath, EVENTS, type KubeObject } from '../kube/resource.ts'
import { FAULTS } from '../model/fault.ts'
import { CommandFailure, type StepTold } from '../operator/commands.ts'
import type { ConnectionTold } from '../operator/commands/integrations.ts'
import { told } from '../operator/connection-told.ts'

export interface Answer {
  readonly isPassed: boolean
  readonly arn?: string
  readonly steps: readonly StepTold[]
}

type Tested = NonNullable<EcrIntegrationStatus['permissions']>[number]

/** Undefined while there is none; throws a CommandFailure where there will be none. `mayLack`: its Secret is still to come. */
export function answerOf({ metadata, status }: KubeObject, mayLack = false): Answer | undefined {
  const read = EcrIntegration.shape.status.safeParse(status)
  if (!read.success || read.data === undefined) return undefined
  const { observedGeneration, permissions, identity, lastTestedAt } = read.data
  if (observedGeneration !== metadata.generation) return undefined
  const ready = conditionOf(status, 'Ready')
  if (lastTestedAt !== undefined && permissions !== undefined && ready !== undefined) {
    return {
      isPassed: ready.status === 'True',
      ...(identity === undefined ? {} : { arn: identity.arn }),
      steps: permissions.map(stepOf),
    }
  }
  const ignored = conditionOf(status, 'Ignored')
  if (ignored?.status === 'True')
    throw new CommandFailure(`the operator does not test it: ${ignored.message}`)
  if (mayLack && ready?.reason === FAULTS['credential-missing'].reason) return undefined
  if (ready?.status === 'False') throw new CommandFailure(`it cannot be tested: ${ready.message}`)
  return undefined
}

const RESULTS = { Passed: 'passed', Denied: 'denied', Failed: 'failed', Skipped: 'skipped' } as const

const stepOf = ({ name, on, result, optional, inferred, reason, message, remedy }: Tested): StepTold => ({
  name,
  ...(on === undefined ? {} : { on }),
  result: RESULTS[result],
  ...(optional === true ? { optional } : {}),
  ...(inferred === true ? { inferred } : {}),
  ...(reason === undefined ? {} : { reason }),
  ...(message === undefined ? {} : { message }),
  ...(remedy === undefined ? {} : { remedy }),
})

/** Events are written a moment after the status, and may be lost: then the verdict is told without times. */
const EVENTS_PATIENCE_MS = 3000
const LOOK_MS = 100

export async function withTimes(
  client: KubeClient,
  object: KubeObject,
  { steps, isPassed, arn }: Answer,
  signal: AbortSignal,
): Promise<ConnectionTold> {
  const times = await timesOf(client, object, steps.length, signal)
  return told(
    steps.map((step, at) => ({ ...step, ...times.get(at + 1) })),
    isPassed,
    arn,
  )
}

async function timesOf(
  client: KubeClient,
  object: KubeObject,
  wanted: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, StepTimes>> {
  const until = systemClock.monotonic() + EVENTS_PATIENCE_MS
  let times: ReadonlyMap<number, StepTimes> = new Map()
  try {
    for (;;) {
      times = readTimes(await messagesOf(client, object, signal))
      if (times.size >= wanted || systemClock.monotonic() >= until) return times
      await pause(systemClock, LOOK_MS, signal)
    }
  } catch (error) {
    if (error instanceof KubeError) return times
    throw error
  }
}

type EventObject = KubeObject & { readonly message?: string }

/** Events about objects outside of namespaces live in `default`. */
async function messagesOf(
  client: KubeClient,
  { metadata: { uid } }: KubeObject,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { items } = await client.request<{ readonly items: readonly EventObject[] }>({
    method: 'GET',
    path: collectionPath(EVENTS, 'default'),
    query: { fieldSelector: `involvedObject.uid=${uid},reason=${TIMES_REASON}` },
    signal,
  })
  return items.flatMap(({ message }) => message ?? [])
}
