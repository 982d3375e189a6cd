// This file is about why Secrets are as they are: every order, decided upon as the operator would, told and not acted upon.
import type { Translation } from '../dialects/dialect.ts'
import { Claims } from '../engine/claims.ts'
import { targetOf } from '../engine/pass.ts'
import type { SecretRef } from '../model/ref.ts'
import type { Explanation, NameAsked, ObjectExplained, SecretExplained } from './commands.ts'
import { explainTask, type SecretExplanationParts, tasksOf } from './explained-secret.ts'
import { conditionsOf } from './explanation-words.ts'
import { allOrders, deliveriesOf, isNamed, type Ordered, type OrdersParts, sharesOf } from './named-orders.ts'

export interface ExplanationParts extends OrdersParts, SecretExplanationParts {}

/** So many Secrets are read at a time. */
const READS_AT_A_TIME = 20

/** The objects of that name, and those that keep a Secret of that name. */
export async function explain(
  parts: ExplanationParts,
  asked: NameAsked,
  signal: AbortSignal,
): Promise<Explanation> {
  const orders = await allOrders(parts, signal)
  const shares: Ordered[] = []
  for (const order of orders) {
    const isWanted = (namespace: string): boolean =>
      asked.namespace === undefined || namespace === asked.namespace
    shares.push(...(await sharesOf(order, parts, isWanted, signal)))
  }
  // Who yields to whom is known only when everybody's claims are.
  const claims = new Claims()
  for (const { asked: by, translation } of shares) claims.note(by.ref, deliveriesOf(translation))
  const meant = shares.filter((order) => isMeant(order, asked))
  const all = groupedByObject(meant, orders, asked)
  const objects: ObjectExplained[] = []
  for (const [order, its] of all) objects.push(await explainObject(order, its, asked, parts, claims, signal))
  return { objects }
}

const isMeant = ({ asked, translation }: Ordered, named: NameAsked): boolean =>
  asked.ref.name === named.name
    ? named.namespace === undefined || asked.ref.namespace === named.namespace || asked.ref.namespace === ''
    : secretsOf(translation).some((secret) => isSecretNamed(secret, named))

const isSecretNamed = ({ namespace, name }: SecretRef, named: NameAsked): boolean =>
  name === named.name && (named.namespace === undefined || namespace === named.namespace)

function secretsOf(translation: Translation): readonly SecretRef[] {
  if (translation.is === 'unready') return translation.targets
  return deliveriesOf(translation).map(targetOf)
}

/** An order that is spread and named itself is told even where no namespace is chosen. */
function groupedByObject(
  meant: readonly Ordered[],
  orders: readonly Ordered[],
  named: NameAsked,
): readonly (readonly [Ordered, readonly Ordered[]])[] {
  return orders.flatMap((order) => {
    const its = meant.filter(({ asked }) => asked.uid === order.asked.uid)
    return its.length > 0 || isNamed(order.asked, named) ? [[order, its] as const] : []
  })
}

async function explainObject(
  { asked, served, translation }: Ordered,
  its: readonly Ordered[],
  named: NameAsked,
  parts: ExplanationParts,
  claims: Claims,
  signal: AbortSignal,
): Promise<ObjectExplained> {
  const { group, kind, namespace, name } = asked.ref
  const isByName = isNamed(asked, named)
  const wanted = its.flatMap((order) => tasksOf(order, (secret) => isByName || isSecretNamed(secret, named)))
  const secrets: SecretExplained[] = []
  for (let at = 0; at < wanted.length; at += READS_AT_A_TIME) {
    const some = wanted.slice(at, at + READS_AT_A_TIME)
    secrets.push(...(await Promise.all(some.map((task) => explainTask(task, parts, claims, signal)))))
  }
  return {
    kind: `${kind}.${group}`,
    namespace,
    name,
    dialect: served.dialect.name,
    ...(translation.is === 'order' ? {} : { problem: translation.fault.message }),
    conditions: conditionsOf(asked.status),
    secrets,
  }
}
