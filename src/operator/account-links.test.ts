// This file is about the lists of any account under any changes: what others wrote stays, what is ours goes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { login } from '../../test/support/accounts-bench.ts'
import type { KubeObject } from '../kube/resource.ts'
import { refKey } from '../model/ref.ts'
import { type Account, asAccount, linkChange, type LinkedSecrets, linksAnnotation } from './account-links.ts'

const ORDERERS = [login('one'), login('two')] as const
const NAMES = ['a', 'b', 'c'] as const
type Name = (typeof NAMES)[number]
const name = fc.constantFrom(...NAMES)
const LIST_NAMES = ['imagePullSecrets', 'secrets'] as const

type Step =
  | { readonly by: number; readonly wants: readonly Name[] }
  /** Somebody else adds an entry, as `oc secrets link` does: unless it is there. */
  | { readonly adds: string }
  | { readonly takesOff: Name }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ by: fc.constantFrom(0, 1), wants: fc.uniqueArray(name) }),
  fc.record({ adds: fc.constantFrom(...NAMES, 'x', 'y') }),
  fc.record({ takesOff: name }),
)

const anAccount = (names: readonly string[]): Account =>
  asAccount({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace: 'a', name: 'default', resourceVersion: '1' },
    secrets: names.map((each) => ({ name: each })),
  })

const wanting = (names: readonly string[]): LinkedSecrets => ({
  imagePullSecrets: new Set(),
  secrets: new Set(names),
})

function withList(account: Account, secrets: Account['secrets']): Account {
  return asAccount(rawOf(account, { secrets }))
}

function rawOf(account: Account, patch: Readonly<Record<string, unknown>>): KubeObject {
  const records = account.records.map(({ annotation, by, linked }) => {
    const members = LIST_NAMES.map((list) => [list, [...linked[list]]])
    return [annotation, JSON.stringify({ by, ...Object.fromEntries(members) })]
  })
  const { annotations = {} } = (patch['metadata'] ?? {}) as { annotations?: Record<string, string | null> }
  const merged = Object.entries({ ...Object.fromEntries(records), ...annotations })
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    imagePullSecrets: patch['imagePullSecrets'] ?? account.imagePullSecrets,
    secrets: patch['secrets'] ?? account.secrets,
    metadata: {
      namespace: account.namespace,
      name: account.name,
      resourceVersion: '1',
      annotations: Object.fromEntries(merged.filter(([, value]) => value !== null)) as Record<string, string>,
    },
  }
}

function serve(account: Account, by: number, wants: readonly string[]): Account {
  const orderer = ORDERERS[by] ?? ORDERERS[0]
  const change = linkChange(account, orderer, wanting(wants))
  const after = change === undefined ? account : asAccount(rawOf(account, change.patch))
  assert.equal(linkChange(after, orderer, wanting(wants)), undefined)
  return after
}

const namesOf = ({ secrets }: Account): readonly unknown[] => secrets.map((entry) => entry['name'])

function take(account: Account, change: Step): Account {
  if ('by' in change) return serve(account, change.by, change.wants)
  const { secrets } = account
  if ('takesOff' in change)
    return withList(
      account,
      secrets.filter((entry) => entry['name'] !== change.takesOff),
    )
  if (namesOf(account).includes(change.adds)) return account
  return withList(account, [...secrets, { name: change.adds }])
}

test('an orderer finds what it wants after its turn, and no account names a Secret twice', () => {
  fc.assert(
    fc.property(fc.uniqueArray(name), fc.array(step, { maxLength: 12 }), (first, steps) => {
      let account = anAccount(first)
      for (const each of steps) {
        account = take(account, each)
        assert.equal(new Set(namesOf(account)).size, account.secrets.length)
        if ('by' in each) for (const wanted of each.wants) assert.ok(namesOf(account).includes(wanted))
      }
    }),
  )
})

test('when all have let go nothing is left but what others wrote, in their order', () => {
  const ours = fc.record({ by: fc.constantFrom(0, 1), wants: fc.uniqueArray(name) })
  const theirs = fc.record({ adds: fc.constantFrom('x', 'y', 'z') })
  fc.assert(
    fc.property(fc.uniqueArray(name), fc.array(fc.oneof(ours, theirs), { maxLength: 12 }), (first, steps) => {
      const served = steps.reduce<Account>(take, anAccount(first))
      const left = serve(serve(served, 0, []), 1, [])
      const alone = steps.reduce<Account>(
        (at, each) => ('by' in each ? at : take(at, each)),
        anAccount(first),
      )
      assert.deepEqual(namesOf(left), namesOf(alone))
      assert.deepEqual(left.records, [])
    }),
  )
})

test('a record under another spelling of its orderer is none, so that nobody is worked on twice at once', () => {
  const [by] = ORDERERS
  const spelled = (text: string): Account =>
    asAccount({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        namespace: 'a',
        name: 'default',
        annotations: { [linksAnnotation(by)]: JSON.stringify({ by: text, secrets: ['a'] }) },
      },
    })
  assert.equal(spelled(refKey(by)).records.length, 1)
  assert.equal(spelled(`${refKey(by)}/again`).records.length, 0)
})
