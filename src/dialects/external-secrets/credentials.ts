// This file is about who asks AWS on behalf of a generator, and whether what it names is there.
import { fault, type Fault } from '../../model/fault.ts'
import type { CredentialSource, Identity, SecretKeyRef } from '../../model/identity.ts'
import { type Ref, secretAsRef } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'
import type { World } from '../dialect.ts'
import type { ECRAuthorizationTokenSpec, SecretKeySelector } from './generator-schema.ts'

type Auth = NonNullable<ECRAuthorizationTokenSpec['auth']>
type SecretRefs = NonNullable<Auth['secretRef']>
type Jwt = NonNullable<Auth['jwt']>

/** Where the generator is used: what it refers to is looked up there, whatever namespace it names. */
export interface Place {
  readonly namespace: string
  /** The generator, as messages name it. */
  readonly generator: string
  readonly world: World
}

const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn'
const AUDIENCE_ANNOTATION = 'eks.amazonaws.com/audience'
const AUDIENCE = 'sts.amazonaws.com'
const SESSION_NAME = 'external-secrets-provider-aws'
/** How upstream calls it when credentials cannot be had. */
const NO_SESSION = 'error using generator: unable to create aws session'

const isFault = (value: object): value is Fault => 'is' in value && value.is === 'fault'

const incomplete = (place: Place, path: string, what: string): Fault =>
  fault('reference-invalid', `${path} of ${place.generator} ${what}`)

function lookUp(ref: Ref, place: Place, absent: () => Fault): Resource | Fault {
  const looked = place.world.get(ref)
  switch (looked.is) {
    case 'present':
      return looked.resource
    case 'absent':
      return absent()
    case 'unread':
      return fault('reference-missing', `${ref.kind} ${ref.namespace}/${ref.name} is not read yet`)
    case 'denied':
      return { ...looked.fault, step: NO_SESSION }
  }
}

function secretKey(
  name: keyof SecretRefs,
  selector: SecretKeySelector | undefined,
  words: string,
  place: Place,
): SecretKeyRef | Fault {
  const path = `spec.auth.secretRef.${name}`
  if (selector?.name === undefined) return incomplete(place, path, 'names no Secret: give its name and key')
  if (selector.key === undefined) return incomplete(place, path, 'names no key of its Secret: give one')
  const secret = { namespace: place.namespace, name: selector.name }
  const found = lookUp(secretAsRef(secret), place, () =>
    fault(
      'credential-missing',
      `could not fetch ${words} secret: cannot get Kubernetes secret "${secret.name}" from namespace "${secret.namespace}": secrets "${secret.name}" not found (create it, or correct ${path} of ${place.generator})`,
    ),
  )
  return isFault(found) ? found : { ...secret, key: selector.key }
}

/** The secret access key is looked for first, so it is the one that is told missing. */
function accessKey(refs: SecretRefs, place: Place): CredentialSource | Fault {
  const { accessKeyIDSecretRef, secretAccessKeySecretRef, sessionTokenSecretRef } = refs
  const secret = secretKey('secretAccessKeySecretRef', secretAccessKeySecretRef, 'SecretAccessKey', place)
  const id = secretKey('accessKeyIDSecretRef', accessKeyIDSecretRef, 'accessKeyID', place)
  const token =
    sessionTokenSecretRef === undefined
      ? undefined
      : secretKey('sessionTokenSecretRef', sessionTokenSecretRef, 'SessionToken', place)
  if (isFault(secret)) return secret
  if (isFault(id)) return id
  if (token === undefined) return { is: 'access-key', accessKeyId: id, secretAccessKey: secret }
  return isFault(token)
    ? token
    : { is: 'access-key', accessKeyId: id, secretAccessKey: secret, sessionToken: token }
}

function serviceAccount({ serviceAccountRef }: Jwt, place: Place): CredentialSource | Fault {
  const path = 'spec.auth.jwt.serviceAccountRef'
  if (serviceAccountRef === undefined) {
    return incomplete(
      place,
      path,
      "is missing: name a service account, or leave spec.auth out to use the operator's own identity",
    )
  }
  const { name, audiences = [] } = serviceAccountRef
  const { namespace } = place
  const account = lookUp({ group: '', kind: 'ServiceAccount', namespace, name }, place, () =>
    fault(
      'service-account-unusable',
      `serviceaccounts "${name}" not found in namespace "${namespace}" (create it, or correct ${path} of ${place.generator})`,
    ),
  )
  if (isFault(account)) return account
  const roleArn = account.annotations[ROLE_ANNOTATION] ?? ''
  if (roleArn === '') {
    return fault(
      'service-account-unusable',
      `an IAM role must be associated with service account ${name} (namespace: ${namespace}): annotate it with ${ROLE_ANNOTATION}`,
    )
  }
  const audience = account.annotations[AUDIENCE_ANNOTATION] ?? ''
  return {
    is: 'service-account',
    namespace,
    name,
    uid: account.uid,
    audiences: [audience === '' ? AUDIENCE : audience, ...audiences],
    roleArn,
    sessionName: SESSION_NAME,
  }
}

/** The operator may not look at service accounts: no reason to refuse an object that does not need one. */
const isDenied = ({ code }: Fault): boolean => code === 'service-account-denied' || code === 'kube-forbidden'

/** Static keys win over a service account, which must be right all the same; neither means the operator itself. */
function credentialSource(auth: Auth, place: Place): CredentialSource | Fault {
  const account = auth.jwt === undefined ? undefined : serviceAccount(auth.jwt, place)
  const keys = auth.secretRef === undefined ? undefined : accessKey(auth.secretRef, place)
  if (account === undefined || keys === undefined) return keys ?? account ?? { is: 'ambient' }
  return isFault(account) && !isDenied(account) ? account : keys
}

/** Who the generator asks AWS as; a fault while something it names is unread, absent or incomplete. */
export function identityOf(
  { auth = {}, role = '' }: Pick<ECRAuthorizationTokenSpec, 'auth' | 'role'>,
  place: Place,
): Identity | Fault {
  const source = credentialSource(auth, place)
  if (isFault(source)) return source
  return { source, roles: role === '' ? [] : [{ roleArn: role }], onBehalfOf: place.namespace }
}
