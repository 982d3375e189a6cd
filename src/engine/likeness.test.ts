// This file is about testing which unmarked Secrets are taken for what the system we replace left behind.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { instant } from '../base/clock.ts'
import type { Delivery } from '../model/delivery.ts'
import type { LoginField, Shape } from '../model/shape.ts'
import { aSecret, textData } from '../../test/support/builders.ts'
import { looksLikeOurs } from './likeness.ts'
import type { CurrentSecret } from './ports.ts'

const ref = { namespace: 'builds', name: 'target' }

const deliveryOf = (shape: Shape, type: string, labels: Record<string, string> = {}): Delivery => ({
  orderedBy: {
    ref: { group: 'example.com', kind: 'Thing', ...ref },
    apiVersion: 'example.com/v1',
    uid: 'u',
    createdAt: instant(0),
  },
  logins: [],
  shape,
  target: {
    ...ref,
    fieldManager: 'everpull',
    whenMissing: 'create',
    writes: 'whole',
    owner: 'controller',
    consent: 'needed',
    type,
    labels,
    annotations: {},
  },
  cadence: { is: 'renewed' },
})

const secretOf = (
  type: string,
  data: Readonly<Record<string, string>>,
  labels: Record<string, string> = {},
): CurrentSecret => aSecret({ ref, type, labels, data: textData(data) })

const DOCKER = 'kubernetes.io/dockerconfigjson'
const docker = deliveryOf({ is: 'docker-config', hosts: [{ host: 'a.example', login: 0 }] }, DOCKER)
const config = (auths: unknown): CurrentSecret =>
  secretOf(DOCKER, { '.dockerconfigjson': JSON.stringify({ auths }) })

const LABELS = { kind: 'repository' }
const repository = deliveryOf(
  {
    is: 'key-values',
    entries: [
      { key: 'username', value: { is: 'login', login: 0, field: 'username' } },
      { key: 'password', value: { is: 'login', login: 0, field: 'password' } },
      { key: 'url', value: { is: 'literal', text: 'a.example' } },
    ],
  },
  'Opaque',
  LABELS,
)
const kept = { username: 'AWS', password: 'p', url: 'a.example' }

const only = (key: string, field: LoginField): Delivery =>
  deliveryOf({ is: 'key-values', entries: [{ key, value: { is: 'login', login: 0, field } }] }, 'Opaque')
const both = only('creds', 'usernamePassword')
const alone = only('password', 'password')
const FILE: Shape = { is: 'docker-config', key: 'config.json', hosts: [{ host: 'a.example', login: 0 }] }
const filed = deliveryOf(FILE, 'Opaque')
const merging = deliveryOf({ ...FILE, merges: true }, 'Opaque')
const AUTHS = JSON.stringify({ auths: { 'a.example': { username: 'AWS' } } })

const rows: readonly (readonly [string, Delivery, CurrentSecret, boolean])[] = [
  ['a docker config of the same host', docker, config({ 'a.example': { username: 'AWS' } }), true],
  ['a docker config of another host', docker, config({ 'b.example': { username: 'AWS' } }), false],
  ['a docker config of another user', docker, config({ 'a.example': { username: 'me' } }), false],
  ['a docker config of one host more', docker, config({ 'a.example': { username: 'AWS' }, b: {} }), false],
  ['a docker config that is none', docker, secretOf(DOCKER, { '.dockerconfigjson': '{' }), false],
  ['a docker config of nothing', docker, config(null), false],
  [
    'a docker config with a key beside it',
    docker,
    secretOf(DOCKER, { '.dockerconfigjson': '{}', x: '' }),
    false,
  ],
  ['the same texts', repository, secretOf('Opaque', kept, LABELS), true],
  ['another password alone', repository, secretOf('Opaque', { ...kept, password: 'q' }, LABELS), true],
  ['another text', repository, secretOf('Opaque', { ...kept, url: 'b.example' }, LABELS), false],
  ['another user', repository, secretOf('Opaque', { ...kept, username: 'me' }, LABELS), false],
  ['a user and password in one', both, secretOf('Opaque', { creds: 'AWS:p' }), true],
  ['another user and his password in one', both, secretOf('Opaque', { creds: 'me:p' }), false],
  ['a password that might be anybody’s', alone, secretOf('Opaque', { password: 'p' }), false],
  ['a docker config under another key', filed, secretOf('Opaque', { 'config.json': AUTHS }), true],
  ['a docker config that is merged into', merging, secretOf('Opaque', { 'config.json': AUTHS }), true],
  ['a label more', repository, secretOf('Opaque', kept, { ...LABELS, app: 'x' }), false],
  ['a label less', repository, secretOf('Opaque', kept), false],
  ['another type', repository, secretOf('example.com/repository', kept, LABELS), false],
]

for (const [name, delivery, secret, is] of rows) {
  it(`${is ? 'knows' : 'does not know'} ${name}`, () => assert.equal(looksLikeOurs(delivery, secret), is))
}

it('does not know what a template would have given', () => {
  const shape: Shape = {
    is: 'template',
    values: { is: 'key-values', entries: [] },
    data: { password: 'x' },
    labels: {},
    annotations: {},
    keepsValues: false,
  }
  assert.ok(!looksLikeOurs(deliveryOf(shape, 'Opaque'), secretOf('Opaque', { password: 'x' })))
})
