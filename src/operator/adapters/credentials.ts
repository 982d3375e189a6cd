// This file is about what an identity's source stands for: the Secrets it names are read, and what nobody may use is refused.
import { ambientFingerprint } from '../../aws/ambient.ts'
import type { Environment } from '../../aws/connection.ts'
import type { Clock } from '../../base/clock.ts'
import { SecretText } from '../../base/secret-text.ts'
import { type Fault, fault } from '../../model/fault.ts'
import type { CredentialSource, Identity, RoleStep, SecretKeyRef } from '../../model/identity.ts'
import { type SecretRef, secretKey } from '../../model/ref.ts'
import { flawOf, type KeyPart } from './access-key.ts'
import { readConfigFile } from './config-file.ts'
import { type Keys, type Material, SESSION_LIFE } from './material.ts'
import type { SecretReader } from './secret-reader.ts'
import { ambientRefusal, serviceAccountRefusal, type IdentityPolicy } from './identity-policy.ts'

export interface CredentialReader {
  read(identity: Identity, signal: AbortSignal): Promise<Material | Fault>
}

export interface CredentialReaderParts {
  readonly secrets: SecretReader
  readonly policy: IdentityPolicy
  readonly environment: Environment
  readonly clock: Clock
}

export function credentialReader(parts: CredentialReaderParts): CredentialReader {
  const fingerprint = ambientReader(parts.environment, parts.clock)
  const ambient = async (identity: Identity): Promise<Material | Fault> =>
    ownRefusal(parts.policy, identity) ?? { is: 'ambient', fingerprint: await fingerprint() }
  const material = async (identity: Identity, signal: AbortSignal): Promise<Material | Fault> => {
    const { source } = identity
    switch (source.is) {
      case 'ambient':
        return ambient(identity)
      case 'service-account':
        return (await serviceAccountRefusal(parts.policy, source)) ?? source
      case 'access-key':
        return readAccessKey(parts.secrets, source, signal)
      case 'credentials-secret':
        return (
          lentRefusal(parts.policy, source.secret, identity) ??
          (await readCredentialsSecret(parts.secrets, source.secret, signal)) ??
          ambient(identity)
        )
    }
  }
  return {
    async read(identity, signal) {
      const found = await material(identity, signal)
      return found.is === 'fault' ? found : (chainRefusal(found, identity.roles) ?? found)
    },
  }
}

/** Whoever lends it has said who may use it; else the flag says. */
const ownRefusal = (
  policy: IdentityPolicy,
  { onBehalfOf, through }: Identity,
  keptIn?: SecretRef,
): Fault | undefined => (through === undefined ? ambientRefusal(policy, onBehalfOf, keptIn) : undefined)

/** Credentials of the asker's own namespace are its own; those of another are the operator's, which lends them. */
const lentRefusal = (policy: IdentityPolicy, secret: SecretRef, identity: Identity): Fault | undefined =>
  secret.namespace === identity.onBehalfOf ? undefined : ownRefusal(policy, identity, secret)

/**
 * AWS gives an hour at most to a role that is assumed from the session of another, and says so only when it is asked.
 * Of the operator's own identity, and of keys with a session token, it alone knows whether they are such a session.
 */
function chainRefusal(material: Material, roles: readonly RoleStep[]): Fault | undefined {
  const isSession = material.is === 'service-account' || material.is === 'token-file'
  const tooLong = roles.find(
    ({ duration = SESSION_LIFE }, at) => (at > 0 || isSession) && duration > SESSION_LIFE,
  )
  if (tooLong === undefined) return undefined
  const rule = 'AWS gives an hour at most to a role that is assumed by another role'
  return fault('spec-invalid', `the session of role ${tooLong.roleArn} is asked for too long: ${rule}`)
}

/** A thousand objects that are looked at together look at the files once. */
const FINGERPRINT_LIFE_MS = 1000

function ambientReader(environment: Environment, clock: Clock): () => Promise<string> {
  let last: { readonly at: number; readonly fingerprint: Promise<string> } | undefined
  return () => {
    const now = clock.monotonic()
    if (last === undefined || now - last.at >= FINGERPRINT_LIFE_MS) {
      last = { at: now, fingerprint: ambientFingerprint(environment) }
    }
    return last.fingerprint
  }
}

/** How external-secrets calls the three parts in its messages; it reads the secret key first. */
const PARTS = [
  ['secretAccessKey', 'SecretAccessKey'],
  ['accessKeyId', 'accessKeyID'],
  ['sessionToken', 'SessionToken'],
] as const satisfies readonly (readonly [KeyPart, string])[]

