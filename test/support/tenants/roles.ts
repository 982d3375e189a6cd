// This file is about attempts by AWS roles and by service accounts: whom an identity may become, and whose tokens it takes.
import { attempt, type Attempt, ownWhereAmbient, ownWithAccounts } from './attempt.ts'
import {
  account,
  accountOf,
  ALICE,
  generated,
  type Json,
  keySecret,
  keysIn,
  login,
  MALLORY,
  through,
  withKeys,
} from './manifests.ts'
import { ALICES_EXTERNAL_ID, HOST, roleArn } from './names.ts'

const assuming = (...roles: readonly Json[]): Json => ({ assumeRoles: roles })
const role = (name: string, more: Json = {}): Json => ({ roleArn: roleArn(name), ...more })

export const ROLES: readonly Attempt[] = [
  attempt('assumes the role of alice with her own key, and no external id', (name) => [
    login(name, withKeys('keys'), assuming(role('alice-role'))),
  ]),
  attempt('assumes it with an external id that she guessed', (name) => [
    login(name, withKeys('keys'), assuming(role('alice-role', { externalId: 'alice' }))),
  ]),
  attempt('assumes it with the external id itself, which is no secret', (name) => [
    login(name, withKeys('keys'), assuming(role('alice-role', { externalId: ALICES_EXTERNAL_ID }))),
  ]),
  attempt(
    'assumes it with an empty external id',
    (name) => [login(name, withKeys('keys'), assuming(role('alice-role', { externalId: '' })))],
    'forbidden',
  ),
  attempt('assumes it with tags of alice and a session policy that allows all', (name) => [
    login(
      name,
      withKeys('keys'),
      assuming(
        role('alice-role', {
          tags: { team: ALICE },
          sessionName: ALICE,
          policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
        }),
      ),
    ),
  ]),
  attempt('has a generator assume a role that trusts the operator, with her own key', (name) =>
    generated(name, { ...keysIn('keys'), role: roleArn('alice-open') }),
  ),
  attempt(
    'has a generator assume a role that trusts the operator, as the operator',
    (name) => generated(name, { role: roleArn('alice-open') }),
    ownWhereAmbient,
  ),
  attempt('has a generator assume a role that asks for an external id, as the operator', (name) =>
    generated(name, { role: roleArn('alice-role') }),
  ),
  attempt(
    'jumps through the integration to a role that it lets her have',
    (name) => [login(name, through('jump'), assuming(role('mallory-jumped')))],
    'own',
  ),
  attempt('jumps through the integration to the role of alice', (name) => [
    login(name, through('jump'), assuming(role('alice-jumped'))),
  ]),
  attempt('jumps to her own role, and from there to the role of alice', (name) => [
    login(name, through('jump'), assuming(role('mallory-jumped'), role('alice-jumped'))),
  ]),
  attempt('jumps to the role of alice, and back to her own', (name) => [
    login(name, through('jump'), assuming(role('alice-jumped'), role('mallory-jumped'))),
  ]),
  ...[
    'arn:aws:iam::123456789012:role/mallory-x/../alice-jumped',
    'arn:aws:iam::123456789012:role/mallory-:role/alice-jumped',
    'alice-jumped',
    'mallory-/alice-jumped',
  ].map((name) =>
    attempt(`jumps to a role spelled ${name}`, (own) => [
      login(own, through('jump'), assuming({ roleArn: name })),
    ]),
  ),
  attempt('jumps with an external id of her own', (name) => [
    login(name, through('jump'), assuming(role('mallory-jumped', { externalId: ALICES_EXTERNAL_ID }))),
  ]),
  attempt('jumps with session tags of her own', (name) => [
    login(name, through('jump'), assuming(role('mallory-jumped', { tags: { team: ALICE } }))),
  ]),
  attempt(
    'asks for push, and for registries of another account, of an integration that is shared',
    (name) => [
      login(name, through('jump'), {
        ...assuming(role('mallory-jumped')),
        registries: [{ host: HOST }, { host: HOST.replace('123456789012', '210987654321') }],
        outputs: [{ secretName: name, dockerConfig: {}, access: 'push' }],
      }),
    ],
    'own',
  ),
  attempt(
    'uses the id of the access key of alice with a secret key of her own',
    (name, { alicesKey, mallorysKey }) => [
      keySecret(MALLORY, name, { id: alicesKey.id, secret: mallorysKey.secret }),
      login(name, withKeys(name), { outputs: [{ secretName: `${name}-out`, basicAuth: {} }] }),
      ...generated(`${name}-gen`, keysIn(name)),
    ],
  ),
  attempt('uses the id of the access key of alice with nothing for a secret key', (name, { alicesKey }) => [
    keySecret(MALLORY, name, { id: alicesKey.id, secret: '' }),
    ...generated(`${name}-gen`, keysIn(name)),
  ]),
]

const OWN_AUDIENCES = [
  'https://kubernetes.default.svc',
  'https://kubernetes.default.svc.cluster.local',
  'kubernetes',
]

export const ACCOUNTS: readonly Attempt[] = [
  attempt(
    'uses an account of her own that is called like one of alice',
    (name) => [login(name, { serviceAccount: { name: 'puller' } })],
    ownWithAccounts,
  ),
  attempt('has that account ask as the role of alice', (name) => [
    login(name, { serviceAccount: { name: 'puller', roleArn: roleArn('alice-pods') } }),
  ]),
  attempt('has that account go on to the role of alice', (name) => [
    login(
      name,
      { serviceAccount: { name: 'puller' } },
      { assumeRoles: [{ roleArn: roleArn('alice-role') }] },
    ),
  ]),
  ...OWN_AUDIENCES.map((audience) =>
    attempt(`has a token of hers issued for the API server, as ${audience}`, (name) => [
      login(name, { serviceAccount: { name: 'puller', audiences: ['sts.amazonaws.com', audience] } }),
    ]),
  ),
  attempt('has a token of hers issued for the API server, by the name it has here', (name, { issuer }) => [
    login(name, { serviceAccount: { name: 'puller', audiences: [issuer] } }),
    ...generated(`${name}-gen`, accountOf('puller', { audiences: [issuer] })),
  ]),
  attempt('has it issued so by an annotation of the account', (name, { issuer }) => [
    account(name, {
      'eks.amazonaws.com/role-arn': roleArn('mallory-pods'),
      'eks.amazonaws.com/audience': issuer,
    }),
    ...generated(name, accountOf(name)),
  ]),
  attempt(
    'has a token issued for nobody, as nobody means the API server',
    (name) => [login(name, { serviceAccount: { name: 'puller', audiences: [] } })],
    'forbidden',
  ),
  attempt('has a token issued for an account that is not there', (name) =>
    generated(name, accountOf('nobody')),
  ),
]
