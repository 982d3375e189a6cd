// This file is about looking at the definitions installed, as the operator and whoever applies manifests would.
import type { Dialect } from '../dialects/dialect.ts'
import type { Definition, Kind } from '../model/kind.ts'
import type { KindChecked } from './commands.ts'

/** `servedVersions`: those in which the cluster serves a kind; empty where it does not know it. */
export function checkKinds(
  dialects: readonly Dialect[],
  servedVersions: (kind: Kind) => Promise<readonly string[]>,
): Promise<readonly KindChecked[]> {
  const told = new Set<string>()
  const checks: Promise<KindChecked>[] = []
  for (const dialect of dialects) {
    for (const kind of dialect.kinds) {
      const { definition, group, plural } = kind
      // Several dialects may read a kind: it is told as one of the first of them.
      if (definition === undefined || told.has(`${plural}.${group}`)) continue
      told.add(`${plural}.${group}`)
      checks.push(checkKind(dialect, kind, definition, servedVersions))
    }
  }
  return Promise.all(checks)
}

async function checkKind(
  dialect: Dialect,
  kind: Kind,
  definition: Definition,
  servedVersions: (kind: Kind) => Promise<readonly string[]>,
): Promise<KindChecked> {
  const served = await servedVersions(kind)
  const version = kind.versions.find((name) => served.includes(name))
  const ours = definition.versions.map(({ name }) => name)
  const notServed = served.length === 0 ? [] : ours.filter((name) => !served.includes(name))
  const note = noteOn(kind, served, version, notServed)
  return {
    kind: `${kind.kind}.${kind.group}`,
    dialect: dialect.name,
    served,
    ...(version === undefined ? {} : { version }),
    notServed,
    ...(note === undefined ? {} : { note }),
  }
}

function noteOn(
  { group }: Kind,
  served: readonly string[],
  version: string | undefined,
  notServed: readonly string[],
): string | undefined {
  if (served.length === 0) return undefined
  if (version === undefined) return 'none of the versions installed can be read'
  if (notServed.length === 0) return undefined
  const lacking = notServed.map((name) => `${group}/${name}`).join(', ')
  return `the definition installed does not serve ${notServed.join(', ')}: manifests of ${lacking} cannot be applied (write ${group}/${version})`
}
