// This file is about the generators there are upstream, and which of them are served here.

/** Those that live in a namespace; a ClusterGenerator wraps one of them. */
export const NAMESPACED_GENERATORS = [
  'ACRAccessToken',
  'BeyondtrustWorkloadCredentialsDynamicSecret',
  'CloudsmithAccessToken',
  'ECRAuthorizationToken',
  'Fake',
  'GCRAccessToken',
  'GithubAccessToken',
  'GitlabDeployToken',
  'QuayAccessToken',
  'Password',
  'SSHKey',
  'STSSessionToken',
  'UUID',
  'VaultDynamicSecret',
  'Webhook',
  'Grafana',
  'MFA',
] as const
export type NamespacedGenerator = (typeof NAMESPACED_GENERATORS)[number]

/** What a generatorRef may name. */
export const GENERATOR_KINDS = ['ClusterGenerator', ...NAMESPACED_GENERATORS] as const
