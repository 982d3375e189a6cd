// This file is about the first half of a probe: from the credentials it begins with, over every role, to who AWS says that is.
import { type Caller, callerIdentity } from '../../aws/sts.ts'
import { arnParts } from '../../model/iam-policy.ts'
import type { RoleStep } from '../../model/identity.ts'
import type { CredentialReader } from './credentials.ts'
import { SESSION_NAME } from './material.ts'
import { type Outcome, trouble } from './probe-log.ts'
import { asking, type Base, credentialsAt, type Probing } from './probing.ts'

/** How far a chain got. */
export interface Reached {
  /** Undefined where a step failed that everything after it needs. */
  readonly base: Base | undefined
  readonly caller: Caller | undefined
}

export async function reach(probing: Probing, reader: CredentialReader): Promise<Reached> {
  const { log, probe } = probing
  const begun = await log.try({ name: 'credentials' }, () => begin(probing, reader))
  const identified = await identify(probing, begun?.value)
  let { base, caller } = identified
  for (const [at, role] of probe.identity.roles.entries()) {
    const tried = { name: `role ${at + 1}`, on: role.roleArn }
    const from: Base | undefined = base
    if (from === undefined) {
      log.skip(tried)
      continue
    }
    const taken = await log.try(tried, () => take(probing, from, at + 1))
    base = taken?.value
    if (taken !== undefined) caller = sessionOf(role)
  }
  return { base, caller }
}

async function begin(probing: Probing, reader: CredentialReader): Promise<Outcome<Base>> {
  const { probe, signal } = probing
  const material = await reader.read(probe.identity, signal)
  if (material.is === 'fault') return trouble({ ...material, at: probe.at })
  const base: Base = { material, arn: undefined }
  return asking(probing, { depth: 0, base: undefined }, async () => {
    await credentialsAt(probing, base, 0, probing.place)
    return base
  })
}

/**
 * A chain without roles needs no STS to get its login: there, a network that does not reach it is told, and no hindrance.
 */
async function identify(probing: Probing, base: Base | undefined): Promise<Reached> {
  const { probe, place, log, chains, signal } = probing
  if (base === undefined) {
    log.skip({ name: 'identity' })
    return { base: undefined, caller: undefined }
  }
  let isHindered = false
  const known = await log.try({ name: 'identity' }, async (): Promise<Outcome<Caller>> => {
    const answer = await asking(probing, { depth: 0, base }, async () => {
      const credentials = await credentialsAt(probing, base, 0, place)
      return callerIdentity(chains.aws, { ...place, credentials, signal })
    })
    if (answer.is === 'done') return answer
    isHindered = probe.identity.roles.length > 0 || answer.fault.code !== 'aws-unavailable'
    return isHindered ? answer : { ...answer, optional: true }
  })
  if (known === undefined) return { base: isHindered ? undefined : base, caller: undefined }
  return { base: { ...base, arn: known.value.arn }, caller: known.value }
}

function take(probing: Probing, base: Base, depth: number): Promise<Outcome<Base>> {
  return asking(probing, { depth, base }, async () => {
    await credentialsAt(probing, base, depth, probing.place)
    return base
  })
}

/** What AWS calls a session of that role. */
function sessionOf({ roleArn, sessionName = SESSION_NAME }: RoleStep): Caller {
  const { partition, account } = arnParts(roleArn)
  const name = roleArn.slice(roleArn.lastIndexOf('/') + 1)
  return { account, arn: `arn:${partition}:sts::${account}:assumed-role/${name}/${sessionName}` }
}
