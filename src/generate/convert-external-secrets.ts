// This file is about turning ExternalSecrets that use generators of ECR into logins of our own API.
import { accountFor, type Bench, findManifest, openText, regionFor } from './convert-bench.ts'
import {
  type Converted,
  intervalOf,
  type LoginSpec,
  type NamespacesFields,
  type RegistryFields,
  registryOf,
  Remarks,
} from './convert-draft.ts'
import { askerFor, type Generator, type Served } from './convert-eso-identity.ts'
import { hostsNamed, outputFor } from './convert-eso-output.ts'
import {
  at,
  type Fields,
  fieldsAt,
  groupOf,
  isFields,
  listAt,
  type Manifest,
  manifestText,
  textAt,
} from './convert-manifests.ts'

export const ESO_GROUP = 'external-secrets.io'
const GENERATORS = 'generators.external-secrets.io'

export function convertExternalSecret(manifest: Manifest, bench: Bench): Converted {
  const remarks = new Remarks()
  const served: Served = { namespaces: { names: [manifest.namespace] }, namespace: manifest.namespace }
  const spec = loginFrom(manifest, fieldsAt(manifest.object, 'spec'), manifest.name, served, bench, remarks)
  if (typeof spec === 'string') return { is: 'refused', because: spec }
  const { namespace, name } = manifest
  const from = manifestText(manifest)
  return {
    is: 'converted',
    drafts: [
      { kind: 'RegistryLogin', namespace, name, spec, from, notes: remarks.notes, open: remarks.open },
    ],
  }
}

export function convertClusterExternalSecret(manifest: Manifest, bench: Bench): Converted {
  const remarks = new Remarks()
  const whole = fieldsAt(manifest.object, 'spec')
  const namespaces = namespacesFrom(whole, remarks)
  if (typeof namespaces === 'string') return { is: 'refused', because: namespaces }
  const name = textAt(whole, 'externalSecretName') ?? manifest.name
  const inner = fieldsAt(whole, 'externalSecretSpec')
  const spec = loginFrom(manifest, inner, name, { namespaces }, bench, remarks)
  if (typeof spec === 'string') return { is: 'refused', because: spec }
  if (at(whole, 'refreshTime') !== undefined) {
    remarks.note('spec.refreshTime: new namespaces are served at once, nobody looks for them at intervals')
  }
  const from = manifestText(manifest, false)
  const draft = {
    kind: 'ClusterRegistryLogin',
    name: manifest.name,
    from,
    notes: remarks.notes,
    open: remarks.open,
  } as const
  return { is: 'converted', drafts: [{ ...draft, spec: { namespaces, ...spec } }] }
}

/** Several selectors are joined by "or" there; ours has one, joined with names. */
function namespacesFrom(spec: Fields, remarks: Remarks): NamespacesFields | string {
  const one = at(spec, 'namespaceSelector')
  const selectors = [...(isFields(one) ? [one] : []), ...listAt(spec, 'namespaceSelectors').filter(isFields)]
  const names = listAt(spec, 'namespaces').filter((name) => typeof name === 'string')
  const named = selectors.flatMap((selector) => nameSelected(selector))
  const others = selectors.filter((selector) => nameSelected(selector).length === 0)
  if (others.length > 1) return 'it has several selectors of namespaces, and ours has one: write one for each'
  if (named.length > 0) {
    remarks.note('a selector by kubernetes.io/metadata.name is the name itself here')
  }
  const all = [...names, ...named]
  const [selector] = others
  return {
    ...(all.length === 0 ? {} : { names: all }),
    ...(selector === undefined ? {} : { selector }),
    ...(all.length === 0 && selector === undefined ? { names: [] } : {}),
  }
}

/** A selector that is nothing but a name in other words. */
function nameSelected(selector: Fields): readonly string[] {
  const labels = Object.entries(fieldsAt(selector, 'matchLabels'))
  const [only] = labels
  const isName = only?.[0] === 'kubernetes.io/metadata.name' && typeof only[1] === 'string'
  return isName && labels.length === 1 && listAt(selector, 'matchExpressions').length === 0
    ? [String(only[1])]
    : []
}

/** A text instead says why it cannot be turned. */
function loginFrom(
  manifest: Manifest,
  spec: Fields,
  name: string,
  served: Served,
  bench: Bench,
  remarks: Remarks,
): LoginSpec | string {
  const generator = generatorOf(spec, served.namespace, bench)
  if (typeof generator === 'string') return generator
  const refusal = refusedParts(spec)
  if (refusal !== undefined) return refusal
  tellUnserved(spec, remarks)
  const secretName = textAt(spec, 'target', 'name') ?? name
  const registries = registriesFor(spec, secretName, generator, served, bench, remarks)
  const asker = askerFor(generator, served, bench, remarks)
  if (typeof asker === 'string') return asker
  const output = outputFor({ manifest, spec, secretName, registries, remarks })
  return {
    registries: [...registries],
    ...asker,
    outputs: [output],
    ...intervalOf(textAt(spec, 'refreshInterval'), 'spec.refreshInterval', remarks),
  }
}

