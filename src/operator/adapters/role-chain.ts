// This file is about getting from what an identity starts with to the credentials it ends with, one session after another.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Aws } from '../../aws/connection.ts'
import type { Place } from '../../aws/endpoints.ts'
import { ambientCredentials, ambientRegion } from '../../aws/ambient.ts'
import type { AwsCredentials } from '../../aws/credentials.ts'
import { assumeRole, assumeRoleWithWebIdentity } from '../../aws/sts.ts'
import { canonicalJson } from '../../base/canonical-json.ts'
import { SecretText } from '../../base/secret-text.ts'
import { type Fault, fault } from '../../model/fault.ts'
import type { RoleStep } from '../../model/identity.ts'
import { flawOf } from './access-key.ts'
import { digestOf, type Keys, type Material, SESSION_LIFE, SESSION_NAME, type TokenFile } from './material.ts'
import type { Sessions } from './sessions.ts'

export interface ServiceAccountTokens {
  /** A token of that account, and of no other that has its name by now, for those audiences. Throws `KubeError`. */
  request(
    account: { readonly namespace: string; readonly name: string; readonly uid: string },
    audiences: readonly string[],
    signal: AbortSignal,
  ): Promise<SecretText>
}

/** What stands in the way is known already and needs no reading of foreign errors. */
export class Refusal extends Error {
  readonly fault: Fault
  constructor(fault: Fault) {
    super(fault.message)
    this.name = 'Refusal'
    this.fault = fault
  }
}

export interface Chain {
  readonly material: Material
  readonly roles: readonly RoleStep[]
  /** Where STS is asked: as the login is asked for. */
  readonly place: Place
}

export interface RoleChainParts {
  readonly aws: Aws
  readonly sessions: Sessions
  readonly tokens: ServiceAccountTokens
}

/** The credentials at the end of the chain. Sessions on the way are shared by every chain that begins alike. */
export async function walk(
  parts: RoleChainParts,
  chain: Chain,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  const last = chain.roles.at(-1)
  if (last === undefined) return base(parts, chain, signal)
  return parts.sessions.take(keyOf(parts, chain), signal, async () =>
    assumeRole(parts.aws, {
      ...chain.place,
      credentials: await walk(parts, before(chain), signal),
      roleArn: last.roleArn,
      sessionName: last.sessionName ?? SESSION_NAME,
      duration: last.duration ?? SESSION_LIFE,
      externalId: last.externalId,
      policy: last.policy,
      tags: last.tags,
      signal,
    }),
  )
}

/** Forgets the sessions of a chain that AWS refused. */
export async function forget(parts: RoleChainParts, chain: Chain): Promise<void> {
  if (chain.roles.length === 0) return parts.sessions.forget(keyOf(parts, await atBase(parts, chain)))
  parts.sessions.forget(keyOf(parts, chain))
  return forget(parts, before(chain))
}

const before = (chain: Chain): Chain => ({ ...chain, roles: chain.roles.slice(0, -1) })

function keyOf({ aws }: RoleChainParts, { material, roles, place }: Chain): string {
  const { region, fips = false, dualStack = false } = place
  const chain = digestOf(material, roles, aws.settings.endpoints)
  return createHash('sha256')
    .update(canonicalJson([chain, region, fips, dualStack]))
    .digest('hex')
}

/** The operator's own identity is the same one whichever place is asked, where it has a region of its own. */
async function atBase(parts: RoleChainParts, chain: Chain): Promise<Chain> {
  return chain.material.is === 'ambient'
    ? { ...chain, place: { region: await ambientRegion(parts.aws, chain.place.region) } }
    : chain
}

async function base(parts: RoleChainParts, chain: Chain, signal: AbortSignal): Promise<AwsCredentials> {
  const { material } = chain
  if (material.is === 'keys') return ofKeys(material)
  const { place } = await atBase(parts, chain)
  return parts.sessions.take(keyOf(parts, { ...chain, place }), signal, async () => {
    if (material.is === 'ambient') return flawless(await ambientCredentials(parts.aws, place.region, signal))
    const { roleArn, sessionName } = material
    const token =
      material.is === 'token-file'
        ? await readToken(material)
        : await parts.tokens.request(material, material.audiences, signal)
    const { duration = SESSION_LIFE, policy } = material.is === 'service-account' ? material : {}
    const asked = { roleArn, sessionName, token, duration, policy }
    return assumeRoleWithWebIdentity(parts.aws, { ...place, ...asked, signal })
  })
}

/** Variables and files carry the same mistakes as Secrets do, from which they are often filled. */
function flawless(found: AwsCredentials): AwsCredentials {
  const flaw =
    flawOf('secretAccessKey', found.secretAccessKey) ??
    flawOf('accessKeyId', new SecretText(found.accessKeyId))
  if (flaw === undefined) return found
  throw new Refusal(fault('credential-malformed', `the operator's own AWS access key ${flaw}`))
}

const ofKeys = (keys: Keys): AwsCredentials => ({
  accessKeyId: keys.accessKeyId.reveal(),
  secretAccessKey: keys.secretAccessKey,
  ...(keys.sessionToken === undefined ? {} : { sessionToken: keys.sessionToken }),
})

/** Three base64url parts: whoever writes the Secret must not get other files of the operator sent to STS. */
const JWT = /^[-\w]+\.[-\w]+\.[-\w]+$/

async function readToken(file: TokenFile): Promise<SecretText> {
  const named = `the web_identity_token_file that ${file.namedBy} names`
  const text = await readFile(file.path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const advice =
      error.code === 'ERR_ACCESS_DENIED'
        ? `mount it below /var/run/secrets, or start the operator with --allow-read=${file.path}`
        : 'mount a projected service account token there'
    throw new Refusal(fault('credential-unreadable', `the operator cannot read ${named}: ${advice}`))
  })
  const token = text.trim()
  if (!JWT.test(token))
    throw new Refusal(fault('credential-malformed', `${named} holds no service account token`))
  return new SecretText(token)
}
