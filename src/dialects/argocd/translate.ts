// This file is about what a labelled Secret of Argo CD orders: a fresh login under two of its own keys.
import { USERNAME_AND_PASSWORD } from '../../model/argocd-secret.ts'
import type { Cadence } from '../../model/cadence.ts'
import { type Delivery, managerOf, ordererOf, type Target } from '../../model/delivery.ts'
import { fault } from '../../model/fault.ts'
import { scopeOf } from '../../model/login.ts'
import { refText } from '../../model/ref.ts'
import type { Host } from '../../model/registry.ts'
import type { Resource } from '../../model/resource.ts'
import type { Translation, World } from '../dialect.ts'
import { DEFAULT_INTEGRATION, integrationRef, lend, type Lent } from '../everpull/lending.ts'
import { REFRESH } from '../everpull/translate.ts'
import { INTEGRATION_ANNOTATION } from './labels.ts'
import { readRegistryUrl, type RepositoryData } from './registry-url.ts'

export function translate(asked: Resource, world: World): Translation {
  const { namespace, name } = asked.ref
  const read = readRegistryUrl(dataOf(asked))
  if (read.is === 'wrong') {
    const words = `${refText(asked.ref)} cannot be kept fresh: ${read.because}`
    return { is: 'invalid', fault: fault('spec-invalid', words, 'data.url') }
  }
  const cadence = cadenceOf(asked)
  const integration = asked.annotations[INTEGRATION_ANNOTATION] ?? DEFAULT_INTEGRATION
  const lent = lend(world, integration, namespace)
  if (lent.is === 'fault') {
    const through = integrationRef(integration)
    return { is: 'unready', fault: lent, targets: [{ namespace, name }], cadence, through }
  }
  const { warnings, host } = read
  return { is: 'order', deliveries: [deliveryOf(asked, host, lent, cadence)], warnings }
}

function deliveryOf(asked: Resource, host: Host, lent: Lent, cadence: Cadence): Delivery {
  const { source, roles, through } = lent
  const identity = { source, roles, through, onBehalfOf: asked.ref.namespace }
  return {
    orderedBy: ordererOf(asked),
    logins: [{ identity, scope: scopeOf(host) }],
    // Whatever else is in the Secret is its owner's; the label is the consent.
    shape: { is: 'key-values', entries: USERNAME_AND_PASSWORD },
    target: targetOf(asked),
    cadence,
  }
}

const targetOf = ({ ref }: Resource): Target => ({
  namespace: ref.namespace,
  name: ref.name,
  fieldManager: managerOf(ref),
  whenMissing: 'wait',
  writes: 'keys',
  owner: 'none',
  consent: 'given',
  labels: {},
  annotations: {},
})

function cadenceOf({ annotations }: Resource): Cadence {
  const force = annotations[REFRESH]
  return { is: 'renewed', ...(force === undefined ? {} : { force }) }
}

const dataOf = ({ spec }: Resource): RepositoryData =>
  (spec as { readonly data?: RepositoryData } | undefined)?.data ?? {}
