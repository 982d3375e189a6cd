// This file is about turning tools that filled many namespaces, told by variables of their pods, into a ClusterRegistryLogin.
import { INTEGRATION_ANNOTATION, OPT_IN } from '../dialects/argocd/labels.ts'
import { SECRET_TYPE_LABEL } from '../model/argocd-secret.ts'
import { accountFor, type Bench, openText, regionFor } from './convert-bench.ts'
import {
  type ClusterRegistryLoginSpec,
  type Converted,
  type NamespacesFields,
  objectNameOf,
  type OutputFields,
  type RegistryFields,
  registryOf,
  Remarks,
} from './convert-draft.ts'
import { type Manifest, manifestText, textAt } from './convert-manifests.ts'
import { authOf, flagOf, hasImage, type Pod, tellOthers, told } from './convert-pod.ts'

const CREDENTIALS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']

/** nabsul/k8s-ecr-login-renew. */
export const isLoginRenew = (pod: Pod): boolean =>
  hasImage(pod, 'ecr-login-renew') || (pod.schedule !== undefined && pod.variables.has('DOCKER_SECRET_NAME'))

/** upmc-enterprises/registry-creds, also as the minikube addon. */
export const isRegistryCreds = (pod: Pod): boolean =>
  hasImage(pod, 'registry-creds') || (pod.variables.has('awsaccount') && pod.variables.has('awsregion'))

