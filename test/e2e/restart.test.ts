// This file is about operators that end, in order or not, and are started again: nothing is lost, nothing is done twice.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  besidesMarkers,
  conditionWhere,
  type Deeds,
  everythingServed,
  notingDeeds,
} from '../support/deeds.ts'
import { eventually } from '../support/eventually.ts'
import { externalSecret, generator, opaqueSecret, together } from '../support/orders.ts'
import { argoRepository, harnessRecipe, mobbRecipe } from '../support/recipes.ts'
import { SecretWatch } from '../support/secret-watch.ts'
import { type RunningOperator, type SecretSeen, Stage } from '../support/stage.ts'

const NAMESPACE = 'argocd'
const ORDERS = ['repo-2529854065', 'plain', 'unmarked', 'overstated', 'first', 'second']
const NOTHING: Deeds = { writes: [], calls: [] }
/** Of the 30 s that Kubernetes gives a pod to end; it takes 5. */
const PATIENCE_MS = 20_000
const TOKEN = '?operation=GetAuthorizationToken&region='

const marksOf = ({ metadata }: SecretSeen): readonly string[] =>
  Object.keys(metadata.annotations ?? {}).filter((key) => key.startsWith('everpull.dev/delivery-'))

describe('an operator that is started again', () => {
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
        externalSecret({ namespace: NAMESPACE, name: 'plain', generator: 'own' }),
        ...inRegionOfItsOwn('unmarked', 'eu-west-1'),
        ...inRegionOfItsOwn('overstated', 'eu-west-2'),
        opaqueSecret({ namespace: NAMESPACE, name: 'shared' }, { theirs: 'kept' }),
        merging('first', 'username'),
        merging('second', 'password'),
      ),
    )
    operator = await started()
    for (const name of ORDERS) {
      await conditionWhere(stage, 'externalsecret', NAMESPACE, name, ({ status }) => status === 'True')
    }
    await everythingServed(stage)
  })
  after(async () => {
    await watch[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
  })

  async function started(): Promise<RunningOperator> {
    const made = await stage.startOperator()
    await made.ready()
    return made
  }

  const secret = (name: string, what = 'is there', isRight: (secret: SecretSeen) => boolean = () => true) =>
    watch.where(NAMESPACE, name, what, isRight)

  it('writes nothing and asks AWS nothing while everything is fresh', async () => {
    const shared = await secret('shared')
    assert.equal(marksOf(shared).length, 2, 'two deliveries have left their mark')
    assert.deepEqual(Object.keys(shared.data).toSorted(), ['password', 'theirs', 'username'])
    assert.equal(await operator.stop(), 0)
    const deeds = await notingDeeds(stage)
    operator = await started()
    await everythingServed(stage)
    assert.deepEqual(besidesMarkers(await deeds()), NOTHING)
  })

  it('writes nothing and asks AWS nothing when only its marks on Secrets are removed or edited', async () => {
    const deeds = await notingDeeds(stage)
    for (const name of ['unmarked', 'overstated']) {
      const [mark = ''] = marksOf(await secret(name))
      const text = (await secret(name)).metadata.annotations?.[mark] ?? ''
      const later = text.replace(/"expiresAt":"\d{4}/, '"expiresAt":"2099')
      assert.notEqual(later, text)
      const change = name === 'unmarked' ? [`${mark}-`] : ['--overwrite', `${mark}=${later}`]
      await stage.kubectl('annotate', 'secret', name, '-n', NAMESPACE, ...change)
    }
    await everythingServed(stage)
    assert.deepEqual(besidesMarkers(await deeds()), NOTHING)
  })

  it('renews once what carries no mark, or one that says 2099, and nothing else', async () => {
    assert.equal(await operator.stop(), 0)
    const deeds = await notingDeeds(stage)
    operator = await started()
    for (const name of ['unmarked', 'overstated']) {
      await secret(name, 'is marked anew', (now) => {
        const [mark = ''] = marksOf(now)
        return now.metadata.annotations?.[mark]?.includes('2099') === false
      })
    }
    await everythingServed(stage)
    const { writes, calls } = besidesMarkers(await deeds())
    assert.deepEqual(calls.map(({ region }) => region).toSorted(), ['eu-west-1', 'eu-west-2'])
    assert.deepEqual(writes.filter((text) => text.includes(' secrets ')).toSorted(), [
      `update secrets ${NAMESPACE}/overstated`,
      `update secrets ${NAMESPACE}/unmarked`,
    ])
  })

  it('finishes a renewal that SIGKILL cut short, with one more call and nothing ever failing', async () => {
    await stage.admin('PUT', '/settings', { tokenLifeSeconds: 15 })
    await stage.apply(together(...inRegionOfItsOwn('killed', 'ap-south-1')))
    const first = await secret('killed', 'is written')
    await conditionWhere(stage, 'externalsecret', NAMESPACE, 'killed', ({ status }) => status === 'True')
    await stage.fault({ kind: 'hang', region: 'ap-south-1' })
    await eventually(
      'a renewal hangs',
      async () => (await stage.calls(`${TOKEN}ap-south-1&outcome=hang`)).length > 0,
    )
    await operator.stop('SIGKILL')
    assert.deepEqual((await secret('killed')).data, first.data)
    await stage.clearFaults()
    await stage.admin('PUT', '/settings', { tokenLifeSeconds: 43_200 })
    const deeds = await notingDeeds(stage)
    operator = await started()
    const renewed = await secret(
      'killed',
      'has a new login',
      ({ data }) => data['password'] !== first.data['password'],
    )
    await everythingServed(stage)
    const { calls } = besidesMarkers(await deeds())
    assert.deepEqual(
      calls.map(({ region, outcome }) => [region, outcome]),
      [['ap-south-1', 'ok']],
    )
    assert.equal(await opens(renewed.data['password'] ?? ''), 'allowed')
    const selector = '--field-selector=involvedObject.name=killed,type=Warning'
    const events = await stage.kubectl('get', 'events', '-n', NAMESPACE, '-o', 'name', selector)
    assert.equal(events, '')
  })

  /** What a registry would say to the password now. */
  async function opens(password: string): Promise<string> {
    const ask = { service: 'ecr', password, account: '123456789012', region: 'ap-south-1', actions: [] }
    return (await stage.admin<{ is: string }>('POST', '/authorize', ask)).is
  }

  it('ends within seconds when told to, whether or not the API server answers', async () => {
    await stage.sandbox.killPart('kube-apiserver', 'SIGSTOP')
    try {
      const waiting = await stage.startOperator()
      await waiting.logged('listening')
      const told = performance.now()
      assert.deepEqual(await Promise.all([waiting.stop(), operator.stop()]), [0, 0])
      assert.ok(performance.now() - told < PATIENCE_MS, `they took ${performance.now() - told} ms`)
    } finally {
      await stage.sandbox.killPart('kube-apiserver', 'SIGCONT')
    }
  })
})

const inRegionOfItsOwn = (name: string, region: string): readonly string[] => [
  generator({ namespace: NAMESPACE, name }, { region }),
  externalSecret({ namespace: NAMESPACE, name, generator: name }),
]

const merging = (name: string, key: string): string =>
  externalSecret({
    namespace: NAMESPACE,
    name,
    generator: 'own',
    target: { name: 'shared', creationPolicy: 'Merge', template: { data: { [key]: `{{ .${key} }}` } } },
  })
