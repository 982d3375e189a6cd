// This file is about testing a connection: every step that a pull or a push would take, with credentials asked for anew.
import { defaultRegion, PUBLIC_REGION } from '../../aws/endpoints.ts'
import { withRequestIds } from '../../aws/request-ids.ts'
import type { Prober } from '../../engine/ports.ts'
import { lifeOf, type RegistryScope } from '../../model/login.ts'
import type { Probe, ProbedRegistry, Verdict } from '../../model/probe.ts'
import { hostOf } from '../../model/registry.ts'
import type { Registries } from '../../oci/registry.ts'
import { credentialReader, type CredentialReader } from './credentials.ts'
import { type AwsLoginsParts, observed } from './logins.ts'
import { reach } from './probe-chain.ts'
import { ProbeLog } from './probe-log.ts'
import { knock, logIn, type Opened, tryOut } from './probe-registries.ts'
import type { Probing } from './probing.ts'
import { secretReader } from './secret-reader.ts'
import { Sessions } from './sessions.ts'
import { issuerRemembered } from './token-issuer.ts'

export interface AwsProberParts extends AwsLoginsParts {
  readonly registries: Registries
}

/**
 * A probe has sessions of its own, so that each role is taken now, and mints one login for each region it asks about: that
 * minting works is what it is to show, so the login that others share would prove nothing.
 */
export function awsProber(parts: AwsProberParts): Prober {
  const { secrets, policy, clock, aws } = parts
  const { environment } = aws.settings
  const reader = credentialReader({ secrets: secretReader(secrets), policy, environment, clock })
  return {
    async probe(probe, signal) {
      // Any region knows everybody, so not naming one is no reason to fail.
      const region = probe.region || ((await defaultRegion(environment)) ?? PUBLIC_REGION)
      return run(parts, reader, { ...probe, region }, signal)
    },
  }
}

async function run(
  parts: AwsProberParts,
  reader: CredentialReader,
  probe: Probe,
  signal: AbortSignal,
): Promise<Verdict> {
  const { clock, registries } = parts
  const scopes = scopesOf(probe)
  const probing = begin(parts, probe, scopes, signal)
  const at = clock.now()
  const { base, caller } = await reach(probing, reader)
  const logins = new Map<string, Opened>()
  for (const [key, scope] of scopes) {
    const opened = await logIn(probing, base, scope, clock)
    if (opened !== undefined) logins.set(key, opened)
  }
  const open = new Map<ProbedRegistry, Opened>()
  const tested = registriesOf(probe, caller)
  for (const registry of tested) {
    const opened = logins.get(keyOf(registry))
    const isOpen = await knock(probing, registries, registry, opened)
    if (isOpen && opened !== undefined) open.set(registry, opened)
  }
  for (const registry of tested) await tryOut(probing, base, registry, open.get(registry))
  const [first] = logins.values()
  return {
    at,
    steps: probing.log.steps,
    ...(caller === undefined ? {} : { caller }),
    ...(first === undefined ? {} : { login: lifeOf(first.login) }),
  }
}

/** Whoever wants to know all of it, and names no registry, means their own. */
function registriesOf(
  { registries, region, thorough }: Probe,
  caller: Verdict['caller'],
): readonly ProbedRegistry[] {
  if (registries.length > 0 || thorough !== true || caller === undefined) return registries
  const { account } = caller
  const host = hostOf({ account, region })
  return typeof host === 'string' ? [{ host, service: 'private', region, account }] : []
}

function begin(
  parts: AwsProberParts,
  probe: Probe,
  scopes: ReadonlyMap<string, RegistryScope>,
  signal: AbortSignal,
): Probing {
  const { clock, policy } = parts
  const { aws, takeLast } = withRequestIds(observed(parts, probe.identity))
  const issuer = issuerRemembered(parts.tokens)
  const [{ fips, dualStack } = {}] = scopes.values()
  return {
    probe,
    place: { region: probe.region, fips: fips === true, dualStack: dualStack === true },
    policy,
    chains: { aws, sessions: new Sessions(clock), tokens: issuer.tokens },
    log: new ProbeLog({ clock, signal, takeRequestId: takeLast }),
    signal,
    issuer: issuer.last,
  }
}

const keyOf = ({ service, region, fips, dualStack }: RegistryScope): string =>
  [service, region, String(fips === true), String(dualStack === true)].join(' ')

/** One login for all registries that share it; where there are none, one of the region itself. */
function scopesOf({ registries, region }: Probe): ReadonlyMap<string, RegistryScope> {
  const scopes = registries.map(
    ({ service, region: at, fips, dualStack }): RegistryScope => ({
      service,
      region: at,
      ...(fips === undefined ? {} : { fips }),
      ...(dualStack === undefined ? {} : { dualStack }),
    }),
  )
  const wanted: readonly RegistryScope[] = scopes.length > 0 ? scopes : [{ service: 'private', region }]
  return new Map(wanted.map((scope) => [keyOf(scope), scope]))
}
