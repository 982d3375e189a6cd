// This file is about the roles that are printed, on a real API server: applied as they are, they give just what is needed.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { dialects } from '../../src/dialects/all.ts'
import { argocd } from '../../src/dialects/argocd/dialect.ts'
import type { Dialect } from '../../src/dialects/dialect.ts'
import { mobb } from '../../src/dialects/mobb/dialect.ts'
import { type Access, type AccessOptions, requiredAccess } from '../../src/generate/access.ts'
import { rbacYaml } from '../../src/generate/rbac.ts'
import { startControlPlane, type TestControlPlane } from '../support/control-plane.ts'
import { eventually } from '../support/eventually.ts'

const run = promisify(execFile)

interface Review {
  readonly spec: { readonly resourceAttributes: object }
  readonly status: { readonly allowed: boolean }
}

const reviewOf = ({ group, resource, subresource, verb, namespace, name }: Access): object => ({
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SelfSubjectAccessReview',
  spec: { resourceAttributes: { group, resource, subresource, verb, namespace, name } },
})

const account = (name: string): AccessOptions['serviceAccount'] => ({ namespace: name, name: 'everpull' })

const clusterWide: AccessOptions = {
  serviceAccount: account('cluster-wide'),
  namespaces: [],
  serviceAccountIdentities: { is: 'none' },
  driftWatch: true,
  argocdNamespace: 'argocd',
}
const tenant: AccessOptions = {
  ...clusterWide,
  serviceAccount: account('tenant'),
  namespaces: ['team-a', 'team-b'],
}
const withoutWatch: AccessOptions = {
  ...clusterWide,
  serviceAccount: account('no-watch'),
  driftWatch: false,
  argocdNamespace: 'argocd',
}
const identities: AccessOptions = {
  ...tenant,
  serviceAccount: account('identities'),
  serviceAccountIdentities: { is: 'named', accounts: [{ namespace: 'team-b', name: 'reader' }] },
}
const labelled: AccessOptions = { ...clusterWide, serviceAccount: account('labelled') }
const pullSecrets: AccessOptions = { ...tenant, serviceAccount: account('pull-secrets') }
const syncing: AccessOptions = {
  ...tenant,
  serviceAccount: account('syncing'),
  configRepo: { secret: 'git-credentials' },
}
const every: readonly AccessOptions[] = [
  clusterWide,
  tenant,
  withoutWatch,
  identities,
  labelled,
  pullSecrets,
  syncing,
]

const some: ReadonlyMap<AccessOptions, readonly Dialect[]> = new Map([
  [labelled, [argocd]],
  [pullSecrets, [mobb]],
])
const servedWith = (options: AccessOptions): readonly Dialect[] => some.get(options) ?? dialects

