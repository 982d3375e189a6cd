// This file is about the demo's manifests as tests vary them: elsewhere, under other names, at another pace.
import { parse, parseAllDocuments, stringify } from 'yaml'
import { type RecipeFile, recipe } from '../../demo/recipes.ts'

interface Manifest {
  readonly kind: string
  readonly metadata: object
  readonly spec: object
}

const stringifyAll = (manifests: readonly object[]): string =>
  manifests.map((manifest) => stringify(manifest)).join('---\n')

export interface HarnessRecipe {
  readonly namespace: string
  readonly region?: string
  readonly refreshInterval?: string
  /** The repository Secret that Argo CD made, and that the ExternalSecret merges into. */
  readonly name?: string
}

/** Generator and ExternalSecret of the Argo CD recipe, in the version its readers copy (v1beta1). */
export function harnessRecipe({
  namespace,
  region = 'us-west-1',
  refreshInterval = '12h',
  name = 'repo-2529854065',
}: HarnessRecipe): string {
  const [generator, asked] = parseAllDocuments(recipe('harness-argocd-oci-helm-ecr.yaml')).map(
    (document) => document.toJS() as Manifest & { readonly spec: { readonly target?: object } },
  )
  if (generator === undefined || asked === undefined) throw new Error('the recipe has two manifests')
  const target = { ...asked.spec.target, name }
  return stringifyAll([
    { ...generator, metadata: { name: 'ecr-gen', namespace }, spec: { ...generator.spec, region } },
    { ...asked, metadata: { name, namespace }, spec: { ...asked.spec, refreshInterval, target } },
  ])
}

/** A repository Secret as `argocd repo add` makes it: host without scheme, an old password. */
export function argoRepository(namespace: string, region = 'us-west-1', name = 'repo-2529854065'): string {
  const secret = only('argocd-repository.yaml') as Manifest & { readonly stringData: object }
  return stringify({
    ...secret,
    metadata: { ...secret.metadata, name, namespace },
    stringData: { ...secret.stringData, url: hostIn(region) },
  })
}

/** The Secret of the OpenShift recipe, with the account filled in. */
export function mobbRecipe(namespace: string, region = 'us-east-2', frequency = '10h'): string {
  const asked = only('mobb-ecr-secret-operator.yaml')
  const spec = { ...asked.spec, ecr_registry: hostIn(region), frequency, region }
  return stringify({ ...asked, metadata: { ...asked.metadata, namespace }, spec })
}

const only = (file: RecipeFile): Manifest => parse(recipe(file)) as Manifest
const hostIn = (region: string): string => `123456789012.dkr.ecr.${region}.amazonaws.com`
