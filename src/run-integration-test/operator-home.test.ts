// This file is about testing where the operator is taken to live, and when nobody may guess.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dialects } from '../dialects/all.ts'
import type { AccessOptions } from '../generate/access.ts'
import { rbacObjects } from '../generate/rbac.ts'
import type { KubeClient } from '../kube/client.ts'
import { KubeError } from '../kube/error.ts'
import type { Caller } from '../look-around.ts'
import { CommandFailure } from '../operator/commands.ts'
import type { Cluster } from '../reach-cluster.ts'
import { operatorHome } from './operator-home.ts'

const CALLER = { config: {} } as Caller

const refused = (status: number) => new KubeError({ status, reason: 'Refused', message: 'no' })

/** Bindings as they are printed, for an operator that serves one namespace only. */
const rolesOf = (namespace: string, name = 'everpull') => {
  const options: AccessOptions = {
    serviceAccount: { namespace, name },
    namespaces: ['team-a'],
    serviceAccountIdentities: { is: 'none' },
    driftWatch: false,
    argocdNamespace: 'argocd',
  }
  return rbacObjects(options, dialects).filter(({ kind }) => kind === 'ClusterRoleBinding')
}

interface Found {
  readonly leases: () => Promise<readonly string[]>
  readonly bindings?: () => Promise<readonly object[]>
  /** As NAMESPACE/NAME. */
  readonly accounts?: readonly string[]
}

function home({ leases, bindings, accounts = [] }: Found, mayGuess: 'yes' | 'no', told?: string) {
  const request = async ({ path }: { readonly path: string }) => {
    if (path.endsWith('/leases'))
      return {
        items: (await leases()).map((namespace) => ({ metadata: { name: 'everpull', namespace } })),
      }
    if (path.endsWith('/clusterrolebindings')) return { items: (await bindings?.()) ?? [] }
    const account = path.replace(/^.*\/namespaces\/(.*)\/serviceaccounts\//, '$1/')
    if (!accounts.includes(account)) throw refused(404)
    return {}
  }
  const cluster = {
    client: { request } as unknown as KubeClient,
    access: { namespace: 'default' },
  } as Cluster
  return operatorHome(CALLER, cluster, told, undefined, mayGuess)
}

const leasesIn =
  (...namespaces: readonly string[]) =>
  () =>
    Promise.resolve(namespaces)
const bound =
  (...bindings: readonly object[]) =>
  () =>
    Promise.resolve(bindings)

it('is where its lease is', async () => {
  assert.equal(await home({ leases: leasesIn('everpull') }, 'yes'), 'everpull')
})

it('is where its lease is and an account with its roles, where a secret is to be left there', async () => {
  for (const [namespace, name] of [
    ['everpull', 'everpull'],
    ['tools', 'ecr'],
  ] as const) {
    const found = {
      leases: leasesIn(namespace),
      bindings: bound(...rolesOf(namespace, name)),
      accounts: [`${namespace}/${name}`],
    }
    assert.equal(await home(found, 'no'), namespace)
  }
})

describe('has to be told before a secret is left', () => {
  const leases = leasesIn('a-tenant')
  const accounts = ['a-tenant/everpull']
  const rows: readonly (readonly [string, Found])[] = [
    ['where there is a lease alone', { leases }],
    ['where there is an account without roles', { leases, accounts }],
    [
      'where the roles are those of another namespace',
      { leases, accounts, bindings: bound(...rolesOf('b')) },
    ],
    [
      'where other roles of the cluster are bound',
      {
        leases,
        accounts,
        bindings: bound(...rolesOf('a-tenant').map((one) => ({ ...one, metadata: { name: 'view' } }))),
      },
    ],
    ['where the account is gone', { leases, bindings: bound(...rolesOf('a-tenant')) }],
    ['where roles may not be looked at', { leases, accounts, bindings: () => Promise.reject(refused(403)) }],
  ]
  for (const [where, found] of rows) {
    it(where, async () => {
      await assert.rejects(home(found, 'no'), (error) => {
        assert.ok(error instanceof CommandFailure)
        assert.match(error.message, /^there is a lease everpull in a-tenant, .* say with --namespace/)
        return true
      })
      assert.equal(await home(found, 'no', 'everpull'), 'everpull')
    })
  }
})

it('is that of the context where nobody can tell', async () => {
  assert.equal(await home({ leases: () => Promise.reject(refused(403)) }, 'no'), 'default')
  assert.equal(await home({ leases: leasesIn() }, 'no'), 'default')
  assert.equal(await home({ leases: leasesIn('a', 'b') }, 'yes'), 'default')
})

it('has to be told where there are several leases and a secret is to be left there', async () => {
  const two = { leases: leasesIn('everpull', 'a-tenant') }
  await assert.rejects(home(two, 'no'), (error) => {
    assert.ok(error instanceof CommandFailure)
    assert.match(error.message, /^there are leases everpull in a-tenant, everpull: say with --namespace/)
    return true
  })
  assert.equal(await home(two, 'no', 'everpull'), 'everpull')
})
