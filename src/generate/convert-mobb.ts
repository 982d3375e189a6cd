// This file is about turning the kinds of the ECR Secret Operator into logins of our own API.
import { parseHost } from '../model/registry.ts'
import { type Bench, openText, regionFor } from './convert-bench.ts'
import {
  bareHost,
  type Converted,
  intervalOf,
  type OutputFields,
  type RegistryFields,
  registryOf,
  Remarks,
} from './convert-draft.ts'
import { type Fields, fieldsAt, type Manifest, manifestText, textAt } from './convert-manifests.ts'

export const MOBB_GROUP = 'ecr.mobb.redhat.com'
const OPERATOR_SECRET = 'aws-ecr-cloud-credentials'

export function convertMobb(manifest: Manifest, bench: Bench): Converted {
  const remarks = new Remarks()
  const spec = fieldsAt(manifest.object, 'spec')
  const isChart = manifest.kind === 'ArgoHelmRepoSecret'
  const [secretName, place] = [
    textAt(spec, 'generated_secret_name'),
    textAt(spec, isChart ? 'url' : 'ecr_registry'),
  ]
  if (secretName === undefined || place === undefined) {
    return {
      is: 'refused',
      because: `spec.generated_secret_name and spec.${isChart ? 'url' : 'ecr_registry'} are needed`,
    }
  }
  const region = regionFor(bench, textAt(spec, 'region'), manifestText(manifest), remarks)
  const registry = registryFrom(place, region, remarks)
  const output = isChart ? chartOutput(secretName, place, remarks) : { secretName, dockerConfig: {} }
  const { namespace, name } = manifest
  const integration = bench.integrations.use({
    ...asOperator(bench),
    region,
    registries: [registry],
    namespaces: { names: [namespace] },
  })
  remarks.note('adopt: the Secret is there already; it stays when this object goes')
  const login = {
    registries: [registry],
    identity: { integration: { name: integration } },
    outputs: [{ ...output, adopt: true }],
    ...intervalOf(textAt(spec, 'frequency'), 'spec.frequency', remarks),
  }
  const from = manifestText(manifest)
  // Both kinds may have objects of one name.
  const free = isChart && isTaken(manifest, bench) ? `${name}-charts` : name
  return {
    is: 'converted',
    drafts: [
      {
        kind: 'RegistryLogin',
        namespace,
        name: free,
        spec: login,
        from,
        notes: remarks.notes,
        open: remarks.open,
      },
    ],
  }
}

const isTaken = ({ namespace, name }: Manifest, { manifests }: Bench): boolean =>
  manifests.some(
    (one) =>
      one.apiVersion.startsWith(`${MOBB_GROUP}/`) &&
      one.kind === 'Secret' &&
      one.namespace === namespace &&
      one.name === name,
  )

/** The region decided there which login stood under the host, whatever the host was. */
function registryFrom(place: string, region: string, remarks: Remarks): RegistryFields {
  const host = bareHost(place)
  if (host !== place && !place.startsWith(host)) remarks.note(`${place} is ${host} here`)
  const read = parseHost(host)
  if (read.is !== 'not-ecr' && read.region !== region) {
    remarks.note(
      `spec.region is ${region}, but the host is one of ${read.region}: its login never opened that registry`,
    )
  }
  if (read.is === 'not-ecr' && host.includes('.dkr.')) {
    remarks.leave(`${host} is no host of Amazon ECR: ${read.because}`)
  }
  return registryOf(host, region)
}

function chartOutput(secretName: string, url: string, remarks: Remarks): OutputFields {
  const bare = url.replace(/^[a-z]+:\/\//i, '').replace(/\/+$/, '')
  if (bare !== url) {
    remarks.note(`url: Argo CD pulls Helm charts from ${bare}; with a scheme, as in ${url}, it cannot`)
  }
  return { secretName, argocd: { kind: 'repository', type: 'helm', url: bare, name: secretName } }
}

/** The operator's own Secret, where it is among the manifests with keys that can be read one by one. */
function asOperator(bench: Bench): {
  readonly auth: Fields & Parameters<Bench['integrations']['use']>[0]['auth']
  readonly notes: readonly string[]
} {
  const secret = bench.manifests.find(
    ({ apiVersion, kind, name }) => apiVersion === 'v1' && kind === 'Secret' && name === OPERATOR_SECRET,
  )
  if (
    secret !== undefined &&
    openText(bench, secret.namespace, secret.name, 'aws_secret_access_key') !== undefined
  ) {
    return {
      auth: { accessKey: { secretName: secret.name, secretNamespace: secret.namespace } },
      notes: [],
    }
  }
  return {
    auth: { ambient: {} },
    notes: [
      `the ECR Secret Operator asked as itself: give the operator of Everpull that identity in AWS too, or name its Secret ${OPERATOR_SECRET} in spec.auth.accessKey`,
    ],
  }
}