describe('the roles printed', () => {
  let plane: TestControlPlane
  let folder: string
  let kubectl: string
  before(async () => {
    plane = await startControlPlane()
    folder = await mkdtemp(join(tmpdir(), 'everpull-rbac-'))
    kubectl = (await ensureParts(['kubectl'])).kubectl
    const own = every.map(({ serviceAccount }) => serviceAccount.namespace)
    for (const namespace of ['argocd', 'team-a', 'team-b', ...own]) {
      await asAdmin('create', 'namespace', namespace)
    }
    for (const options of every) await apply(options)
  })
  after(async () => {
    await plane.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const call = async (kubeconfig: string, ...args: string[]): Promise<string> =>
    (await run(kubectl, ['--kubeconfig', kubeconfig, ...args])).stdout
  const asAdmin = (...args: string[]): Promise<string> => call(plane.kubeconfig, ...args)

  const apply = async (options: AccessOptions): Promise<string> => {
    const file = join(folder, `${options.serviceAccount.namespace}.yaml`)
    await writeFile(file, rbacYaml(options, servedWith(options)))
    return asAdmin('apply', '--filename', file)
  }

  /** What the account is refused, of all that is asked; every question in one call. */
  const refused = async (options: AccessOptions, asked: readonly Access[]): Promise<readonly object[]> => {
    const { namespace } = options.serviceAccount
    const kubeconfig = join(folder, `${namespace}.kubeconfig`)
    await writeFile(kubeconfig, await plane.kubeconfigFor({ serviceAccount: options.serviceAccount }))
    const reviews = join(folder, `${namespace}-reviews.json`)
    const list = { apiVersion: 'v1', kind: 'List', items: asked.map(reviewOf) }
    await writeFile(reviews, JSON.stringify(list))
    const told = await call(kubeconfig, 'create', '--filename', reviews, '--output', 'jsonpath={@}{"\\n"}')
    const answers = told
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Review)
    assert.equal(answers.length, asked.length)
    return answers.filter(({ status }) => !status.allowed).map(({ spec }) => spec.resourceAttributes)
  }

  const canI = async (options: AccessOptions, ...question: string[]): Promise<string> => {
    const { namespace, name } = options.serviceAccount
    const as = `--as=system:serviceaccount:${namespace}:${name}`
    const told = run(kubectl, ['--kubeconfig', plane.kubeconfig, 'auth', 'can-i', as, ...question])
    return told.then(
      ({ stdout }) => stdout.trim(),
      (error: { stdout: string }) => error.stdout.trim(),
    )
  }

  for (const options of every) {
    const whose = options.serviceAccount.namespace
    test(`give ${whose} everything it needs`, async () => {
      const asked = requiredAccess(options, servedWith(options))
      // The API server learns of new roles by a watch of its own.
      await eventually('nothing to be refused', async () => (await refused(options, asked)).length === 0)
    })

    test(`change nothing when applied to ${whose} again`, async () => {
      for (const line of (await apply(options)).trim().split('\n')) assert.match(line, / unchanged$/)
    })
  }

  test('apply on a cluster that has no namespace for the operator yet', async () => {
    const applied = await apply({ ...clusterWide, serviceAccount: account('everpull') })
    assert.match(applied, /namespace\/everpull created\nserviceaccount\/everpull created/)
  })

  const beyond: readonly (readonly [string, AccessOptions, ...string[]])[] = [
    ['read pods', clusterWide, 'get', 'pods', '--all-namespaces'],
    ['write the spec of what is ordered', clusterWide, 'update', 'secrets.ecr.mobb.redhat.com', '-A'],
    ['read service accounts nobody named', pullSecrets, 'get', 'serviceaccounts', '--namespace=team-a'],
    ['ask for tokens nobody named', clusterWide, 'create', 'serviceaccounts', '--subresource=token', '-A'],
    ['write definitions', clusterWide, 'update', 'customresourcedefinitions'],
    ['give rights', clusterWide, 'create', 'clusterrolebindings'],
    ['read Secrets elsewhere', tenant, 'get', 'secrets', '--namespace=default'],
    ['read every Secret of its own namespace', pullSecrets, 'get', 'secrets', '--namespace=pull-secrets'],
    ['touch other leases', tenant, 'update', 'leases.coordination.k8s.io/other', '--namespace=tenant'],
    ['list Secrets of others for labelled ones', labelled, 'list', 'secrets', '--namespace=team-a'],
    ['make Secrets for labelled ones', labelled, 'create', 'secrets', '--namespace=argocd'],
    ['delete labelled Secrets', labelled, 'delete', 'secrets', '--namespace=argocd'],
    ['list Secrets without the drift watch', withoutWatch, 'list', 'secrets', '-A'],
    ['watch Secrets without the drift watch', withoutWatch, 'watch', 'secrets', '--namespace=team-a'],
    [
      'ask for tokens of another account',
      identities,
      'create',
      'serviceaccounts/other',
      '--subresource=token',
      '--namespace=team-b',
    ],
    [
      'ask for tokens in another namespace',
      identities,
      'create',
      'serviceaccounts/reader',
      '--subresource=token',
      '--namespace=team-a',
    ],
  ]
  for (const [what, options, ...question] of beyond) {
    test(`do not let the operator ${what}`, async () => {
      assert.equal(await canI(options, ...question), 'no')
    })
  }

  test('let it ask for tokens of the account that was named', async () => {
    const question = ['create', 'serviceaccounts/reader', '--subresource=token', '--namespace=team-b']
    await eventually('the right to ask', async () => (await canI(identities, ...question)) === 'yes')
  })
})
