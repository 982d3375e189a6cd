// This file is about the nudge: a gap that has healed costs no hour, as Argo CD is asked to look again.
import { after, before, describe, it } from 'node:test'
import { ArgoCd } from '../support/argocd.ts'
import { deployedVersion } from '../support/argocd-charts.ts'
import { closeGap, keepLogins, openGap, publishUmbrella, UMBRELLA } from '../support/argocd-gap.ts'
import { ARGOCD_NAMESPACE } from '../support/argocd-processes.ts'
import { eventually } from '../support/eventually.ts'
import { Stage } from '../support/stage.ts'

const LIFE_S = 45
const NUDGE = '--nudge-argocd'

interface Events {
  readonly items: readonly { readonly reason: string; readonly involvedObject: { readonly name: string } }[]
}

describe('a gap that an operator with the nudge has healed', { timeout: 600_000 }, () => {
  let stage: Stage
  let argocd: ArgoCd
  const ground = new AsyncDisposableStack()

  before(async () => {
    stage = ground.use(await Stage.open({ tokenLifeSeconds: LIFE_S }))
    argocd = ground.use(await ArgoCd.start(stage, { pauseAfterFailures: 1 }))
    // One of its roles is for the namespace that is there now.
    await stage.apply(await stage.everpull('rbac', NUDGE))
    const operator = await stage.startOperator([NUDGE])
    await operator.ready()
    await keepLogins(stage)
    await openGap(stage)
    await argocd.apply(UMBRELLA, await publishUmbrella(stage))
    await argocd.paused(UMBRELLA)
    await closeGap(stage)
  })
  after(() => ground.disposeAsync())

  it('leaves no Application paused', async () => {
    await argocd.applications.saying(UMBRELLA, 'synced', ({ sync }) => sync === 'Synced')
    for (const chart of [UMBRELLA, 'demo'])
      await eventually(`${chart} is deployed`, () => deployedVersion(stage, UMBRELLA, chart), 60_000)
  })

  it('is told as an event of the Application', async () => {
    await eventually('the event', async () => {
      const events = await stage.get<Events>('events', '-n', ARGOCD_NAMESPACE)
      return events?.items.some(
        ({ reason, involvedObject }) => reason === 'Nudged' && involvedObject.name === UMBRELLA,
      )
    })
  })
})
