// This file is about asking the API server whether an object that orders is still there to stay.
import type { Orderers } from '../engine/ports.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Fault } from '../model/fault.ts'
import { refText } from '../model/ref.ts'
import { metadataNow } from './listed-object.ts'
import type { Served } from './reconcile.ts'
import { isShare, orderOf } from './shares.ts'
import { kindKey } from './world.ts'

export interface OrderersParts {
  readonly client: KubeClient
  readonly served: ReadonlyMap<string, Served>
  readonly faultOf: (error: unknown, doing: string) => Fault
}

/** A share of an order stays as long as the order. */
export const kubeOrderers = ({ client, served, faultOf }: OrderersParts): Orderers => ({
  async isStaying({ ref, uid }, signal) {
    const watch = served.get(kindKey(ref))?.watch
    if (watch?.type === undefined) return false
    const order = isShare(ref, watch.kind) ? orderOf(ref) : ref
    try {
      const now = await metadataNow(client, watch.type, order, signal)
      return now?.uid === uid && now.deletionTimestamp === undefined
    } catch (error) {
      return faultOf(error, `reading ${refText(order)}`)
    }
  },
})
