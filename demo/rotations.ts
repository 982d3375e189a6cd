// This file is about the rotations: everyone pulls, the logins are replaced, and the screen shows both.
import { pause, systemClock } from '../src/base/clock.ts'
import type { Consumers } from './consumers.ts'
import { DemoFailed } from './failure.ts'
import { operatorsLastWords } from './installation.ts'
import type { Screen } from './screen.ts'
import { readSecret, type SeenSecret } from './seen-secret.ts'
import { inSeconds, table } from './table.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

/** How often the table is drawn and the Secrets are looked at. */
const LOOK_EVERY_MS = 500

export interface Watched {
  readonly sandbox: Sandbox
  readonly all: readonly Consumers[]
  readonly screen: Screen
  readonly signal: AbortSignal
}

/** Waits until each Secret holds its first login. */
export async function firstLogins(watched: Watched, limitMs: number): Promise<void> {
  const end = systemClock.monotonic() + limitMs
  while (watched.all.some(({ newest }) => newest === undefined)) {
    await look(watched)
    if (systemClock.monotonic() > end)
      throw new DemoFailed(`not every Secret holds a login after ${inSeconds(limitMs)}`)
    await pause(systemClock, LOOK_EVERY_MS, watched.signal)
  }
}

/** Shows everyone pulling until `isEnough`, or until the signal aborts. */
export async function watchPulls(
  watched: Watched,
  { title, isEnough }: { readonly title: () => string; readonly isEnough: () => boolean },
): Promise<void> {
  const { all, screen, signal } = watched
  const ending = new AbortController()
  const told = (line: string): void => screen.line(line)
  const until = AbortSignal.any([signal, ending.signal])
  const pulls = all.map((each) => each.pull(() => lookAt(watched, each), told, until))
  const lines = (width: number): readonly string[] => {
    const rows = all.flatMap((each) => each.rows())
    return [title().slice(0, width), ...table(rows, width)]
  }
  try {
    while (!isEnough() && !signal.aborted) {
      await look(watched)
      screen.live(lines)
      await pause(systemClock, LOOK_EVERY_MS, until).catch(() => {})
    }
  } finally {
    ending.abort()
    await Promise.all(pulls)
    screen.settle(lines)
  }
}

const lookAt = ({ sandbox }: Watched, { secret }: Consumers): Promise<SeenSecret | undefined> =>
  readSecret(sandbox.controlPlane.admin, secret)

async function look(watched: Watched): Promise<void> {
  const words = operatorsLastWords(watched.sandbox.folder)
  if (words !== undefined) throw new DemoFailed(`the operator ended; its log ends with\n${words}`)
  for (const each of watched.all) {
    const before = each.newest?.life
    if (!each.saw(await lookAt(watched, each)) || before === undefined) continue
    const now = systemClock.now()
    const left = inSeconds(before.expiresAt - now)
    watched.screen.line(`${clockTime(now)}  ${each.name}: a new login, ${left} before the old one dies`)
  }
}

const clockTime = (ms: number): string => new Date(ms).toTimeString().slice(0, 8)