const splitList = (text: string): readonly string[] =>
  text
    .split(/[,;\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '')

export function convertLoginRenew(pod: Pod, bench: Bench): Converted {
  const remarks = new Remarks()
  const read = (name: string) => told(pod, name, bench, remarks)
  const secretName = read('DOCKER_SECRET_NAME')
  if (secretName === undefined || secretName === '') {
    return { is: 'refused', because: 'DOCKER_SECRET_NAME does not say which Secret it keeps' }
  }
  const hosts = splitList(read('DOCKER_REGISTRIES') ?? '')
  const region = regionFor(bench, read('AWS_REGION') ?? regionIn(hosts), manifestText(pod.manifest), remarks)
  const registries =
    hosts.length > 0
      ? hosts.map((host) => registryOf(host, region))
      : [{ account: accountFor(bench, [annotatedRole(pod, bench)], remarks), region }]
  const exclude = splitList(read('EXCLUDE_NAMESPACE') ?? '')
  const namespaces: NamespacesFields = {
    names: splitList(read('TARGET_NAMESPACE') || 'default').map((name) => name.toLowerCase()),
    ...(exclude.length === 0 ? {} : { exclude: [...exclude] }),
  }
  tellOthers(pod, [...CREDENTIALS, ...LOGIN_RENEW], remarks)
  if (pod.schedule !== undefined) {
    remarks.note(
      `spec.schedule "${pod.schedule}" has no counterpart: logins are renewed at two thirds of their life, new namespaces served at once`,
    )
  }
  const output = { secretName, dockerConfig: {} }
  return spread({ pod, bench, remarks, namespaces, registries, region, output })
}

const LOGIN_RENEW = [
  'AWS_REGION',
  'DOCKER_SECRET_NAME',
  'DOCKER_REGISTRIES',
  'TARGET_NAMESPACE',
  'EXCLUDE_NAMESPACE',
]

const regionIn = (hosts: readonly string[]): string | undefined =>
  hosts.flatMap((host) => /\.dkr[.-]ecr(?:-fips)?\.([^.]+)\./.exec(host)?.[1] ?? [])[0]

const annotatedRole = ({ manifest, serviceAccount }: Pod, { manifests }: Bench): string | undefined =>
  manifests.find(
    ({ kind, name, namespace }) =>
      kind === 'ServiceAccount' && name === serviceAccount && namespace === manifest.namespace,
  )?.annotations['eks.amazonaws.com/role-arn']

const REGISTRY_CREDS = ['awsaccount', 'awsregion', 'aws_assume_role', 'aws-assume-role']
const OTHER_CLOUDS = /^(dpr|gcr|acr|DOCKER_PRIVATE_REGISTRY|ACR_|gcrurl|GOOGLE_)/i
const RETRIES = /^TOKEN_RETR/

export function convertRegistryCreds(pod: Pod, bench: Bench): Converted {
  const remarks = new Remarks()
  const read = (name: string) => told(pod, name, bench, remarks) || undefined
  const accounts = splitList(read('awsaccount') ?? '')
  const region = regionFor(
    bench,
    read('awsregion') ?? flagOf(pod, 'aws-region'),
    manifestText(pod.manifest),
    remarks,
  )
  const role = assumedRole(read('aws_assume_role') ?? flagOf(pod, 'aws_assume_role'))
  const known = accounts.length > 0 ? accounts : [accountFor(bench, [role], remarks)]
  const registries = known.map((account) => ({ account, region }))
  const skipsSystem = flagOf(pod, 'skip-kube-system') !== 'false'
  const namespaces: NamespacesFields = { names: ['*'], ...(skipsSystem ? { exclude: ['kube-system'] } : {}) }
  const clouds = [...pod.variables.keys()].filter((name) => OTHER_CLOUDS.test(name))
  if (clouds.length > 0)
    remarks.note(`${clouds.join(', ')} are about registries of other clouds, which Everpull leaves alone`)
  const ours = [...pod.variables.keys()].filter((name) => OTHER_CLOUDS.test(name) || RETRIES.test(name))
  tellOthers(pod, [...CREDENTIALS, ...REGISTRY_CREDS, ...ours], remarks)
  remarks.note('its hosts had a scheme, as https://…; every client finds them without one too')
  const output: OutputFields = {
    secretName: flagOf(pod, 'aws-secret-name') ?? 'awsecr-cred',
    dockerConfig: {},
    link: { serviceAccounts: { names: ['default'] }, as: ['imagePullSecrets'] },
  }
  return spread({ pod, bench, remarks, namespaces, registries, region, output, role })
}

/** The addon fills in "changeme" where there is none. */
const assumedRole = (text: string | undefined): string | undefined =>
  text?.startsWith('arn:') === true ? text : undefined

interface Spreading {
  readonly pod: Pod
  readonly bench: Bench
  readonly remarks: Remarks
  readonly namespaces: NamespacesFields
  readonly registries: readonly RegistryFields[]
  readonly region: string
  readonly output: OutputFields
  readonly role?: string | undefined
}

function spread({ pod, bench, remarks, namespaces, registries, region, output, role }: Spreading): Converted {
  const { auth, notes } = authOf(pod, role, bench, remarks)
  const name = bench.integrations.use({ auth, region, registries, namespaces, notes })
  remarks.note(
    'adopt: the Secrets are there already, and stay when this object goes; other keys in them stay too',
  )
  const spec: ClusterRegistryLoginSpec = {
    namespaces,
    registries: [...registries],
    identity: { integration: { name } },
    outputs: [{ ...output, adopt: true }],
  }
  const from = manifestText(pod.manifest)
  const draft = { kind: 'ClusterRegistryLogin', name: objectNameOf(pod.manifest.name), from } as const
  return { is: 'converted', drafts: [{ ...draft, spec, notes: remarks.notes, open: remarks.open }] }
}

/** Both refreshers of labelled Secrets, and whatever image runs with their variables. */
export const isArgocdUpdater = (pod: Pod): boolean =>
  hasImage(pod, 'argocd-ecr-updater') ||
  [...pod.variables.keys()].some((name) => name.startsWith('ARGOCD_ECR_')) ||
  pod.variables.has('ARGOCD_REPO_SECRET_NAME')

/** Its Secrets are served as they are: what is needed is an operator that looks after them, and an integration. */
export function convertArgocdUpdater(pod: Pod, bench: Bench): Converted {
  const remarks = new Remarks()
  const read = (name: string) => told(pod, name, bench, remarks) || undefined
  const namespace = flagOf(pod, 'namespace') ?? read('ARGOCD_ECR_UPDATER_NAMESPACE') ?? 'argocd'
  const secret = read('ARGOCD_REPO_SECRET_NAME')
  const registry = read('ARGOCD_ECR_REGISTRY') ?? urlOf(secret, namespace, bench)
  const region = regionFor(
    bench,
    regionIn(registry === undefined ? urlsIn(namespace, bench) : [registry]) ?? read('AWS_REGION'),
    manifestText(pod.manifest),
    remarks,
  )
  const { auth, notes } = authOf(pod, read('ARGOCD_ECR_ROLE_ARN'), bench, remarks)
  const registries = registry === undefined ? [] : [registryOf(registry, region)]
  const name = bench.integrations.use({ auth, region, registries, namespaces: { names: [namespace] }, notes })
  const interval = flagOf(pod, 'interval') ?? read('ARGOCD_ECR_UPDATER_INTERVAL')
  const schedule = read('ARGOCD_ECR_UPDATER_SYNC_CRON')
  tellOthers(pod, [...CREDENTIALS, ...UPDATER, 'AWS_REGION'], remarks)
  return {
    is: 'converted',
    drafts: [],
    notes: [
      `run instead: everpull operator --dialect argocd,everpull --argocd-namespace ${namespace}`,
      ...(name === 'default'
        ? []
        : [
            `name the integration on each Secret: kubectl annotate --namespace ${namespace} secret NAME ${INTEGRATION_ANNOTATION}=${name}`,
          ]),
      ...(secret === undefined
        ? ['Secrets labelled argocd-ecr-updater=enabled are served as they are']
        : [`kubectl label --namespace ${namespace} secret ${secret} ${OWN_OPT_IN}=enabled`]),
      ...(interval === undefined && schedule === undefined
        ? []
        : [
            `${interval ?? schedule} has no counterpart: logins are renewed at two thirds of their life, new Secrets served at once`,
          ]),
      ...remarks.notes,
      ...remarks.open,
    ],
  }
}

const OWN_OPT_IN: keyof typeof OPT_IN = 'everpull.dev/argocd'

const UPDATER = [
  'ARGOCD_ECR_UPDATER_NAMESPACE',
  'ARGOCD_ECR_UPDATER_INTERVAL',
  'ARGOCD_ECR_UPDATER_KUBECONFIG',
  'ARGOCD_ECR_UPDATER_SYNC_CRON',
  'ARGOCD_REPO_SECRET_NAME',
  'ARGOCD_ECR_REGISTRY',
  'ARGOCD_ECR_ROLE_ARN',
]

const urlOf = (secret: string | undefined, namespace: string, bench: Bench): string | undefined =>
  secret === undefined ? undefined : openText(bench, namespace, secret, 'url')

const urlsIn = (namespace: string, bench: Bench): readonly string[] =>
  bench.manifests
    .filter((one) => isUpdated(one) && one.namespace === namespace)
    .flatMap(({ name }) => openText(bench, namespace, name, 'url') ?? [])

/** A Secret that both the updater and the dialect argocd look after. */
export const isUpdated = ({ kind, apiVersion, labels }: Manifest): boolean =>
  kind === 'Secret' && apiVersion === 'v1' && labels['argocd-ecr-updater'] === OPT_IN['argocd-ecr-updater']

export const labelled = (manifest: Manifest): Converted => ({
  is: 'converted',
  drafts: [],
  notes: [
    `it is served as it is by an operator with --argocd-namespace ${manifest.namespace}${textAt(manifest.object, 'metadata', 'labels', SECRET_TYPE_LABEL) === undefined ? `; it lacks the label ${SECRET_TYPE_LABEL}` : ''}`,
  ],
})
