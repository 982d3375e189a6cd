// This file is about testing that an operator names the command that prints just its rights.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialects } from '../dialects/all.ts'
import { DIALECT_NAMES } from '../model/dialect-name.ts'
import { aCommandLine } from '../../test/support/command-line.ts'
import type { Commands } from '../operator/commands.ts'
import type { AccessOptions } from '../generate/access.ts'
import { rbacCommand } from './rbac-flags.ts'

type RbacAsked = Parameters<Commands['rbac']>[0]

const plain: AccessOptions = {
  serviceAccount: { namespace: 'everpull', name: 'everpull' },
  namespaces: [],
  serviceAccountIdentities: { is: 'none' },
  driftWatch: true,
  argocdNamespace: 'argocd',
}

const cases: readonly (readonly [string, Partial<AccessOptions>, string])[] = [
  ['nothing of note', {}, 'everpull rbac'],
  [
    'another account',
    { serviceAccount: { namespace: 'a', name: 'b' } },
    'everpull rbac --service-account=a/b',
  ],
  ['some namespaces', { namespaces: ['a', 'argocd'] }, 'everpull rbac --namespace=a,argocd'],
  [
    'all identities',
    { serviceAccountIdentities: { is: 'all' } },
    'everpull rbac --service-account-identities',
  ],
  [
    'one identity',
    { serviceAccountIdentities: { is: 'named', accounts: [{ namespace: 'a', name: 'b' }] } },
    'everpull rbac --service-account-identities=a/b',
  ],
  ['Argo CD elsewhere', { argocdNamespace: 'cd' }, 'everpull rbac --argocd-namespace=cd'],
  [
    'everything that is a feature of its own',
    { leaseNamespace: 'l', nudgeArgocd: true, configRepo: { secret: 'git' }, tokenEndpoint: true },
    'everpull rbac --lease-namespace=l --nudge-argocd --config-repo-secret=git --token-endpoint',
  ],
  ['a repository that anybody reads', { configRepo: {} }, 'everpull rbac --config-repo'],
]

for (const [what, changed, command] of cases) {
  test(`the command for ${what} asks for just that`, async () => {
    const options = { ...plain, ...changed }
    assert.equal(rbacCommand(options, DIALECT_NAMES), command)
    assert.deepEqual(await askedBy(command), { ...options, dialects: DIALECT_NAMES })
  })
}

test('dialects are named where they are not the usual ones', async () => {
  const served = dialects.map(({ name }) => name).filter((name) => name !== 'mobb')
  const command = rbacCommand(plain, served)
  assert.deepEqual((await askedBy(command)).dialects, served)
})

/** What the command line understands by it. */
async function askedBy(command: string): Promise<RbacAsked> {
  let asked: RbacAsked | undefined
  const line = aCommandLine({
    commands: {
      rbac: async (given) => {
        asked = given
        return ''
      },
    },
  })
  assert.equal(await line.run(...command.split(' ').slice(1)), 0, line.output.err)
  return asked ?? assert.fail('nothing was asked for')
}
