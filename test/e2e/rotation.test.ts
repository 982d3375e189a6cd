// This file is about rotation: real clients pull all the time while the logins in their Secrets live for seconds.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Client, crane, helm, skopeo } from '../../demo/clients.ts'
import { readSecret, type SecretName, type SeenSecret } from '../../demo/seen-secret.ts'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { systemClock } from '../../src/base/clock.ts'
import { eventually } from '../support/eventually.ts'
import { systemProgram } from '../support/everpull-process.ts'
import { argoRepository, harnessRecipe, mobbRecipe } from '../support/recipes.ts'
import { Stage } from '../support/stage.ts'

const LIFE_MS = 15_000
const LIVES = 5
/** Renewed at two thirds of its life, less a tenth of that at most. */
const SOONEST_RENEWAL_MS = LIFE_MS * (2 / 3) * 0.9
/** Five lives take 75 s; a machine that is busy with other things may need several times that for the clients. */
const LIMIT_MS = 300_000

const NAMESPACE = 'argocd'
const REPOSITORY: SecretName = { namespace: NAMESPACE, name: 'repo-2529854065' }
const TWIN: SecretName = { namespace: NAMESPACE, name: 'repo-2728511394' }
const PULL_SECRET: SecretName = { namespace: NAMESPACE, name: 'ecr-docker-secret' }

interface Pull {
  readonly client: string
  readonly mintedAt: number
  /** In the client's words, with what tells a login that came late from a client that took too long. */
  readonly failed?: string
}

/** One Secret, those who pull with it, and what came of it. */
class Consumers {
  readonly secret: SecretName
  readonly clients: readonly Client[]
  /** By the instant each was minted at. */
  readonly logins = new Map<number, SeenSecret>()
  readonly pulls: Pull[] = []

  constructor(secret: SecretName, clients: readonly Client[]) {
    this.secret = secret
    this.clients = clients
  }

  /** How much of time the logins seen so far span. */
  get spanMs(): number {
    return Math.max(...this.logins.keys()) - Math.min(...this.logins.keys())
  }

  /** One pull after the other, each with what the Secret holds at that moment. */
  async pullUntil(isEnough: () => boolean, look: () => Promise<SeenSecret | undefined>): Promise<void> {
    while (!isEnough()) {
      for (const client of this.clients) await this.#pull(client, await look())
    }
  }

  async #pull(client: Client, seen: SeenSecret | undefined): Promise<void> {
    const { life, values } = seen ?? {}
    assert.ok(life !== undefined && values !== undefined, `${this.secret.name} holds a login`)
    this.logins.set(life.mintedAt, { life, values })
    const age = systemClock.now() - life.mintedAt
    const pulled = await client.pull(values)
    const took = systemClock.now() - life.mintedAt - age
    const failed =
      pulled.is === 'failed' && `${pulled.because} (${took} ms with a login ${age} ms old at the start)`
    this.pulls.push({ client: client.name, mintedAt: life.mintedAt, ...(failed && { failed }) })
  }
}

describe('rotation', { timeout: 600_000 }, () => {
  let stage: Stage
  let byRepository: Consumers
  let byPullSecret: Consumers

  const look = (secret: SecretName): Promise<SeenSecret | undefined> =>
    readSecret(stage.sandbox.controlPlane.admin, secret)
  const calls = (region: string): Promise<readonly unknown[]> =>
    stage.calls(`?operation=GetAuthorizationToken&region=${region}`)

  before(async () => {
    const parts = await ensureParts(['helm', 'crane'])
    stage = await Stage.open({ tokenLifeSeconds: LIFE_MS / 1000 })
    const proxy = stage.sandbox.proxyEnv
    // skopeo comes with the operating system or not at all.
    const system = systemProgram('skopeo')
    byRepository = new Consumers(REPOSITORY, [helm(parts.helm, proxy)])
    byPullSecret = new Consumers(PULL_SECRET, [
      crane(parts.crane, proxy),
      ...(system === undefined ? [] : [skopeo(system, proxy)]),
    ])
    await stage.namespace(NAMESPACE)
    await stage.credentialSecret(NAMESPACE)
    for (const { namespace, name } of [REPOSITORY, TWIN]) {
      await stage.apply(argoRepository(namespace, 'us-west-1', name))
      await stage.apply(harnessRecipe({ namespace, name }))
    }
    await stage.apply(mobbRecipe(NAMESPACE))
    const operator = await stage.startOperator()
    await operator.ready()
    for (const secret of [REPOSITORY, TWIN, PULL_SECRET]) {
      await eventually(`${secret.name} holds a login`, async () => (await look(secret))?.life, 30_000)
    }
  })
  after(() => stage[Symbol.asyncDispose]())

  it(`fails no pull across ${LIVES} lives of ${LIFE_MS / 1000} s`, { timeout: LIMIT_MS }, async (t) => {
    const all = [byRepository, byPullSecret]
    const isEnough = (): boolean => all.every(({ spanMs }) => spanMs >= LIVES * LIFE_MS) || t.signal.aborted
    await Promise.all(all.map((each) => each.pullUntil(isEnough, () => look(each.secret))))
    for (const { secret, clients, pulls, logins } of all) {
      for (const { name } of clients) {
        const own = pulls.filter(({ client }) => client === name)
        const used = new Set(own.map(({ mintedAt }) => mintedAt)).size
        t.diagnostic(`${secret.name}: ${own.length} pulls by ${name} with ${used} of ${logins.size} logins`)
        assert.ok(used > LIVES, `${name} pulled with ${used} logins`)
      }
    }
    assert.deepEqual(
      all.flatMap(({ pulls }) => pulls.filter(({ failed }) => failed !== undefined)),
      [],
    )
  })

  it('asked AWS once for each login, however many objects and pulls used it', async () => {
    await eventually('the twin holds the very same login', async () => {
      const [one, other] = await Promise.all([look(REPOSITORY), look(TWIN)])
      return one?.values['password'] === other?.values['password']
    })
    for (const [region, { logins, spanMs }] of [
      ['us-west-1', byRepository],
      ['us-east-2', byPullSecret],
    ] as const) {
      const asked = (await calls(region)).length
      // One login may have come after the last pull, and one before the first.
      const most = Math.ceil(spanMs / SOONEST_RENEWAL_MS) + 2
      assert.ok(
        asked >= logins.size && asked <= most,
        `${asked} calls for ${logins.size} logins in ${region}`,
      )
    }
  })

  it('was needed: with a login that was kept, every client is told that it has expired', async () => {
    for (const { clients, logins } of [byRepository, byPullSecret]) {
      const [kept] = logins.values()
      for (const client of clients) {
        const pulled = await client.pull(kept?.values ?? {})
        assert.match(
          pulled.is === 'failed' ? pulled.because : `${client.name} pulled`,
          /Your authorization token has expired/,
        )
      }
    }
  })
})
