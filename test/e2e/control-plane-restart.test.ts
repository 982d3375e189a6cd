// This file is about the control plane ending under the operator: it waits, resumes, and does nothing twice.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { besidesMarkers, everythingServed, notingDeeds, quiet } from '../support/deeds.ts'
import { externalSecret, generator, together } from '../support/orders.ts'
import { argoRepository, harnessRecipe, mobbRecipe } from '../support/recipes.ts'
import { SecretWatch } from '../support/secret-watch.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const NAMESPACE = 'argocd'
const FLAGS = ['--leader-elect', '--lease-duration=4s', '--renew-deadline=3s', '--retry-period=1s']
const ORDERS = ['repo-2529854065', 'ecr-docker-secret', 'own']
const LIMIT_MS = 1000
/** On a machine that is busy with other things, the fastest of so many counts. */
const TRIES = 5
/** The API server takes it for a docker config too. */
const TAMPERED = '{}'

describe('an operator whose control plane ends and comes back', () => {
  let stage: Stage
  let watch: SecretWatch
  let operator: RunningOperator

  before(async () => {
    stage = await Stage.open({ audit: true })
    watch = await SecretWatch.open(stage)
    await stage.namespace(NAMESPACE)
    await stage.credentialSecret(NAMESPACE)
    await stage.apply(
      together(
        argoRepository(NAMESPACE),
        harnessRecipe({ namespace: NAMESPACE }),
        mobbRecipe(NAMESPACE),
        generator({ namespace: NAMESPACE, name: 'own' }),
        externalSecret({ namespace: NAMESPACE, name: 'own', generator: 'own' }),
      ),
    )
    operator = await stage.startOperator(FLAGS)
    await operator.ready()
    for (const name of ORDERS) {
      await watch.where(NAMESPACE, name, 'is written', ({ metadata }) =>
        Object.keys(metadata.annotations ?? {}).some((key) => key.startsWith('everpull.dev/')),
      )
    }
    await everythingServed(stage)
  })
  after(async () => {
    await watch[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
  })

  const endings: readonly (readonly [string, () => Promise<void>])[] = [
    ['the API server is restarted', () => stage.sandbox.restartPart('kube-apiserver')],
    [
      'the API server crashes and is started again',
      async () => {
        await stage.sandbox.killPart('kube-apiserver', 'SIGKILL')
        await stage.sandbox.startPart('kube-apiserver')
      },
    ],
    ['etcd is restarted', () => stage.sandbox.restartPart('etcd')],
    [
      'both are restarted',
      async () => {
        await stage.sandbox.stopPart('kube-apiserver')
        await stage.sandbox.restartPart('etcd')
        await stage.sandbox.startPart('kube-apiserver')
      },
    ],
  ]
  for (const [what, end] of endings) {
    it(`writes nothing and asks AWS nothing because ${what}, and goes on serving`, async () => {
      await quiet(stage)
      const deeds = await notingDeeds(stage)
      await end()
      await everythingServed(stage)
      const { writes, calls } = besidesMarkers(await deeds())
      assert.deepEqual(calls, [])
      assert.deepEqual(writes, [])
      assert.equal(operator.child.exitCode, null)
    })

    it(`repairs drift within a second again after ${what}`, async () => {
      for (const name of ORDERS) {
        const { data } = await watch.where(NAMESPACE, name, 'is there', () => true)
        const [key = ''] = Object.keys(data).filter((key) => ['password', '.dockerconfigjson'].includes(key))
        const patch = { data: { [key]: Buffer.from(TAMPERED).toString('base64') } }
        const times: number[] = []
        while (times.length < TRIES && times.every((ms) => ms >= LIMIT_MS)) {
          // Its leadership may have ended with the API server, and with it what it knew: a new login is right too.
          const { took } = await watch.edited(NAMESPACE, name, patch, (now) => now.data[key] !== TAMPERED)
          times.push(took)
        }
        assert.ok(Math.min(...times) < LIMIT_MS, `${name} was repaired after ${times.join(', ')} ms`)
      }
    })
  }

  it('printed no error', () => {
    assert.deepEqual(
      operator.log.filter(({ level }) => level === 'error'),
      [],
    )
  })
})
