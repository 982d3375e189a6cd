// This file is about manifests of logins that service accounts are linked to, with the bot's key in their own namespace.
type Json = Readonly<Record<string, unknown>>

export const LINKED_HOST = '123456789012.dkr.ecr.us-east-2.amazonaws.com'
/** As `Stage.credentialSecret` makes it. */
export const KEY_SECRET = 'aws'

/** A docker config; linked into the lists `as` where accounts are given. */
export const linkedOutput = (secretName: string, serviceAccounts?: Json, as?: readonly string[]): Json => ({
  secretName,
  dockerConfig: {},
  ...(serviceAccounts === undefined
    ? {}
    : { link: { serviceAccounts, ...(as === undefined ? {} : { as }) } }),
})

/** Of a RegistryLogin; of a ClusterRegistryLogin with the namespace that the key is in. */
export const linkingSpec = (outputs: readonly Json[], keyNamespace?: string): Json => ({
  registries: [{ host: LINKED_HOST }],
  identity: {
    accessKey: {
      secretName: KEY_SECRET,
      accessKeyIdKey: 'access-key',
      secretAccessKeyKey: 'secret-access-key',
      ...(keyNamespace === undefined ? {} : { namespace: keyNamespace }),
    },
  },
  outputs,
})

export const linkingLogin = (namespace: string, name: string, ...outputs: readonly Json[]): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'RegistryLogin',
    metadata: { namespace, name },
    spec: linkingSpec(outputs),
  })
