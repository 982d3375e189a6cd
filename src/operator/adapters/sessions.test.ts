// This file is about how long sessions are kept, and who shares them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AwsCredentials } from '../../aws/credentials.ts'
import { type Clock, type Instant, instant, systemClock } from '../../base/clock.ts'
import { minutes } from '../../base/duration.ts'
import { SecretText } from '../../base/secret-text.ts'
import { Sessions } from './sessions.ts'

const never = new AbortController().signal

function aClock(): Clock & { to(ms: number): void } {
  let at = 0
  return { ...systemClock, now: () => instant(at), to: (ms) => (at = ms) }
}

function credentials(id: string, expiresAt?: number): AwsCredentials {
  const keys = { accessKeyId: id, secretAccessKey: new SecretText('s') }
  return expiresAt === undefined ? keys : { ...keys, expiresAt: expiresAt as Instant }
}

const lives: readonly { name: string; life: number | undefined; keptAt: number; goneAt: number }[] = [
  { name: 'an hour is kept for 55 minutes', life: minutes(60), keptAt: minutes(55) - 1, goneAt: minutes(55) },
  { name: 'six minutes are kept for four', life: minutes(6), keptAt: minutes(4) - 1, goneAt: minutes(4) },
  {
    name: 'what does not end is looked at after a minute',
    life: undefined,
    keptAt: minutes(1) - 1,
    goneAt: minutes(1),
  },
  { name: 'what has ended already is not kept', life: -1, keptAt: -1, goneAt: 0 },
]
for (const { name, life, keptAt, goneAt } of lives) {
  test(name, async () => {
    const clock = aClock()
    const sessions = new Sessions(clock)
    let made = 0
    const take = () => sessions.take('k', never, async () => credentials(String((made += 1)), life))
    await take()
    if (keptAt >= 0) {
      clock.to(keptAt)
      assert.equal((await take()).accessKeyId, '1')
    }
    clock.to(goneAt)
    assert.equal((await take()).accessKeyId, '2')
  })
}

test('takers at the same time share one making and one failure', async () => {
  const sessions = new Sessions(aClock())
  let made = 0
  const fail = async (): Promise<AwsCredentials> => {
    made += 1
    throw new Error('no')
  }
  const both = await Promise.allSettled([sessions.take('k', never, fail), sessions.take('k', never, fail)])
  assert.deepEqual(
    both.map((one) => one.status),
    ['rejected', 'rejected'],
  )
  assert.equal(made, 1)
  assert.equal(
    (await sessions.take('k', never, async () => credentials('next', minutes(60)))).accessKeyId,
    'next',
  )
})

test('keys never share', async () => {
  const sessions = new Sessions(aClock())
  const [a, b] = await Promise.all(
    ['a', 'b'].map((key) => sessions.take(key, never, async () => credentials(key, minutes(60)))),
  )
  assert.deepEqual([a?.accessKeyId, b?.accessKeyId], ['a', 'b'])
})

test('who waits for a making that somebody else called off makes it anew', async () => {
  const sessions = new Sessions(aClock())
  const stop = new AbortController()
  const first = sessions.take(
    'k',
    stop.signal,
    () => new Promise((_, reject) => stop.signal.addEventListener('abort', () => reject(new Error('off')))),
  )
  const second = sessions.take('k', never, async () => credentials('second', minutes(60)))
  stop.abort()
  await assert.rejects(first, /off/)
  assert.equal((await second).accessKeyId, 'second')
})

test('what is forgotten is made again', async () => {
  const sessions = new Sessions(aClock())
  await sessions.take('k', never, async () => credentials('1', minutes(60)))
  sessions.forget('k')
  assert.equal((await sessions.take('k', never, async () => credentials('2', minutes(60)))).accessKeyId, '2')
})
