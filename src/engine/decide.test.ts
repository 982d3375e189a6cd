// This file is about the ordered checks: what each of them says, and which of two that are true at once is heard.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, aSecret, into, textData } from '../../test/support/builders.ts'
import { instant } from '../base/clock.ts'
import { hours, minutes } from '../base/duration.ts'
import type { Delivery, Target } from '../model/delivery.ts'
import type { Owner } from '../model/resource.ts'
import { type Decision, decide, type Facts } from './decide.ts'
import type { Held } from './held.ts'
import type { CurrentSecret } from './ports.ts'

const NOW = instant(Date.parse('2026-01-01T12:00:00Z'))

const HELD: Held = {
  imprint: {
    logins: [{ mintedAt: instant(NOW - minutes(1)), expiresAt: instant(NOW + hours(11)) }],
    inputs: 'as asked',
    outputs: 'as written',
  },
  resourceVersion: '7',
  identityKeys: ['identity'],
}

/** All is as it was left. */
const SETTLED: Facts = {
  now: NOW,
  delivery: aDelivery(),
  secret: aSecret({ data: textData({ password: 'token-1' }) }),
  held: HELD,
  inputs: 'as asked',
  identityKeys: ['identity'],
  hasOutputs: true,
  isDressed: true,
  isStamped: true,
  dueAt: instant(NOW + hours(1)),
}

type Change = (facts: Facts) => Facts

const withTarget =
  (change: Partial<Target>): Change =>
  (facts) => ({ ...facts, delivery: into(facts.delivery, change) })
const withDelivery =
  (change: Partial<Delivery>): Change =>
  (facts) => ({ ...facts, delivery: { ...facts.delivery, ...change } })
/** Puts a Secret where there is none. */
const withSecret =
  (change: Partial<CurrentSecret>): Change =>
  (facts) => ({ ...facts, secret: { ...(facts.secret === 'absent' ? aSecret() : facts.secret), ...change } })
const all =
  (...changes: readonly Change[]): Change =>
  (facts) =>
    changes.reduce((so, change) => change(so), facts)

const anOwner = (change: Partial<Owner> = {}): Owner => ({
  apiVersion: 'external-secrets.io/v1beta1',
  kind: 'ExternalSecret',
  name: 'other',
  uid: 'uid-of-other',
  controller: true,
  ...change,
})
const FOREIGN = anOwner({ apiVersion: 'apps/v1', kind: 'Deployment' })
const OURS_ONCE = anOwner({ name: 'repo', uid: 'uid of an earlier incarnation' })

interface Row {
  readonly name: string
  readonly change: Change
  /** The decision; of a refusal the fault's code. */
  readonly says: string
}

/** One row a check, in the order of the checks. */
const CHECKS: readonly Row[] = [
  {
    name: 'a type that nobody may make',
    change: withTarget({ type: 'kubernetes.io/service-account-token' }),
    says: 'target-forbidden',
  },
  {
    name: 'a target that somebody else creates and has not yet',
    change: all(withTarget({ whenMissing: 'wait' }), (facts) => ({ ...facts, secret: 'absent' })),
    says: 'wait-for-target',
  },
  { name: 'a Secret that is being deleted', change: withSecret({ deleting: true }), says: 'kube-conflict' },
  { name: 'another owner', change: withSecret({ owners: [anOwner()] }), says: 'target-owned' },
  {
    name: 'a Secret nobody gave us',
    change: all(
      withTarget({ consent: 'needed' }),
      withSecret({ owners: [], data: textData({ theirs: 'x' }) }),
    ),
    says: 'target-foreign',
  },
  {
    name: 'a Secret of another type',
    change: all(withTarget({ type: 'kubernetes.io/dockerconfigjson' }), withSecret({ type: 'Opaque' })),
    says: 'target-type',
  },
  {
    name: 'a docker config that takes no hosts',
    change: all(
      withDelivery({ shape: { is: 'docker-config', merges: true, hosts: [{ host: 'h', login: 0 }] } }),
      withSecret({ data: textData({ '.dockerconfigjson': '[]' }) }),
    ),
    says: 'output-invalid',
  },
  {
    name: 'a force',
    change: all(
      (facts) => ({ ...facts, held: facts.held ?? HELD }),
      withDelivery({ cadence: { is: 'renewed', force: 'now' } }),
    ),
    says: 'forced',
  },
  { name: 'no Secret', change: (facts) => ({ ...facts, secret: 'absent' }), says: 'absent' },
  {
    name: 'nothing known of what was written',
    change: all(withSecret({}), (facts) => ({ ...facts, held: undefined })),
    says: 'never-written',
  },
  {
    name: 'a login that is due',
    change: (facts) => ({ ...facts, held: facts.held ?? HELD, dueAt: NOW }),
    says: 'due',
  },
  {
    name: 'other credentials',
    change: (facts) => ({ ...facts, identityKeys: ['rotated'] }),
    says: 'identity-changed',
  },
  { name: 'another order', change: (facts) => ({ ...facts, inputs: 'edited' }), says: 'inputs-changed' },
  { name: 'an edited value', change: (facts) => ({ ...facts, hasOutputs: false }), says: 'drifted' },
  {
    name: 'edited metadata',
    change: (facts) => ({ ...facts, isDressed: false }),
    says: 'redress',
  },
]

