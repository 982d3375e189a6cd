// This file is about telling why Secrets of a cluster are as they are.
import { systemClock } from './base/clock.ts'
import { type Caller, lookInto, secretsOf, withOwnRights } from './look-around.ts'
import { kubeSources } from './operator/adapters/sources.ts'
import { CommandFailure, type Explanation, type NameAsked } from './operator/commands.ts'
import { explain } from './operator/explanation.ts'
import { lookAtLink } from './operator/link-look.ts'

/** Thousands of Secrets may have to be read, 20 at a time. */
const PATIENCE_MS = 300_000

export function runExplain(caller: Caller, asked: NameAsked): Promise<Explanation> {
  return lookInto(withOwnRights(caller), PATIENCE_MS, async ({ cluster, watches, orders, signal }) => {
    const secrets = secretsOf(cluster.client)
    const found = await explain(
      {
        ...orders,
        store: secrets,
        templateSources: kubeSources({
          client: cluster.client,
          secrets,
          configMaps: { glance: () => 'unknown' },
        }),
        lookAtLink: (link) => lookAtLink(watches.linkedAccounts, link),
        clock: systemClock,
      },
      asked,
      signal,
    )
    if (found.objects.length > 0) return found
    const where = asked.namespace === undefined ? '' : ` in namespace ${asked.namespace}`
    throw new CommandFailure(
      `nothing that is served here is called ${asked.name}${where}, and nothing keeps a Secret of that name`,
    )
  })
}
