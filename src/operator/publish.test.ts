// This file is about which news become events.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aResource } from '../../test/support/builders.ts'
import { eventually } from '../../test/support/eventually.ts'
import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { KubeClient } from '../kube/client.ts'
import { workQueue } from '../kube/control/queue.ts'
import { type FaultCode, fault } from '../model/fault.ts'
import { Publisher } from './publish.ts'

const TYPE = { group: 'example.com', version: 'v1', plural: 'wishes', kind: 'Wish', namespaced: true }

/** Tells every failure in its status and as an event. */
const dialect: Pick<Dialect, 'status' | 'eventSource' | 'statusManager'> = {
  eventSource: 'wishes',
  statusManager: 'wishes',
  status: (_asked, answers) => ({
    status: { failures: answers.length },
    events: answers.flatMap((answer) =>
      answer.is === 'failed'
        ? [{ type: 'Warning', reason: answer.fault.code, message: answer.fault.message }]
        : [],
    ),
  }),
}

/** The events of an object that fails like this, once its status was written. */
async function eventsAfter(code: FaultCode): Promise<readonly string[]> {
  const told: string[] = []
  let patches = 0
  const request = async (): Promise<unknown> => {
    patches += 1
    return {}
  }
  const publisher = new Publisher({
    client: { request } as unknown as KubeClient,
    startQueue: workQueue,
    tellEvent: (_about, words) => told.push(words.reason),
    installed: () => ({ admitsStatusField: () => true, admitsConditionType: () => true }),
    lookAgain: () => {},
    clock: systemClock,
    log: silentLog,
  })
  publisher.open()
  publisher.publish({
    asked: aResource(),
    type: TYPE,
    dialect: dialect as Dialect,
    answers: [{ is: 'failed', fault: fault(code, 'words'), at: systemClock.now() }],
    warnings: [],
  })
  await eventually('the status is written', () => patches === 1)
  await publisher.close()
  return told
}

test('a failure is told in the status and by an event', async () => {
  assert.deepEqual(await eventsAfter('kube-forbidden'), ['kube-forbidden'])
})

test('what nobody can mend in a namespace that is being deleted is told in the status alone', async () => {
  assert.deepEqual(await eventsAfter('namespace-terminating'), [])
})
