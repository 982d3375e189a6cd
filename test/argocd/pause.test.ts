// This file is about the hour for which Argo CD pauses after a gap of seconds, and the one thing that ends it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ArgoCd } from '../support/argocd.ts'
import { deployedVersion } from '../support/argocd-charts.ts'
import { closeGap, keepLogins, openGap, publishUmbrella, UMBRELLA } from '../support/argocd-gap.ts'
import { eventually } from '../support/eventually.ts'
import { Stage } from '../support/stage.ts'

/** Of the chart's own login 15 s are left when it is renewed, for Argo CD to use what it has read. */
const LIFE_S = 45

describe('a gap in the login for a dependency', { timeout: 600_000 }, () => {
  let stage: Stage
  let argocd: ArgoCd

  const ground = new AsyncDisposableStack()

  before(async () => {
    stage = ground.use(await Stage.open({ tokenLifeSeconds: LIFE_S }))
    argocd = ground.use(await ArgoCd.start(stage, { pauseAfterFailures: 1 }))
    const operator = await stage.startOperator()
    await operator.ready()
    await keepLogins(stage)
    await openGap(stage)
    await argocd.apply(UMBRELLA, await publishUmbrella(stage))
  })
  after(() => ground.disposeAsync())

  it('pauses the Application that needs it', () => argocd.paused(UMBRELLA))

  it('leaves it paused when the login is good again and Argo CD looks again', async () => {
    await closeGap(stage)
    await argocd.refresh(UMBRELLA, 'normal')
    await argocd.paused(UMBRELLA)
    assert.equal(await deployedVersion(stage, UMBRELLA, UMBRELLA), undefined)
  })

  it('lets it go at a hard refresh', async () => {
    await argocd.refresh(UMBRELLA, 'hard')
    await argocd.applications.saying(UMBRELLA, 'synced', ({ sync }) => sync === 'Synced')
    for (const chart of [UMBRELLA, 'demo'])
      await eventually(`${chart} is deployed`, () => deployedVersion(stage, UMBRELLA, chart), 60_000)
  })
})
