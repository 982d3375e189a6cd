// This file is about turning one Secret or ArgoHelmRepoSecret of ecr.mobb.redhat.com into one delivery.
import type { Cadence } from '../../model/cadence.ts'
import { ADOPT_ANNOTATION, type Delivery } from '../../model/delivery.ts'
import { type Fault, fault } from '../../model/fault.ts'
import type { Identity } from '../../model/identity.ts'
import { secretAsRef, secretKey } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'
import type { Translation, World } from '../dialect.ts'
import { CREDENTIALS_SECRET } from './credentials.ts'
import { ARGO_HELM_REPO_SECRET } from './schema.ts'
import { readArgoHelmRepoSecret, readPullSecret, type SpecRead } from './spec.ts'

/** On the resource: each new value asks for a new login at once. */
const FORCE = 'everpull.dev/force-sync'

export function translate(asked: Resource, world: World): Translation {
  const read = readSpec(asked)
  if (read.is === 'fault') return { is: 'invalid', fault: read }
  const identity = identityFor(asked, world)
  if ('is' in identity) {
    const target = { namespace: asked.ref.namespace, name: read.secretName }
    return { is: 'unready', fault: identity, targets: [target], cadence: cadenceOf(asked, read) }
  }
  return { is: 'order', deliveries: [deliveryOf(asked, read, identity)], warnings: read.warnings }
}

function readSpec(asked: Resource): SpecRead | Fault {
  return asked.ref.kind === ARGO_HELM_REPO_SECRET.kind
    ? readArgoHelmRepoSecret(asked.spec)
    : readPullSecret(asked.spec)
}

function identityFor(asked: Resource, world: World): Identity | Fault {
  const secret = { namespace: world.operatorNamespace, name: CREDENTIALS_SECRET }
  const onBehalfOf = asked.ref.namespace
  const looked = world.get(secretAsRef(secret))
  switch (looked.is) {
    case 'present':
      return { source: { is: 'credentials-secret', secret }, roles: [], onBehalfOf }
    case 'absent':
      return { source: { is: 'ambient' }, roles: [], onBehalfOf }
    case 'unread':
      return fault('reference-missing', `Secret ${secretKey(secret)} has not been read yet`)
    case 'denied':
      return looked.fault
  }
}

function deliveryOf(asked: Resource, read: SpecRead, identity: Identity): Delivery {
  return {
    orderedBy: { ref: asked.ref, apiVersion: asked.apiVersion, uid: asked.uid, createdAt: asked.createdAt },
    logins: [{ identity, scope: read.scope }],
    shape: read.shape,
    target: {
      namespace: asked.ref.namespace,
      name: read.secretName,
      fieldManager: 'everpull',
      whenMissing: 'create',
      writes: 'whole',
      owner: 'controller',
      // On the resource too: an existing Secret that is not ours may be overwritten.
      consent: asked.annotations[ADOPT_ANNOTATION] === 'true' ? 'given' : 'needed',
      type: read.secretType,
      labels: read.labels,
      annotations: {},
    },
    cadence: cadenceOf(asked, read),
    consentBy: `annotate the ${asked.ref.kind} of ${asked.ref.group} with ${ADOPT_ANNOTATION}="true"`,
  }
}

function cadenceOf({ annotations }: Resource, { interval }: SpecRead): Cadence {
  const force = annotations[FORCE]
  return {
    is: 'renewed',
    ...(interval === undefined ? {} : { interval }),
    ...(force === undefined ? {} : { force }),
  }
}
