// This file is about turning manifests of other tools into those of our own API: YAML in, YAML out, nothing dropped silently.
import { stringify } from 'yaml'
import type { Bench, Hints } from './convert-bench.ts'
import {
  convertArgocdUpdater,
  convertLoginRenew,
  convertRegistryCreds,
  isArgocdUpdater,
  isLoginRenew,
  isRegistryCreds,
  isUpdated,
  labelled,
} from './convert-cluster-tools.ts'
import { type Converted, type Draft, type IntegrationDraft, Integrations } from './convert-draft.ts'
import {
  convertClusterExternalSecret,
  convertExternalSecret,
  convertGenerator,
  ESO_GROUP,
  isGenerator,
} from './convert-external-secrets.ts'
import { groupOf, type Manifest, manifestText, readManifests, type Source } from './convert-manifests.ts'
import { convertMobb, MOBB_GROUP } from './convert-mobb.ts'
import { podOf } from './convert-pod.ts'

export interface Conversion {
  /** Integrations first, as the logins need them. */
  readonly objects: readonly ConvertedObject[]
  /** What was not turned into anything, and what there is to know of it. */
  readonly asides: readonly Aside[]
  /** What somebody has to do by hand before all of it works; none: it can be applied as it is. */
  readonly unfinished: readonly string[]
}

export interface ConvertedObject {
  readonly manifest: {
    readonly apiVersion: string
    readonly kind: string
    readonly metadata: { readonly name: string; readonly namespace?: string }
    readonly spec: object
  }
  /** Comments. */
  readonly said: readonly string[]
}

export interface Aside {
  /** "Deployment kube-system/registry-creds (file.yaml)" */
  readonly what: string
  readonly said: readonly string[]
}

/** Pure. What the manifests do not say, the hints may. */
export function convert(sources: readonly Source[], hints: Hints = {}): Conversion {
  const { manifests, problems } = readManifests(sources, hints.namespace)
  const integrations = new Integrations()
  const bench: Bench = { manifests, hints, integrations }
  const drafts: Draft[] = []
  const asides: Aside[] = []
  const unfinished = [...problems]
  for (const manifest of manifests) {
    const what = `${manifestText(manifest)} (${manifest.file})`
    const converted = convertOne(manifest, bench)
    if (converted === undefined)
      asides.push({ what, said: ['passed over: it is nothing that keeps ECR logins'] })
    else if (converted.is === 'refused') {
      asides.push({ what, said: [`not converted: ${converted.because}`] })
      unfinished.push(`${what} is not converted: ${converted.because}`)
    } else {
      drafts.push(...converted.drafts)
      if (converted.notes !== undefined) asides.push({ what, said: converted.notes })
    }
  }
  unfinished.push(...drafts.flatMap(({ from, open }) => open.map((text) => `${from}: ${text}`)))
  const objects = [...integrations.list().map(integrationObject), ...drafts.map(loginObject)]
  return { objects, asides, unfinished }
}

function convertOne(manifest: Manifest, bench: Bench): Converted | undefined {
  const group = groupOf(manifest)
  if (group === ESO_GROUP && manifest.kind === 'ExternalSecret') return convertExternalSecret(manifest, bench)
  if (group === ESO_GROUP && manifest.kind === 'ClusterExternalSecret') {
    return convertClusterExternalSecret(manifest, bench)
  }
  if (isGenerator(manifest)) return convertGenerator(manifest, bench)
  if (group === MOBB_GROUP) return convertMobb(manifest, bench)
  if (isUpdated(manifest)) return labelled(manifest)
  const pod = podOf(manifest, bench)
  if (pod === undefined) return undefined
  if (isArgocdUpdater(pod)) return convertArgocdUpdater(pod, bench)
  if (isLoginRenew(pod)) return convertLoginRenew(pod, bench)
  return isRegistryCreds(pod) ? convertRegistryCreds(pod, bench) : undefined
}

const API_VERSION = 'everpull.dev/v1alpha1'

function loginObject(draft: Draft): ConvertedObject {
  const { kind, name, spec, from, notes, open } = draft
  const metadata = draft.kind === 'RegistryLogin' ? { name, namespace: draft.namespace } : { name }
  const said = [`From ${from}.`, ...open.map((text) => `TO DO: ${text}`), ...notes]
  return { manifest: { apiVersion: API_VERSION, kind, metadata, spec }, said }
}

function integrationObject({ kind, name, spec, notes }: IntegrationDraft): ConvertedObject {
  const said = ['Who asks AWS, and for which namespaces.', ...notes]
  return { manifest: { apiVersion: API_VERSION, kind, metadata: { name }, spec }, said }
}

/** kubectl reads YAML 1.1, in which account ids could be numbers. */
const YAML = { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' } as const

/** A stream of YAML documents, fit for `kubectl apply -f -`; what was not converted stands at its end as comments. */
export function conversionYaml({ objects, asides }: Conversion): string {
  const documents = objects.map(({ manifest, said }) => `---\n${comments(said)}${stringify(manifest, YAML)}`)
  const rest = asides.map(({ what, said }) => comments([`${what}:`, ...said]))
  return [...documents, ...(rest.length === 0 ? [] : [`---\n${rest.join('#\n')}`])].join('')
}

const comments = (lines: readonly string[]): string =>
  lines.map((line) => `# ${line.replaceAll('\n', '\n# ')}\n`).join('')
