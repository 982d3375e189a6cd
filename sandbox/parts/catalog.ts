// This file is about which real parts there are, and what each is built from.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../cache-folder.ts'
import type { SourceChange } from './source-change.ts'

export const PART_NAMES = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kubectl',
  'registry',
  'crane',
  'helm',
  'kubeseal',
  'sealed-secrets-controller',
  'prometheus',
  'promtool',
] as const
/** What only one target wants each: large to build, so nobody waits for it who did not ask. */
export const LARGE_PART_NAMES = ['argocd', 'external-secrets'] as const
/** A program we start or call; the name is also its file name. */
export type PartName = (typeof PART_NAMES)[number] | (typeof LARGE_PART_NAMES)[number]

/** How one program is built: the folder with its go.mod, the main package, the variable that holds its version. */
interface Recipe {
  readonly module: string
  readonly folder: string
  readonly main: string
  readonly versionVariable?: string
  /** Build tags. */
  readonly tags?: readonly string[]
  /** Arguments that print the version. */
  readonly versionArgs: readonly string[]
  /** Without it the program does not do: no other build of it is taken. */
  readonly change?: SourceChange
}

const kubernetes = (command: string, versionArgs: readonly string[]): Recipe => ({
  module: 'k8s.io/kubernetes',
  folder: 'kubernetes',
  main: `k8s.io/kubernetes/cmd/${command}`,
  versionVariable: 'k8s.io/component-base/version.gitVersion',
  versionArgs,
})

/** Of all ways to find what to scrape, those by file and by HTTP do: the others are half of the module. */
const prometheus = (command: string): Recipe => ({
  module: 'github.com/prometheus/prometheus',
  folder: 'prometheus',
  main: `github.com/prometheus/prometheus/cmd/${command}`,
  versionVariable: 'github.com/prometheus/common/version.Version',
  tags: ['remove_all_sd'],
  versionArgs: ['--version'],
})

const SEALED_SECRETS = 'github.com/bitnami-labs/sealed-secrets'
const ARGOCD = 'github.com/argoproj/argo-cd/v3'
const EXTERNAL_SECRETS = 'github.com/external-secrets/external-secrets'

const RECIPES: Readonly<Record<PartName, Recipe>> = {
  etcd: {
    module: 'go.etcd.io/etcd/server/v3',
    folder: 'etcd',
    main: 'go.etcd.io/etcd/server/v3',
    versionArgs: ['--version'],
  },
  'kube-apiserver': kubernetes('kube-apiserver', ['--version']),
  'kube-controller-manager': kubernetes('kube-controller-manager', ['--version']),
  kubectl: kubernetes('kubectl', ['version', '--client']),
  crane: {
    module: 'github.com/google/go-containerregistry',
    folder: 'crane',
    main: 'github.com/google/go-containerregistry/cmd/crane',
    versionVariable: 'github.com/google/go-containerregistry/cmd/crane/cmd.Version',
    versionArgs: ['version'],
  },
  registry: {
    module: 'github.com/distribution/distribution/v3',
    folder: 'distribution',
    main: 'github.com/distribution/distribution/v3/cmd/registry',
    versionVariable: 'github.com/distribution/distribution/v3/version.version',
    versionArgs: ['--version'],
  },
  helm: {
    module: 'helm.sh/helm/v3',
    folder: 'helm',
    main: 'helm.sh/helm/v3/cmd/helm',
    versionVariable: 'helm.sh/helm/v3/internal/version.version',
    versionArgs: ['version', '--short'],
  },
  kubeseal: {
    module: SEALED_SECRETS,
    folder: 'sealed-secrets',
    main: `${SEALED_SECRETS}/cmd/kubeseal`,
    versionVariable: 'main.VERSION',
    versionArgs: ['--version'],
  },
  'sealed-secrets-controller': {
    module: SEALED_SECRETS,
    folder: 'sealed-secrets',
    main: `${SEALED_SECRETS}/cmd/controller`,
    versionVariable: 'main.VERSION',
    versionArgs: ['--version'],
    // It looks for its API server where a pod finds it, and no flag says otherwise.
    change: {
      module: SEALED_SECRETS,
      file: 'pkg/controller/main.go',
      from: 'rest.InClusterConfig()',
      to: `&rest.Config{
		Host:            os.Getenv("KUBERNETES_URL"),
		BearerTokenFile: os.Getenv("KUBERNETES_TOKEN_FILE"),
		TLSClientConfig: rest.TLSClientConfig{CAFile: os.Getenv("KUBERNETES_CA_FILE")},
	}, error(nil)`,
    },
  },
  prometheus: prometheus('prometheus'),
  promtool: prometheus('promtool'),
  argocd: {
    module: ARGOCD,
    folder: 'argocd',
    main: `${ARGOCD}/cmd`,
    versionArgs: ['version', '--client', '--short'],
    // The application controller serves its metrics on every interface, and no flag says otherwise.
    change: {
      module: ARGOCD,
      file: 'controller/appcontroller.go',
      from: 'fmt.Sprintf("0.0.0.0:%d", metricsPort)',
      to: 'fmt.Sprintf("127.0.0.1:%d", metricsPort)',
    },
  },
  'external-secrets': {
    module: EXTERNAL_SECRETS,
    folder: 'external-secrets',
    main: EXTERNAL_SECRETS,
    // It has no way to say it, so one on PATH is never taken.
    versionArgs: ['--help'],
  },
}

export interface Part extends Recipe {
  readonly name: PartName
  /** As its go.mod pins it, with the leading v. */
  readonly version: string
  /** Where its go.mod lies. */
  readonly source: string
}

/** A part with its version, read from the go.mod that pins it, so that the version is written down once. */
export function partNamed(name: PartName, root: string = packageRoot()): Part {
  const recipe = RECIPES[name]
  const source = join(root, 'tools', 'parts', recipe.folder)
  const goMod = readFileSync(join(source, 'go.mod'), 'utf8')
  const version = pinnedVersion(goMod, recipe.module)
  if (version === undefined) throw new Error(`${join(source, 'go.mod')} does not require ${recipe.module}`)
  return { ...recipe, name, version, source }
}

/** The version a go.mod requires of a module; undefined when it requires none. */
export function pinnedVersion(goMod: string, module: string): string | undefined {
  for (const line of goMod.split('\n')) {
    const [first, second, third] = line.trim().split(/\s+/)
    if (first === module && second?.startsWith('v')) return second
    if (first === 'require' && second === module) return third
  }
  return undefined
}

/** Major and minor agree: what we ask of a program found on PATH. */
export function versionFits(wanted: string, found: string): boolean {
  const [want, have] = [wanted, found].map((text) => /v?(\d+)\.(\d+)\.\d+/.exec(text))
  return want != null && have != null && want[1] === have[1] && want[2] === have[2]
}
