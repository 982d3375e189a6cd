// This file is about the show: everything between an empty folder and the summary.
import { systemClock } from '../src/base/clock.ts'
import { ensureParts } from '../sandbox/parts/ensure.ts'
import { Sandbox } from '../sandbox/sandbox.ts'
import { type Client, crane, helm, skopeo } from './clients.ts'
import { Consumers, type HeldLogin } from './consumers.ts'
import { DemoFailed } from './failure.ts'
import { ARGOCD, BUILDS, install, startOperator, TEAMS } from './installation.ts'
import { programOnPath } from './program.ts'
import { firstLogins, type Watched, watchPulls } from './rotations.ts'
import type { Screen } from './screen.ts'
import { inSeconds } from './table.ts'
import { closing, lookingAround, opening, type Plan, type Shown } from './words.ts'

export interface Show extends Plan {
  /** Where the sandbox lives; removing it is the caller's. */
  readonly folder: string
  readonly screen: Screen
  /** Ends the show early. */
  readonly signal: AbortSignal
}

/** The first login takes a moment on an idle machine. */
const FIRST_LOGIN_LIMIT_MS = 60_000
/** On top of the lives it must take, for a machine that is busy with other things. */
const SLACK_MS = 120_000

/**
 * Plays it all, and stays until the signal aborts where the plan says so. Resolves to how many pulls failed.
 * @throws DemoFailed when it cannot show what it promised, the signal's reason when that aborts before the summary
 */
export async function play(show: Show): Promise<number> {
  const { screen, signal } = show
  for (const line of opening(show)) screen.line(line)
  // A build cannot be called off; it ends with this process.
  const parts = await Promise.race([ensureParts(undefined, (line) => screen.line(line)), calledOff(signal)])
  const began = systemClock.monotonic()
  const sandbox = await Sandbox.up({
    folder: show.folder,
    tokenLifeSeconds: show.tokenLifeSeconds,
    onProgress: (line) => screen.line(`  ${line}`),
  })
  signal.throwIfAborted()
  const all = consumers(sandbox, parts.helm, parts.crane)
  screen.line()
  const tell = (command: string): void => screen.line(`$ ${command}`)
  const installation = { sandbox, kubectl: parts.kubectl, signal, tell }
  await install(installation)
  await startOperator(installation)
  screen.line()
  const watched = { sandbox, all, screen, signal }
  await rotate(watched, show)
  for (const line of closing(await whatWasShown(watched, systemClock.monotonic() - began))) screen.line(line)
  if (show.keep) {
    for (const line of lookingAround(sandbox, programOnPath('kubectl') ? 'kubectl' : parts.kubectl))
      screen.line(line)
    await watchPulls(watched, { title: () => 'staying up; Ctrl-C ends it', isEnough: () => false })
  }
  return all.reduce((sum, { failed }) => sum + failed, 0)
}

const calledOff = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })

function consumers(sandbox: Sandbox, helmProgram: string, craneProgram: string): readonly Consumers[] {
  const proxy = sandbox.proxyEnv
  const system = programOnPath('skopeo')
  const builders: Client[] = [crane(craneProgram, proxy), ...(system ? [skopeo(system, proxy)] : [])]
  return [
    new Consumers({ namespace: ARGOCD, name: 'repo-2529854065' }, [helm(helmProgram, proxy)]),
    new Consumers({ namespace: BUILDS, name: 'ecr-docker-secret' }, builders),
    ...TEAMS.map((namespace) => new Consumers({ namespace, name: 'ecr' }, [crane(craneProgram, proxy)])),
  ]
}

async function rotate(watched: Watched, { rotations, tokenLifeSeconds, screen }: Show): Promise<void> {
  const { all, signal } = watched
  await firstLogins(watched, FIRST_LOGIN_LIMIT_MS)
  for (const { name } of all) screen.line(`${name} holds a login`)
  if (programOnPath('skopeo') === undefined) screen.line('skopeo is not on the PATH: it is left out')
  screen.line()
  const began = systemClock.monotonic()
  const limitMs = tokenLifeSeconds * 1000 * (rotations + 1) + SLACK_MS
  const done = (): number => Math.min(...all.map((each) => each.rotations))
  const isLate = (): boolean => systemClock.monotonic() - began > limitMs
  await watchPulls(watched, {
    title: () => `rotations: ${done()} of ${rotations}   ${inSeconds(systemClock.monotonic() - began)}`,
    isEnough: () => done() >= rotations || isLate(),
  })
  signal.throwIfAborted()
  if (done() < rotations) throw new DemoFailed(`${done()} rotations of ${rotations} in ${inSeconds(limitMs)}`)
}

async function whatWasShown({ sandbox, all, signal }: Watched, tookMs: number): Promise<Shown> {
  const asked = '/calls?operation=GetAuthorizationToken&outcome=ok'
  const answer = await fetch(`${sandbox.aws.adminUrl}${asked}`, { signal: AbortSignal.timeout(10_000) })
  const { calls } = (await answer.json()) as { readonly calls: readonly unknown[] }
  const refusals: Shown['refusals'][number][] = []
  for (const { logins, tallies } of all) {
    const [oldest] = logins
    const client = tallies[0]?.client
    if (oldest !== undefined && client !== undefined && oldest.life.expiresAt < systemClock.now())
      refusals.push(await refusal(client, oldest, signal))
  }
  return { all, tookMs, calls: calls.length, refusals }
}

/** Without it nobody would know that the pulls needed what the operator did. */
async function refusal(
  client: Client,
  { life, values }: HeldLogin,
  signal: AbortSignal,
): Promise<Shown['refusals'][number]> {
  const pulled = await client.pull(values, signal)
  if (pulled.is === 'pulled') throw new DemoFailed(`${client.name} pulled with a login that had expired`)
  const [words] = /Your authorization token has expired[^"\n]*/i.exec(pulled.because) ?? [pulled.because]
  return { client: client.name, ageMs: systemClock.now() - life.mintedAt, words }
}