function said(decision: Decision): string {
  switch (decision.is) {
    case 'renew':
      return decision.because
    case 'refuse':
      return decision.fault.code
    case 'fresh':
    case 'redress':
    case 'wait-for-target':
      return decision.is
  }
}

describe('the checks', () => {
  it('find nothing to do where all is as it was left', () => {
    assert.deepEqual(decide(SETTLED), { is: 'fresh', until: SETTLED.dueAt })
  })

  for (const { name, change, says } of CHECKS) {
    it(`say "${says}" to ${name}`, () => assert.equal(said(decide(change(SETTLED))), says))
  }

  for (const [i, first] of CHECKS.entries()) {
    for (const second of CHECKS.slice(i + 1)) {
      it(`hear of ${first.name} before ${second.name}`, () => {
        assert.equal(said(decide(first.change(second.change(SETTLED)))), first.says)
      })
    }
  }
})

describe('a decision', () => {
  const rows: readonly Row[] = [
    {
      name: 'forbids a type taken over from the Secret there',
      change: withSecret({ type: 'bootstrap.kubernetes.io/token' }),
      says: 'target-forbidden',
    },
    {
      name: 'forbids naming a service account in an annotation',
      change: withTarget({ annotations: { 'kubernetes.io/service-account.name': 'x' } }),
      says: 'target-forbidden',
    },
    {
      name: 'forbids naming a service account in a templated annotation',
      change: withDelivery({
        shape: {
          is: 'template',
          values: { is: 'key-values', entries: [] },
          data: {},
          labels: {},
          annotations: { 'kubernetes.io/service-account.name': '{{ .x }}' },
          keepsValues: true,
        },
      }),
      says: 'target-forbidden',
    },
    {
      name: 'refuses a controller of any kind where it wants to be the controller',
      change: withSecret({ owners: [FOREIGN] }),
      says: 'target-owned',
    },
    {
      name: 'merges into what somebody of another kind controls',
      change: all(withTarget({ owner: 'none' }), withSecret({ owners: [FOREIGN] })),
      says: 'fresh',
    },
    {
      name: 'does not merge into what another of its own kind controls',
      change: all(withTarget({ owner: 'none' }), withSecret({ owners: [anOwner()] })),
      says: 'target-owned',
    },
    {
      name: 'minds no owner that does not control',
      change: withSecret({ owners: [anOwner({ controller: false })] }),
      says: 'fresh',
    },
    {
      name: 'takes over what an earlier incarnation of the orderer controlled',
      change: all(withTarget({ consent: 'needed' }), withSecret({ owners: [OURS_ONCE] })),
      says: 'fresh',
    },
    {
      name: 'creates where consent would be needed and there is nothing to consent to',
      change: all(withTarget({ consent: 'needed' }), (facts) => ({ ...facts, secret: 'absent' })),
      says: 'absent',
    },
    {
      name: 'keeps whatever type is there when none is asked for',
      change: withSecret({ type: 'kubernetes.io/tls' }),
      says: 'fresh',
    },
    {
      name: 'is not forced again by a force it has answered',
      change: all(withDelivery({ cadence: { is: 'renewed', force: 'now' } }), (facts) => ({
        ...facts,
        held: { ...HELD, force: 'now' },
      })),
      says: 'fresh',
    },
    {
      name: 'follows an edit that came together with taking a force off',
      change: (facts) => ({ ...facts, held: { ...HELD, force: 'before' }, inputs: 'edited' }),
      says: 'inputs-changed',
    },
    {
      name: 'takes the identity of a written login for granted after a restart',
      change: (facts) => {
        const { identityKeys: _unknown, ...held } = HELD
        return { ...facts, held, identityKeys: ['whatever'] }
      },
      says: 'fresh',
    },
    {
      name: 'sees a login taken from the list',
      change: (facts) => ({ ...facts, identityKeys: [] }),
      says: 'identity-changed',
    },
    {
      name: 'never finds due what is written once',
      change: (facts) => ({ ...facts, dueAt: undefined }),
      says: 'fresh',
    },
  ]
  for (const { name, change, says } of rows) {
    it(name, () => assert.equal(said(decide(change(SETTLED))), says))
  }

  it('names the owner that stands in the way', () => {
    const decision = decide(withSecret({ owners: [FOREIGN] })(SETTLED))
    assert.ok(decision.is === 'refuse')
    assert.deepEqual(decision.fault.owner, {
      group: 'apps',
      kind: 'Deployment',
      namespace: 'argocd',
      name: 'other',
    })
  })
})
