// This file is about what the operator does with each of its rights, and what stops where one is missing.

export interface Feature {
  /** Completes "needed to …". */
  readonly neededFor: string
  /** What stops without it; the rest goes on. */
  readonly without: string
}

export type FeatureName = keyof typeof FEATURES

export const FEATURES = {
  orders: {
    neededFor: 'see what is ordered, and when it changes',
    without:
      'objects of that kind are not served (list), or not what changes in them after the start (watch); what was written for them stays until it expires',
  },
  references: {
    neededFor: 'see what orders refer to, and when it changes',
    without:
      'orders that refer to such an object say so and keep the login they have (list), or do not notice its changes (watch)',
  },
  'namespace-selection': {
    neededFor: 'know the namespaces that orders select or integrations are shared with, by metadata',
    without:
      'orders that select namespaces, and integrations shared by label, say so (list), or do not notice new namespaces and labels (watch)',
  },
  'config-maps': {
    neededFor: 'read templates kept in ConfigMaps, and notice at once when they change',
    without: 'orders whose templates are in ConfigMaps say so and keep what they have',
  },
  statuses: {
    neededFor: 'say how an order fares',
    without: 'statuses of that kind stay as they are; the Secrets are kept all the same',
  },
  ownership: {
    neededFor: 'own what is made for an order, where OwnerReferencesPermissionEnforcement is on',
    without:
      'where that admission plugin is on (as on OpenShift), nothing that would be owned is made for orders of that kind, and they say so',
  },
  finalizers: {
    neededFor: 'clean up before an order is deleted: set finalizers and take them off',
    without:
      'orders of that kind that need one are not served, and those being deleted stay; both say so in their status or the log',
  },
  children: {
    neededFor: 'keep the objects that an order consists of',
    without: 'ClusterExternalSecrets do not reach their namespaces, or do not leave them, and say so',
  },
  links: {
    neededFor: 'add Secrets to the lists of the service accounts that orders link, and take them off again',
    without: 'orders that link service accounts say so; their Secrets are kept all the same',
  },
  'secret-reading': {
    neededFor:
      'read the Secrets ordered before they are changed, and those that credentials and templates come from',
    without:
      'orders say so and keep the login they have; Secrets that do not exist yet are made, and those that are written whole are renewed until the process ends',
  },
  'secret-making': {
    neededFor: 'make the Secrets ordered',
    without: 'orders whose Secret does not exist say so; those that have one are kept fresh',
  },
  'secret-renewal': {
    neededFor: 'write new logins into the Secrets ordered',
    without: 'no login is renewed and no change repaired, and orders say so; new Secrets are made',
  },
  'secret-removal': {
    neededFor: 'delete Secrets that are ordered no more',
    without:
      'orders that were to take their Secret with them stay until it is gone, and Secrets under an earlier name are left behind',
  },
  drift: {
    neededFor:
      'repair at once what others change in Secrets; it means reading all of them, and --drift-watch=false does without',
    without: 'changes by others are repaired with the next renewal only',
  },
  events: {
    neededFor: 'tell of renewals and failures',
    without: 'no events are made (create), or they are not counted when they repeat (patch)',
  },
  'left-finalizers': {
    neededFor: 'take finalizers off namespaces that the system replaced left there',
    without: 'namespaces with such a finalizer cannot be deleted, and ClusterExternalSecrets say so',
  },
  definitions: {
    neededFor: 'learn which status fields the installed definitions have, and whether they are being deleted',
    without: 'statuses of that kind say no more than every version of its definition admits',
  },
  'test-leftovers': {
    neededFor: 'delete those labelled as tests of a connection that nobody deleted in ten minutes',
    without: 'integrations that a test left behind stay until somebody deletes them',
  },
  'labelled-secrets': {
    neededFor: 'find the labelled Secrets of Argo CD, and keep their logins fresh',
    without: 'labelled Secrets of Argo CD are not refreshed',
  },
  'argocd-nudge': {
    neededFor:
      'ask for a hard refresh of Applications that paused while a login was missing; given with --nudge-argocd only',
    without: 'Applications that paused stay so, for an hour at most',
  },
  'operator-credentials': {
    neededFor: 'read the AWS credentials kept where it lives, and notice when they change',
    without: 'orders that use those credentials say so and keep the login they have',
  },
  'service-account-roles': {
    neededFor: 'read which AWS role a service account stands for',
    without: 'orders that use the role of a service account say so and keep the login they have',
  },
  'service-account-tokens': {
    neededFor: 'ask AWS as a service account; given with --service-account-identities only',
    without: 'orders that use the role of a service account say so and keep the login they have',
  },
  'git-sync': {
    neededFor: 'keep such objects in line with the Git repository; given with --config-repo only',
    without:
      'objects of that kind are not made, changed or pruned as the repository says, and its record says so',
  },
  'git-sync-status': {
    neededFor: 'say which commit an integration came from; given with --config-repo only',
    without: 'integrations that came from the repository do not say so; they are kept in line all the same',
  },
  'git-sync-record': {
    neededFor:
      'keep the record of what came from the Git repository: a name cannot narrow the right to create it',
    without: 'nothing is kept in line with the repository, as nobody would know later what came from it',
  },
  'git-sync-credentials': {
    neededFor: 'read the credentials of the Git repository',
    without: 'the repository is not read; what came from it stays',
  },
  'token-reviews': {
    neededFor:
      'have tokens of service accounts reviewed that ask the token endpoint for logins; given with --token-endpoint only',
    without: 'the token endpoint takes no tokens of service accounts; those of other issuers it takes',
  },
  election: {
    neededFor: 'elect a leader: a name cannot narrow the right to create the lease',
    without: 'with leader election on, nobody leads and nothing is served',
  },
  sharding: {
    neededFor: 'hold shards, and know which replicas live to deal them out; given with --shards only',
    without:
      'no replica takes shards (list), or not those of that name (get, update); a replica that holds some keeps them',
  },
} as const satisfies Readonly<Record<string, Feature>>

export const FEATURE_NAMES = Object.keys(FEATURES) as readonly FeatureName[]

/** Completes "needed to …" for all of them. */
export const neededFor = (names: readonly FeatureName[]): string =>
  names.map((name) => FEATURES[name].neededFor).join('; and to ')
