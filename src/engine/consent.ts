// This file is about existing Secrets: whose consent lets an order write them, and how to give it.
import { ADOPT_ANNOTATION, type Delivery, type Orderer } from '../model/delivery.ts'
import { type Fault, fault } from '../model/fault.ts'
import { isOrderer } from '../model/owner.ts'
import { looksLikeOurs } from './likeness.ts'
import type { CurrentSecret } from './ports.ts'

export const mayAdopt = (delivery: Delivery, secret: CurrentSecret): boolean =>
  delivery.target.consent === 'given' ||
  secret.owners.some((owner) => isOrderer(delivery.orderedBy.ref, owner)) ||
  isAnnotated(delivery.orderedBy, secret) ||
  looksLikeOurs(delivery, secret)

/** The Secret's annotation says so: to anybody, or to those it names. */
function isAnnotated({ ref }: Orderer, { annotations, ref: { namespace } }: CurrentSecret): boolean {
  const who = annotations[ADOPT_ANNOTATION]?.split(',').map((one) => one.trim()) ?? []
  const isNear = ref.namespace === '' || ref.namespace === namespace
  return (
    who.includes('true') ||
    who.includes(`${ref.kind}/${ref.namespace}/${ref.name}`) ||
    (isNear && who.includes(`${ref.kind}/${ref.name}`))
  )
}

export function foreignFault({ orderedBy: { ref }, consentBy }: Delivery, secret: CurrentSecret): Fault {
  const { kind, name } = ref
  const ways = [
    'delete it',
    'choose another name',
    `annotate it with ${ADOPT_ANNOTATION}=${kind}/${name}`,
    ...(consentBy === undefined ? [] : [consentBy]),
  ]
  const advice = `${ways.slice(0, -1).join(', ')}, or ${ways.at(-1)}`
  return fault(
    'target-foreign',
    `Secret ${secret.ref.name} exists and was not made by ${kind} ${name}: ${advice}`,
  )
}
