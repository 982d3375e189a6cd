// This file is about attempts by labels, annotations, owners and selectors: marks that others trust, forged.
import { deliveryAnnotation } from '../../../src/model/delivery.ts'
import type { Ref } from '../../../src/model/ref.ts'
import { attempt, type Attempt } from './attempt.ts'
import {
  account,
  ALICE,
  external,
  generated,
  generatorRef,
  keysIn,
  login,
  type Json,
  MALLORY,
  secret,
  templated,
  through,
  withKeys,
} from './manifests.ts'
import { HOST, roleArn } from './names.ts'
import type { Cast } from './stage.ts'

const REPOSITORY = { 'argocd.argoproj.io/secret-type': 'repository' }
const repositoryData = { url: HOST, type: 'helm', enableOCI: 'true' }

const orderOf = (kind: string, namespace: string, name: string): Ref => ({
  group: 'everpull.dev',
  kind,
  namespace,
  name,
})

/** The record of a delivery that was made a moment ago, by an order that is not mallory's. */
function forged(by: Ref): Json {
  const mintedAt = new Date(Date.now() - 60_000).toISOString()
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  const record = {
    logins: [{ mintedAt, expiresAt }],
    inputs: '0123456789abcdef',
    outputs: '0123456789abcdef',
    merged: { key: '.dockerconfigjson', hosts: [HOST] },
    by: `${by.group}/${by.kind}/${by.namespace}/${by.name}`,
  }
  return { [deliveryAnnotation(by)]: JSON.stringify(record) }
}

const owner = (cast: Cast, apiVersion: string, kind: string, name: string): Json => ({
  ownerReferences: [
    { apiVersion, kind, name, uid: cast.uids.get(`${kind}/${name}`) ?? '', controller: true },
  ],
})

export const MARKS: readonly Attempt[] = [
  ...['argocd-ecr-updater', 'everpull.dev/argocd'].map((optIn) =>
    attempt(
      `labels a Secret of her own for Argo CD, opts in by ${optIn}, and names the integration of alice`,
      (name) => [
        secret(name, repositoryData, {
          labels: { ...REPOSITORY, [optIn]: 'enabled' },
          annotations: { 'everpull.dev/integration': 'alices' },
        }),
      ],
      'nothing',
    ),
  ),
  attempt(
    'has a template make such labels',
    (name) =>
      templated(name, {
        mergePolicy: 'Merge',
        metadata: {
          labels: { ...REPOSITORY, 'everpull.dev/argocd': '{{ "enabled" }}' },
          annotations: { 'everpull.dev/integration': 'alices' },
        },
        data: repositoryData,
      }),
    'own',
  ),
  attempt(
    'forges the record of a delivery of alice',
    (name) => [
      secret(name, { text: 'mine' }, { annotations: forged(orderOf('RegistryLogin', ALICE, 'ecr')) }),
    ],
    'nothing',
  ),
  attempt(
    'forges the record of a delivery of the order for all of the cluster',
    (name) => [
      secret(
        name,
        { text: 'mine' },
        { annotations: forged(orderOf('ClusterRegistryLogin', '', 'for-alice')) },
      ),
      secret(
        'for-alice',
        { text: 'mine' },
        {
          annotations: {
            ...forged(orderOf('ClusterRegistryLogin', MALLORY, 'for-alice')),
            'everpull.dev/adopt': 'true',
          },
        },
      ),
    ],
    'nothing',
  ),
  attempt(
    'forges the record of an order that nobody has, in the namespace of alice',
    (name) => [
      secret(name, { text: 'mine' }, { annotations: forged(orderOf('RegistryLogin', ALICE, 'nobodys')) }),
    ],
    'nothing',
  ),
  attempt(
    'forges the record of her own delivery, to be taken for served',
    (name) => [
      secret(
        name,
        { username: 'AWS', password: 'mine' },
        {
          annotations: forged(orderOf('RegistryLogin', MALLORY, name)),
        },
      ),
      login(name, through('alices')),
    ],
    'nothing',
  ),
  attempt(
    'has a template forge the record of a delivery',
    (name) =>
      templated(name, {
        metadata: { annotations: forged(orderOf('RegistryLogin', ALICE, 'ecr')) },
        data: { password: '{{ .password }}' },
      }),
    'own',
  ),
  attempt(
    'makes a Secret that says it is owned by an order of alice',
    (name, cast) => [
      secret(name, { text: 'mine' }, owner(cast, 'everpull.dev/v1alpha1', 'RegistryLogin', 'ecr')),
    ],
    'nothing',
  ),
  attempt(
    'makes a Secret that says it is owned by an order for all of the cluster',
    (name, cast) => [
      secret(
        name,
        { text: 'mine' },
        owner(cast, 'everpull.dev/v1alpha1', 'ClusterRegistryLogin', 'for-alice'),
      ),
    ],
    'nothing',
  ),
  attempt(
    'makes an ExternalSecret that says it is a child of the ClusterExternalSecret of others',
    (_name, cast) => [
      external(
        'for-teams',
        [generatorRef('keys')],
        {},
        {
          ...owner(cast, 'external-secrets.io/v1', 'ClusterExternalSecret', 'for-teams'),
        },
      ),
    ],
    'nothing',
  ),
  attempt(
    'gives a Secret the labels by which ExternalSecrets know their own',
    (name) => [
      secret(
        name,
        { text: 'mine' },
        {
          labels: {
            'reconcile.external-secrets.io/managed': 'true',
            'reconcile.external-secrets.io/created-by': 'x',
          },
        },
      ),
    ],
    'nothing',
  ),
  attempt(
    "says that her order is a test, a copy of what comes from Git, and everybody's to adopt",
    (name) => [
      login(
        `everpull-test-${name}`,
        through('alices'),
        { outputs: [{ secretName: name, basicAuth: {} }] },
        {
          labels: { 'everpull.dev/test': 'true', 'everpull.dev/config-repo': 'x', team: ALICE },
          annotations: {
            'everpull.dev/config-repo-adopt': 'true',
            'everpull.dev/prune': 'x',
            'everpull.dev/adopt': 'true',
            'everpull.dev/integration': 'alices',
          },
        },
      ),
    ],
  ),
  attempt('labels her own objects as the namespaces of alice are labelled', (name) => [
    login(
      name,
      through('alices-role'),
      {},
      {
        labels: { team: ALICE, 'kubernetes.io/metadata.name': ALICE },
      },
    ),
  ]),
  attempt('annotates an account of her own with the role of alice', (name) => [
    account(name, { 'eks.amazonaws.com/role-arn': roleArn('alice-pods') }),
    login(name, { serviceAccount: { name } }),
  ]),
  attempt(
    'has accounts linked that are of alice',
    (name) => [
      login(name, withKeys('keys'), {
        outputs: [
          { secretName: name, dockerConfig: {}, link: { serviceAccounts: { names: ['only-alices', '*'] } } },
        ],
      }),
    ],
    'own',
  ),
  attempt(
    'selects accounts by what all of them have in common',
    (name) => [
      login(name, withKeys('keys'), {
        outputs: [{ secretName: name, dockerConfig: {}, link: { serviceAccounts: { selector: {} } } }],
      }),
    ],
    'own',
  ),
  attempt('forces what is refused', (name) =>
    generated(name, keysIn('alices-key'), {}, { annotations: { 'force-sync': 'now' } }),
  ),
]
