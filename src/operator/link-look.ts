// This file is about how links fare, for whoever only looks: nothing is linked by it.
import type { Link, Linked } from '../model/link.ts'
import { concerns, isLinked } from './account-links.ts'
import type { AccountWatch } from './account-watch.ts'

export async function lookAtLink(accounts: AccountWatch, link: Link): Promise<Linked> {
  const { secret } = link
  await accounts.open()
  const fault = accounts.trouble()
  if (fault !== undefined) return { secret, accounts: [], missing: [], fault }
  const there = accounts.inNamespace(secret.namespace)
  const chosen = there.filter((account) => concerns(link, account))
  const linked = chosen.filter((account) => isLinked(account, link)).map(({ name }) => name)
  const named = link.accounts.is === 'named' ? link.accounts.names : chosen.map(({ name }) => name)
  return { secret, accounts: linked, missing: named.filter((name) => !linked.includes(name)) }
}