function generatorOf(spec: Fields, namespace: string | undefined, bench: Bench): Generator | string {
  const entries = listAt(spec, 'dataFrom')
  if (listAt(spec, 'data').length > 0) {
    return 'spec.data takes values out of a SecretStore, and Everpull reads none: what is no login stays with External Secrets'
  }
  if (entries.length !== 1) {
    return entries.length === 0
      ? 'it uses no generator'
      : 'it joins several generators: write one RegistryLogin whose spec.registries names all registries'
  }
  const [entry] = entries
  const ref = fieldsAt(entry, 'sourceRef', 'generatorRef')
  const [kind, name] = [textAt(ref, 'kind'), textAt(ref, 'name')]
  if (kind === undefined || name === undefined) return 'spec.dataFrom[0] uses no generator'
  if (listAt(entry, 'rewrite').length > 0) {
    return 'spec.dataFrom[0].rewrite renames keys: write the names you want into outputs[].fields or outputs[].template'
  }
  return kind === 'ClusterGenerator'
    ? clusterGenerator(name, bench)
    : ecrGenerator(kind, name, namespace, bench)
}

function ecrGenerator(
  kind: string,
  name: string,
  namespace: string | undefined,
  bench: Bench,
): Generator | string {
  if (kind !== 'ECRAuthorizationToken') return `its generator is ${kind} ${name}, which makes no login of ECR`
  const found = findManifest(bench, kind, name, namespace)
  if (found === undefined) {
    return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name} is not among the manifests: give the file it stands in too`
  }
  return { spec: fieldsAt(found.object, 'spec'), text: manifestText(found) }
}

function clusterGenerator(name: string, bench: Bench): Generator | string {
  const found = findManifest(bench, 'ClusterGenerator', name)
  if (found === undefined)
    return `ClusterGenerator ${name} is not among the manifests: give the file it stands in too`
  const spec = at(found.object, 'spec', 'generator', 'ecrAuthorizationTokenSpec')
  return isFields(spec)
    ? { spec, text: manifestText(found, false) }
    : `its generator is ClusterGenerator ${name}, which makes no login of ECR`
}

function refusedParts(spec: Fields): string | undefined {
  const target = fieldsAt(spec, 'target')
  if (at(target, 'manifest') !== undefined)
    return 'spec.target.manifest writes something that is no Secret, which Everpull does under this API only'
  if (textAt(target, 'creationPolicy') === 'None') return 'spec.target.creationPolicy None writes no Secret'
  if (listAt(target, 'template', 'templateFrom').length > 0) {
    return 'spec.target.template.templateFrom reads templates from elsewhere: write them into outputs[].template.data'
  }
  return textAt(target, 'template', 'engineVersion') === 'v1'
    ? 'spec.target.template.engineVersion v1 has functions of its own: rewrite its templates for v2 first'
    : undefined
}

/** Nothing of it changes what is in the Secret, yet it is not there any more. */
function tellUnserved(spec: Fields, remarks: Remarks): void {
  const target = fieldsAt(spec, 'target')
  const policy = textAt(spec, 'refreshPolicy')
  if (policy === 'CreatedOnce' || policy === 'OnChange') {
    remarks.note(`spec.refreshPolicy: ${policy} let logins die; here they are renewed`)
  }
  const creation = textAt(target, 'creationPolicy')
  if (creation !== undefined && creation !== 'Owner') {
    remarks.note(
      `spec.target.creationPolicy: ${creation} has no counterpart; an adopted Secret keeps its other keys, and stays`,
    )
  }
  if (at(target, 'deletionPolicy') !== undefined) {
    remarks.note('spec.target.deletionPolicy has no counterpart: no login is ever missing at its source')
  }
  if (textAt(target, 'immutable') === 'true') {
    remarks.leave('spec.target.immutable: an immutable Secret cannot be renewed; delete it, or name another')
  }
  if (at(spec, 'syncWindows') !== undefined) remarks.note('spec.syncWindows has no counterpart')
  if (at(spec, 'secretStoreRef') !== undefined)
    remarks.note('spec.secretStoreRef: no store is read for a login')
  if (listAt(target, 'template', 'metadata', 'finalizers').length > 0) {
    remarks.note('spec.target.template.metadata.finalizers has no counterpart')
  }
}

function registriesFor(
  spec: Fields,
  secretName: string,
  { spec: generator, text }: Generator,
  { namespace }: Served,
  bench: Bench,
  remarks: Remarks,
): readonly RegistryFields[] {
  if (textAt(generator, 'scope') === 'public') return [{ public: true }]
  const named = hostsNamed(spec)
  const inSecret = namespace === undefined ? undefined : openText(bench, namespace, secretName, 'url')
  const tellers = [...named, inSecret, textAt(generator, 'role')]
  const region = regionFor(bench, textAt(generator, 'region'), text, remarks)
  const hosts = named.length > 0 ? named : inSecret === undefined ? [] : [inSecret]
  if (hosts.length > 0) return hosts.map((host) => registryOf(host, region))
  return [{ account: accountFor(bench, tellers, remarks), region }]
}

/** A generator or a store says nothing by itself. */
export function convertGenerator(manifest: Manifest, bench: Bench): Converted {
  const isUsed = bench.manifests.some(
    (one) => groupOf(one) === ESO_GROUP && JSON.stringify(one.object['spec'] ?? {}).includes(manifest.name),
  )
  const isEcr =
    manifest.kind === 'ECRAuthorizationToken' ||
    at(manifest.object, 'spec', 'generator', 'ecrAuthorizationTokenSpec') !== undefined
  if (!isEcr) return { is: 'refused', because: 'it makes no login of ECR' }
  const note = isUsed
    ? 'who asks AWS is said by each object that used it'
    : 'no ExternalSecret among the manifests uses it: nothing comes of it alone'
  return { is: 'converted', drafts: [], notes: [note] }
}

export const isGenerator = (manifest: Manifest): boolean => groupOf(manifest) === GENERATORS
