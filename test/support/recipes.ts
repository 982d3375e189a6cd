// This file is about the manifests of the documents that Everpull answers to, with their placeholders filled in.

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
  return `
apiVersion: generators.external-secrets.io/v1alpha1
kind: ECRAuthorizationToken
metadata:
  name: ecr-gen
  namespace: ${namespace}
spec:
  region: ${region}
  auth:
    secretRef:
      accessKeyIDSecretRef:
        name: "awssm-secret"
        key: "access-key"
      secretAccessKeySecretRef:
        name: "awssm-secret"
        key: "secret-access-key"
---
apiVersion: external-secrets.io/v1beta1
kind: ExternalSecret
metadata:
  name: "${name}"
  namespace: ${namespace}
spec:
  refreshInterval: "${refreshInterval}"
  target:
    name: ${name}
    creationPolicy: Merge
    template:
      data:
        password: "{{ .password  }}"
  dataFrom:
  - sourceRef:
      generatorRef:
        apiVersion: generators.external-secrets.io/v1alpha1
        kind: ECRAuthorizationToken
        name: "ecr-gen"
`
}

/** A repository Secret as `argocd repo add` makes it: host without scheme, an old password. */
export function argoRepository(namespace: string, region = 'us-west-1', name = 'repo-2529854065'): string {
  return `
apiVersion: v1
kind: Secret
metadata:
  name: ${name}
  namespace: ${namespace}
  labels: {argocd.argoproj.io/secret-type: repository}
  annotations: {managed-by: argocd.argoproj.io}
stringData:
  url: 123456789012.dkr.ecr.${region}.amazonaws.com
  name: charts
  type: helm
  enableOCI: "true"
  username: AWS
  password: an-old-password
`
}

/** The Secret of the OpenShift recipe, with the account filled in. */
export function mobbRecipe(namespace: string, region = 'us-east-2', frequency = '10h'): string {
  return `
apiVersion: ecr.mobb.redhat.com/v1alpha1
kind: Secret
metadata:
  name: ecr-secret
  namespace: ${namespace}
spec:
  generated_secret_name: ecr-docker-secret
  ecr_registry: 123456789012.dkr.ecr.${region}.amazonaws.com
  frequency: ${frequency}
  region: ${region}
`
}
