// This file is about a real Argo CD that goes on deploying new chart versions while the logins in its Secrets rotate.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Client, helm } from '../../demo/clients.ts'
import type { SeenSecret } from '../../demo/seen-secret.ts'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { ApplicationState } from '../support/application-watch.ts'
import { ArgoCd } from '../support/argocd.ts'
import { createRepository, deployedVersion, hostIn, publishChart } from '../support/argocd-charts.ts'
import { ARGOCD_NAMESPACE } from '../support/argocd-processes.ts'
import {
  CHART,
  defaultIntegration,
  holding,
  ociShape,
  ociTemplateShape,
  repositoryShape,
  type Shape,
  shapeByExternalSecret,
  shapeByLabel,
  shapeByRegistryLogin,
  templateShape,
} from '../support/argocd-shapes.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

/** Renewed after 27 to 30 s: Argo CD has 15 s at least to use what it has read, on a machine that is busy. */
const LIFE_S = 45
const ROTATIONS = 3
const FIRST = '1.0.0'
const LIMIT_MS = 180_000

/** Who keeps each, as a manifest. */
const KEPT: readonly (readonly [Shape, (shape: Shape) => string])[] = [
  [repositoryShape('repository', 'us-west-1'), shapeByRegistryLogin],
  [templateShape('repo-creds', 'us-east-2'), shapeByRegistryLogin],
  [ociShape('oci', 'eu-central-1'), shapeByRegistryLogin],
  [ociTemplateShape('oci-repo-creds', 'eu-north-1'), shapeByRegistryLogin],
  [templateShape('labelled', 'eu-west-1'), shapeByLabel],
  [repositoryShape('external-secret', 'us-west-2'), shapeByExternalSecret],
]
const SHAPES = KEPT.map(([shape]) => shape)

const isSyncedAt = (state: ApplicationState, revision: string): boolean =>
  state.sync === 'Synced' && state.revision === revision

describe('Argo CD', { timeout: 900_000 }, () => {
  let stage: Stage
  let argocd: ArgoCd
  let operator: RunningOperator
  let client: Client

  const ground = new AsyncDisposableStack()
  const uids = new Map<string, string | undefined>()

  before(async () => {
    stage = ground.use(await Stage.open({ tokenLifeSeconds: LIFE_S }))
    client = helm((await ensureParts(['helm'])).helm, stage.sandbox.proxyEnv)
    argocd = ground.use(await ArgoCd.start(stage))
    operator = await stage.startOperator()
    await operator.ready()
    await stage.apply(defaultIntegration())
    for (const [shape, manifest] of KEPT) {
      await createRepository(stage, shape.region, CHART)
      await stage.apply(manifest(shape))
      await holding(stage, shape, () => true)
      uids.set(shape.name, await uidOf(shape))
      await deploy(shape, FIRST)
    }
  })
  after(() => ground.disposeAsync())

  const uidOf = async ({ name }: Shape): Promise<string | undefined> =>
    (await stage.secret(ARGOCD_NAMESPACE, name))?.metadata.uid

  async function died({ name, region }: Shape, { life, values }: SeenSecret): Promise<void> {
    const isOver = (): boolean => systemClock.now() > (life?.expiresAt ?? 0)
    await eventually(`the login that ${name} held has expired`, isOver, LIMIT_MS)
    const pulled = await client.pull({ ...values, url: hostIn(region) })
    const because = pulled.is === 'failed' ? pulled.because : `${name} still opens the registry`
    assert.match(because, /authorization token has expired/)
  }

  async function deploy(shape: Shape, version: string): Promise<void> {
    await publishChart(stage, { region: shape.region, repository: CHART, version })
    await argocd.apply(shape.name, shape.source(version))
  }

  async function runs({ name }: Shape, version: string): Promise<void> {
    const isDeployed = async (): Promise<boolean> => (await deployedVersion(stage, name, 'demo')) === version
    await eventually(
      `${name} runs ${version}: ${JSON.stringify(argocd.applications.said(name).at(-1))}`,
      isDeployed,
      LIMIT_MS,
    )
    await argocd.applications.saying(name, 'synced', ({ sync }) => sync === 'Synced', LIMIT_MS)
  }

  async function rotate(shape: Shape, version: string): Promise<void> {
    const old = await holding(stage, shape, () => true)
    await holding(stage, shape, ({ life }) => (life?.mintedAt ?? 0) > (old.life?.mintedAt ?? 0))
    await died(shape, old)
    await deploy(shape, version)
    await runs(shape, version)
  }

  for (const shape of SHAPES) {
    it(`takes the ${shape.name} Secret`, () => runs(shape, FIRST))
  }

  it(`deploys a new version after each of ${ROTATIONS} rotations, when the login before is dead`, async () => {
    await Promise.all(
      SHAPES.map(async (shape) => {
        for (let rotation = 1; rotation <= ROTATIONS; rotation++) await rotate(shape, `1.${rotation}.0`)
      }),
    )
  })

  it('failed no manifest generation, and every Application stayed synced with what it had reached', () => {
    assert.deepEqual(argocd.failedGenerations(), [])
    for (const { name } of SHAPES) {
      const said = argocd.applications.said(name)
      const fell = said.filter(
        ({ sync, revision, complaints }, at) =>
          sync === 'Unknown' ||
          complaints.length > 0 ||
          (sync !== 'Synced' && said.slice(0, at).some((earlier) => isSyncedAt(earlier, revision))),
      )
      assert.deepEqual(fell, [])
    }
  })

  it('found the logins in the Secrets it had found them in before', async () => {
    for (const shape of SHAPES) assert.equal(await uidOf(shape), uids.get(shape.name))
  })

  it('needed the operator: once it is gone, the next version cannot be fetched', async () => {
    await operator.stop()
    for (const shape of SHAPES) {
      await died(shape, await holding(stage, shape, () => true))
      await deploy(shape, '2.0.0')
    }
    // Why, the registry says only where it may answer with a body.
    const isRefused = ({ complaints }: ApplicationState): boolean =>
      complaints.some((complaint) => complaint.includes('response status code 403'))
    await Promise.all(SHAPES.map(({ name }) => argocd.applications.saying(name, 'refused', isRefused)))
  })
})
