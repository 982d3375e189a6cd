// This file is about what is wrong with the cluster of a seed now: Secrets, statuses and links that are not as ordered.
import { insist, type ObjectText, pathOf } from './api-objects.ts'
import type { Target } from './history.ts'
import type { Lane } from './lane.ts'
import { loginsIn } from './logins-in.ts'
import { hostIn } from './orders.ts'
import type { SecretHistory } from './secret-history.ts'
import { lookUp } from './seed-keys.ts'
import type { SeedOrders } from './seed-orders.ts'

interface Scene {
  readonly lane: Lane
  readonly history: SecretHistory
}

/** Each Secret that does not hold what it should, each order that is not ready; empty when all is right. */
export async function flawsIn(scene: Scene, orders: SeedOrders): Promise<readonly string[]> {
  const { lane } = scene
  const secrets = await Promise.all(orders.targets.map((target) => flawOf(scene, target)))
  const told = await Promise.all(orders.telling().map((order) => unready(lane, order)))
  return [...secrets, ...told, await unlinked(lane, orders.names.a)].filter((flaw) => flaw !== undefined)
}

async function flawOf(
  { lane, history }: Scene,
  { namespace, name, principal, region }: Target,
): Promise<string | undefined> {
  const seen = history.get(namespace, name)
  if (seen === undefined) return `${namespace}/${name} is not there`
  const held = loginsIn(seen.data).find((login) => login.region === region)
  if (held === undefined) return `${namespace}/${name} holds no login for ${hostIn(region)}`
  const verdict = await lookUp(lane, held.password, region)
  if (verdict.is !== 'allowed') return `${namespace}/${name} holds a login that is ${verdict.is}`
  return verdict.principal === principal
    ? undefined
    : `${namespace}/${name} holds a login of ${verdict.principal}`
}

async function unready({ sandbox }: Lane, order: ObjectText): Promise<string | undefined> {
  const says = `${order.kind} ${order.metadata.namespace ?? ''}/${order.metadata.name}`
  const { status, body } = await insist(sandbox.controlPlane.admin, 'GET', pathOf(order))
  if (status !== 200) return `${says} cannot be read: ${status}`
  const { status: told } = JSON.parse(body) as {
    readonly status?: {
      readonly conditions?: readonly {
        readonly type: string
        readonly status: string
        readonly reason: string
        readonly message: string
      }[]
    }
  }
  const ready = told?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'True') return undefined
  return `${says} is not ready: ${ready?.reason ?? 'no condition'} ${ready?.message ?? ''}`
}

async function unlinked({ sandbox }: Lane, namespace: string): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`
  const { body } = await insist(sandbox.controlPlane.admin, 'GET', path)
  const { imagePullSecrets = [] } = JSON.parse(body) as {
    readonly imagePullSecrets?: readonly { readonly name: string }[]
  }
  const isLinked = imagePullSecrets.some(({ name }) => name === 'login')
  return isLinked ? undefined : 'the default service account does not name the Secret login'
}
