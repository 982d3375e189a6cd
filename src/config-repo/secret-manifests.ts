// This file is about the Secret of an integration's access key: what it is called, and the objects that bring it about.
import type { WrittenObject } from './tree.ts'

/** Where the operator looks for a secret access key, as `auth.accessKey` of an EcrIntegration names it. */
export interface KeyReference {
  readonly secretName: string
  /** Absent: the operator's own namespace. */
  readonly secretNamespace?: string
  /** Absent: aws_secret_access_key. */
  readonly secretAccessKeyKey?: string
  /** Absent: there is no session token. */
  readonly sessionTokenKey?: string
}

/** Keys of the Secret, as an EcrIntegration expects them and as files of AWS call them. */
export const SECRET_ACCESS_KEY = 'aws_secret_access_key'
export const SESSION_TOKEN = 'aws_session_token'

/** On each Secret made for an integration, and on what makes it: the integration's name. */
export const INTEGRATION_LABEL = 'everpull.dev/integration'
export const CLUSTER_WIDE = 'sealedsecrets.bitnami.com/cluster-wide'

export const secretNameOf = (integration: string): string => `ecr-${integration}`

/** What the integration has to say so that the operator finds the Secret. */
export const referenceTo = (integration: string, hasSessionToken: boolean): KeyReference => ({
  secretName: secretNameOf(integration),
  ...(hasSessionToken ? { sessionTokenKey: SESSION_TOKEN } : {}),
})

export interface SealedAsked {
  readonly integration: string
  /** The operator's own; the values are sealed for it and the name. */
  readonly namespace: string
  /** Sealed with strict scope: the key of the Secret, the text of `seal`. */
  readonly encryptedData: Readonly<Record<string, string>>
}

/** Opened by the controller in this namespace under this name only. */
export function sealedSecret({ integration, namespace, encryptedData }: SealedAsked): WrittenObject {
  const metadata = metadataOf(integration, namespace)
  return {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata,
    spec: { encryptedData, template: { metadata, type: 'Opaque' } },
  }
}

export interface ExternalAsked {
  readonly integration: string
  /** The operator's own. */
  readonly namespace: string
  readonly store: { readonly kind: 'SecretStore' | 'ClusterSecretStore'; readonly name: string }
  readonly remoteKey: string
  readonly property?: string
}

/** Has External Secrets fetch the secret access key out of a store, once an hour. */
export function externalSecret(asked: ExternalAsked): WrittenObject {
  const { integration, namespace, store, remoteKey, property } = asked
  const metadata = metadataOf(integration, namespace)
  const remoteRef = { key: remoteKey, ...(property === undefined ? {} : { property }) }
  return {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata,
    spec: {
      refreshInterval: '1h',
      secretStoreRef: { kind: store.kind, name: store.name },
      target: {
        name: metadata.name,
        creationPolicy: 'Owner',
        template: { type: 'Opaque', metadata: { labels: metadata.labels } },
      },
      data: [{ secretKey: SECRET_ACCESS_KEY, remoteRef }],
    },
  }
}

const metadataOf = (integration: string, namespace: string) => ({
  name: secretNameOf(integration),
  namespace,
  labels: { [INTEGRATION_LABEL]: integration },
})
