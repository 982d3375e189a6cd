// This file is about `make demo`: the show in a folder of its own, removed however it ends.
//
// KEEP=1 in the environment, or --keep, lets it stay up after the summary. --token-life and --rotations make it shorter.
import { parseArgs } from 'node:util'
import { parseDuration } from '../src/base/duration.ts'
import { PortTaken } from '../sandbox/part.ts'
import { BuildFailed } from '../sandbox/parts/go-command.ts'
import { removeWhenWeDie } from '../sandbox/removal.ts'
import { Sandbox } from '../sandbox/sandbox.ts'
import { DemoFailed } from './failure.ts'
import { stopOperator } from './installation.ts'
import { ProgramFailed } from './program.ts'
import { ownFolder, removeLeftovers } from './run-folder.ts'
import { openScreen, type Screen } from './screen.ts'
import { play } from './show.ts'
import type { Plan } from './words.ts'

/** 128 and the number of the signal, as shells count. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 } as const
type Ending = keyof typeof EXIT_CODES

/** Why the show ended before its summary. */
class CalledOff extends Error {
  readonly by: Ending
  constructor(by: Ending) {
    super(`ended by ${by}`)
    this.by = by
  }
}

async function main(plan: Plan): Promise<number> {
  const screen = openScreen(process.stdout)
  const signal = whenToldToStop()
  await removeLeftovers((line) => screen.line(line))
  const folder = ownFolder()
  const callOff = removeWhenWeDie(folder)
  try {
    return (await play({ ...plan, folder, screen, signal })) === 0 ? 0 : 1
  } catch (error) {
    return explained(error, signal, screen)
  } finally {
    screen.line('stopping and removing everything')
    await stopOperator(folder)
    await Sandbox.down({ folder })
    callOff()
  }
}

/** Aborts at the first signal; a second one ends the process at once, and its guard removes what is left. */
function whenToldToStop(): AbortSignal {
  const controller = new AbortController()
  for (const by of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const)
    process.once(by, () => controller.abort(new CalledOff(by)))
  // Whoever read our output has left.
  process.stdout.on('error', () => controller.abort(new CalledOff('SIGPIPE')))
  return controller.signal
}

function explained(error: unknown, signal: AbortSignal, screen: Screen): number {
  if (signal.reason instanceof CalledOff) return EXIT_CODES[signal.reason.by]
  const isExpected = [DemoFailed, ProgramFailed, BuildFailed, PortTaken].some((type) => error instanceof type)
  if (!isExpected) throw error
  screen.line(`The demo failed: ${(error as Error).message}`)
  return 1
}

function planned(): Plan {
  const { values } = parseArgs({
    options: {
      keep: { type: 'boolean', default: !['', '0'].includes(process.env['KEEP'] ?? '') },
      rotations: { type: 'string', default: '3' },
      'token-life': { type: 'string', default: '60s' },
    },
  })
  const life = parseDuration(values['token-life'])
  const rotations = Number(values.rotations)
  if (life === undefined || life < 10_000) throw new TypeError('--token-life is a duration of 10s or more')
  if (!Number.isInteger(rotations) || rotations < 1) throw new TypeError('--rotations is a number from 1 on')
  return { tokenLifeSeconds: life / 1000, rotations, keep: values.keep }
}

process.exit(await main(planned()))
