// This file is about testing the connections of objects that somebody names, without waiting for the operator to do it.
import type { Prober } from '../engine/ports.ts'
import { identityText } from '../model/identity.ts'
import type { Probe } from '../model/probe.ts'
import type { ObjectProbed } from './commands.ts'
import { connectionsOf } from './connections.ts'
import { type Ordered, ordersNamed, type OrdersParts, sharesOf } from './named-orders.ts'
import { stepTold } from './connection-told.ts'

export interface ObjectProbesParts extends OrdersParts {
  readonly prober: Prober
}

export interface ObjectsToProbe {
  readonly name: string
  /** Whether pushing matters where an object does not say. */
  readonly push: boolean
  /** Undefined: all of them. */
  readonly namespaces: readonly string[] | undefined
}

/** Each identity is tried once: the shares of an order have the same one, as a rule. */
export async function probeObjects(
  parts: ObjectProbesParts,
  { name, push, namespaces }: ObjectsToProbe,
  signal: AbortSignal,
): Promise<readonly ObjectProbed[]> {
  const isWanted = (namespace: string): boolean =>
    namespace === '' || namespaces === undefined || namespaces.includes(namespace)
  const orders = await ordersNamed(parts, { name }, signal)
  const told: ObjectProbed[] = []
  for (const order of orders.filter(({ asked }) => isWanted(asked.ref.namespace))) {
    const [first] = await sharesOf(order, parts, isWanted, signal)
    if (first === undefined) continue
    for (const probe of connectionsOf(first.translation, push ? ['pull', 'push'] : ['pull'])) {
      told.push(await tell(first, probe, parts.prober, signal))
    }
  }
  return told
}

async function tell(
  { asked }: Ordered,
  probe: Probe,
  prober: Prober,
  signal: AbortSignal,
): Promise<ObjectProbed> {
  const { kind, namespace, name } = asked.ref
  const { steps, caller } = await prober.probe(probe, signal)
  return {
    kind,
    namespace,
    name,
    identity: identityText(probe.identity),
    ...(caller === undefined ? {} : { arn: caller.arn }),
    steps: steps.map(stepTold),
  }
}
