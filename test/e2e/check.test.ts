// This file is about `everpull check` and `everpull crds --missing`, asked of a real cluster.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { CheckReport } from '../../src/operator/commands.ts'
import { CHECKOUT, runEverpull } from '../support/everpull-process.ts'
import { argoRepository, harnessRecipe, mobbRecipe } from '../support/recipes.ts'
import { Stage } from '../support/stage.ts'

describe('looking into a cluster', () => {
  let stage: Stage

  before(async () => {
    stage = await Stage.open()
    await stage.namespace('argocd')
    await stage.credentialSecret('argocd')
  })
  after(() => stage[Symbol.asyncDispose]())

  /** As the admin at a workstation, with the bot's keys in the environment. */
  async function everpull(...args: readonly string[]) {
    const { accessKeyId, secretAccessKey } = stage.sandbox.aws.principals.bot
    const environment = {
      ...stage.sandbox.awsEnv,
      KUBECONFIG: stage.sandbox.kubeconfigPath,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    }
    const command = [process.execPath, join(CHECKOUT, 'bin', 'everpull.js')] as const
    return runEverpull({ says: 'from the checkout', command, environment }, ...args)
  }
  async function check(...args: readonly string[]) {
    const { code, out, err } = await everpull('check', ...args)
    assert.equal(err, '')
    return { code, report: JSON.parse(out) as CheckReport }
  }

  it('tells who the operator is in AWS, and which kinds are installed', async () => {
    const { code, report } = await check()
    assert.equal(code, 0)
    assert.ok(report.aws.is === 'known', JSON.stringify(report.aws))
    assert.match(report.aws.arn, /^arn:aws:iam::\d{12}:user\//)
    const versions = new Map(report.kinds.map(({ kind, version }) => [kind, version]))
    assert.equal(versions.get('ExternalSecret.external-secrets.io'), 'v1')
    assert.equal(versions.get('Secret.ecr.mobb.redhat.com'), 'v1alpha1')
  })

  it('tells what an object lacks, and that nobody serves it, before an operator runs', async () => {
    await stage.apply(mobbRecipe('argocd'))
    await stage.apply(harnessRecipe({ namespace: 'argocd' }))
    await stage.apply(argoRepository('argocd'))
    const { code, report } = await check('--namespace', 'argocd')
    assert.equal(code, 1)
    assert.deepEqual(
      Object.fromEntries(report.objects.map(({ kind, state, targets }) => [kind, [state, ...targets]])),
      {
        ExternalSecret: ['failing', 'argocd/repo-2529854065'],
        Secret: ['failing', 'argocd/ecr-docker-secret'],
      },
    )
    assert.ok(report.objects.every(({ because }) => because?.includes('is the operator running?')))
  })

  it('tells what is served and until when, once one does', async () => {
    const operator = await stage.startOperator()
    await operator.ready()
    await stage.secretWhere('argocd', 'ecr-docker-secret', 'exists', () => true)
    await stage.secretWhere(
      'argocd',
      'repo-2529854065',
      'is new',
      (s) => s.data['password'] !== 'an-old-password',
    )
    const { code, report } = await check()
    assert.equal(code, 0, JSON.stringify(report))
    assert.deepEqual(new Set(report.objects.map(({ state }) => state)), new Set(['served']))
    assert.ok(report.objects.every(({ expiresAt = '' }) => Date.parse(expiresAt) > Date.now()))
    const { report: one } = await check('ecr-secret')
    assert.deepEqual(
      one.objects.map(({ name }) => name),
      ['ecr-secret'],
    )
    assert.equal(await operator.stop(), 0)
  })

  it('finds that the printed roles are all the operator needs', async () => {
    const { report } = await check('--service-account', 'everpull/everpull')
    assert.deepEqual(report.missingRights, [])
  })

  it('names the rights an account lacks, and what each is for', async () => {
    const { code, report } = await check('--service-account', 'argocd/default')
    assert.equal(code, 1)
    const status = report.missingRights.find(
      ({ resource }) => resource === 'externalsecrets.external-secrets.io/status',
    )
    assert.equal(status?.verb, 'patch')
    assert.ok(report.missingRights.every(({ neededFor }) => neededFor.length > 0))
  })

  it('prints only the definitions that are missing', async () => {
    assert.deepEqual(await everpull('crds', '--missing'), { code: 0, signal: null, out: '', err: '' })
    await stage.kubectl('delete', 'crd', 'argohelmreposecrets.ecr.mobb.redhat.com')
    const { out } = await everpull('crds', '--missing')
    assert.deepEqual(
      [...out.matchAll(/^ {2}name: (.*)$/gm)].map(([, name]) => name),
      ['argohelmreposecrets.ecr.mobb.redhat.com'],
    )
  })

  it('says in one line that a cluster does not answer', async () => {
    await stage.sandbox.stopPart('kube-apiserver')
    const { code, err } = await everpull('crds', '--missing')
    assert.equal(code, 1)
    assert.match(err, /^everpull: [^\n]*\n$/)
  })
})