async function readAccessKey(
  secrets: SecretReader,
  source: Extract<CredentialSource, { is: 'access-key' }>,
  signal: AbortSignal,
): Promise<Keys | Fault> {
  const found: Partial<Record<KeyPart, SecretText>> = {}
  const once = readingOnce(secrets)
  for (const [part, name] of PARTS) {
    const ref = source[part]
    if (ref === undefined) continue
    const value = 'text' in ref ? new SecretText(ref.text) : await readKey(once, ref, signal)
    if ('is' in value) return fault(value.code, `could not fetch ${name} secret: ${value.message}`)
    const flaw = 'text' in ref ? flawInSpec(part, value) : flawIn(part, value, ref)
    if (flaw !== undefined) return flaw
    found[part] = value
  }
  return keysOf(found.accessKeyId, found.secretAccessKey, found.sessionToken)
}

/** Keys of one Secret come from one version of it, even where every look is a request. */
function readingOnce(secrets: SecretReader): SecretReader {
  const seen = new Map<string, ReturnType<SecretReader['read']>>()
  return {
    read(ref, signal) {
      const reading = seen.get(secretKey(ref)) ?? secrets.read(ref, signal)
      seen.set(secretKey(ref), reading)
      return reading
    },
  }
}

async function readKey(
  secrets: SecretReader,
  ref: SecretKeyRef,
  signal: AbortSignal,
): Promise<SecretText | Fault> {
  const secret = await readSecret(secrets, ref, signal)
  if (secret.is === 'fault') return secret
  const advice = `(Secret ${secretKey(ref)} has no such key: add it, or name another)`
  return (
    secret.get(ref.key) ??
    fault('credential-missing', `cannot find secret data for key: "${ref.key}" ${advice}`)
  )
}

async function readSecret(secrets: SecretReader, ref: SecretRef, signal: AbortSignal) {
  const secret = await secrets.read(ref, signal)
  const cannot = `cannot get Kubernetes secret "${ref.name}" from namespace "${ref.namespace}"`
  if (secret === 'absent') return fault('credential-missing', `${cannot}: secrets "${ref.name}" not found`)
  if (secret.is === 'fault') return fault('credential-unreadable', `${cannot}: ${secret.message}`)
  return secret
}

/** Undefined where it holds none of the keys that are looked for: the default chain is used then, as upstream. */
async function readCredentialsSecret(
  secrets: SecretReader,
  ref: SecretRef,
  signal: AbortSignal,
): Promise<Material | Fault | undefined> {
  const secret = await readSecret(secrets, ref, signal)
  if (secret.is === 'fault') return secret
  const id = secret.get('aws_access_key_id')
  const key = secret.get('aws_secret_access_key')
  if (id !== undefined && key !== undefined) {
    return (
      flawIn('secretAccessKey', key, { ...ref, key: 'aws_secret_access_key' }) ??
      flawIn('accessKeyId', id, { ...ref, key: 'aws_access_key_id' }) ??
      keysOf(id, key, undefined)
    )
  }
  const config = secret.get('credentials')
  if (config === undefined) return id === undefined && key === undefined ? undefined : incomplete(ref, id)
  const read = readConfigFile(config)
  const where = { ...ref, key: 'credentials' }
  switch (read.is) {
    case 'wrong':
      return fault('credential-malformed', `${keyText(where)} ${read.because}`)
    case 'token-file':
      return { ...read, namedBy: `Secret ${secretKey(ref)}` }
    case 'keys':
      return (
        flawIn('secretAccessKey', read.secretAccessKey, where) ??
        flawIn('accessKeyId', read.accessKeyId, where) ??
        read
      )
  }
}

function incomplete(ref: SecretRef, id: SecretText | undefined): Fault {
  const [has, lacks] =
    id === undefined
      ? ['aws_secret_access_key', 'aws_access_key_id']
      : ['aws_access_key_id', 'aws_secret_access_key']
  return fault('credential-missing', `Secret ${secretKey(ref)} has ${has}, but no ${lacks}: add it`)
}

const keyText = (ref: SecretKeyRef): string => `key "${ref.key}" of Secret ${secretKey(ref)}`

function flawIn(part: KeyPart, value: SecretText, ref: SecretKeyRef): Fault | undefined {
  const flaw = flawOf(part, value)
  return flaw === undefined ? undefined : fault('credential-malformed', `${keyText(ref)} ${flaw}`)
}

const flawInSpec = (part: KeyPart, value: SecretText): Fault | undefined => {
  const flaw = flawOf(part, value)
  return flaw === undefined
    ? undefined
    : fault('credential-malformed', `the access key id in the spec ${flaw}`)
}

function keysOf(
  accessKeyId: SecretText | undefined,
  secretAccessKey: SecretText | undefined,
  sessionToken: SecretText | undefined,
): Keys {
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new TypeError('an access key needs both parts')
  return { is: 'keys', accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}
