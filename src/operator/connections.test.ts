// This file is about the connections an order stands for: whom AWS is asked as, for which registries, to do what.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aDelivery } from '../../test/support/builders.ts'
import type { Translation } from '../dialects/dialect.ts'
import type { Identity } from '../model/identity.ts'
import type { Probe } from '../model/probe.ts'
import { connectionsOf } from './connections.ts'

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const SCOPE = { service: 'private', region: 'eu-west-1' } as const
const identity = (policy?: string): Identity => ({
  source: { is: 'ambient' },
  roles: [{ roleArn: 'arn:aws:iam::123456789012:role/r', ...(policy === undefined ? {} : { policy }) }],
  onBehalfOf: 'a',
})

const order = (...deliveries: readonly ReturnType<typeof aDelivery>[]): Translation => ({
  is: 'order',
  deliveries,
  warnings: [],
})

test('an order that is tested stands for what it has tested', () => {
  const probe: Probe = {
    identity: identity(),
    region: 'eu-west-1',
    registries: [],
    permissions: ['push'],
    at: '',
  }
  const translation: Translation = { is: 'order', deliveries: [], warnings: [], probes: [probe] }
  assert.deepEqual(connectionsOf(translation, ['pull']), [probe])
})

test('outputs with one identity are one connection, with all their registries', () => {
  const logins = [{ identity: identity(), scope: SCOPE }]
  const found = connectionsOf(
    order(
      aDelivery({ logins, shape: { is: 'docker-config', hosts: [{ host: HOST, login: 0 }] } }),
      aDelivery({ logins: [{ identity: identity(), scope: SCOPE, hosts: ['alias.example'] }] }),
    ),
    ['pull'],
  )
  assert.deepEqual(
    found.map(({ registries, permissions }) => [registries, permissions]),
    [
      [
        [
          { host: HOST, ...SCOPE, account: '123456789012' },
          { host: 'alias.example', ...SCOPE },
        ],
        ['pull'],
      ],
    ],
  )
})

test('a login that is narrowed to pulling, and one that may push, are told apart', () => {
  const narrowed = ['ecr:BatchGetImage', 'ecr:PutImage'].map((action) =>
    aDelivery({ logins: [{ identity: identity(JSON.stringify({ Action: action })), scope: SCOPE }] }),
  )
  assert.deepEqual(
    connectionsOf(order(...narrowed), ['pull', 'push']).map(({ permissions }) => permissions),
    [['pull'], ['pull', 'push']],
  )
})

test('what cannot be served stands for none', () => {
  const fault = { is: 'fault', code: 'suspended', message: '' } as const
  assert.deepEqual(connectionsOf({ is: 'unready', fault, targets: [] }, ['pull']), [])
})
