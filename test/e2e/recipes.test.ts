// This file is about the two recipes of the documents we answer to, on a real control plane with a real registry.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { argoRepository, harnessRecipe, mobbRecipe } from '../support/recipes.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

describe('the recipes, as their readers copy them', () => {
  let stage: Stage
  let operator: RunningOperator

  before(async () => {
    stage = await Stage.open({ collectsGarbage: true })
    await stage.namespace('argocd')
    await stage.credentialSecret('argocd')
    operator = await stage.startOperator()
    await operator.ready()
  })
  after(() => stage[Symbol.asyncDispose]())

  it('adds a live password to the repository Secret and leaves the rest alone', async () => {
    await stage.apply(argoRepository('argocd'))
    await stage.apply(harnessRecipe({ namespace: 'argocd' }))
    const secret = await stage.secretWhere(
      'argocd',
      'repo-2529854065',
      'has a new password',
      ({ data }) => data['password'] !== 'an-old-password',
    )
    assert.deepEqual(
      { ...secret.data, password: '' },
      {
        url: '123456789012.dkr.ecr.us-west-1.amazonaws.com',
        name: 'charts',
        type: 'helm',
        enableOCI: 'true',
        username: 'AWS',
        password: '',
      },
    )
    assert.equal(secret.metadata.labels?.['argocd.argoproj.io/secret-type'], 'repository')
    assert.equal(secret.metadata.annotations?.['managed-by'], 'argocd.argoproj.io')
    assert.equal(secret.metadata.ownerReferences, undefined)
  })

  it('makes the docker config Secret, and the garbage collector takes it with its owner', async () => {
    await stage.apply(mobbRecipe('argocd'))
    const secret = await stage.secretWhere('argocd', 'ecr-docker-secret', 'exists', () => true)
    assert.equal(secret.type, 'kubernetes.io/dockerconfigjson')
    const config = JSON.parse(secret.data['.dockerconfigjson'] ?? '') as {
      auths: Record<string, { auth: string }>
    }
    const entry = config.auths['123456789012.dkr.ecr.us-east-2.amazonaws.com']
    assert.match(Buffer.from(entry?.auth ?? '', 'base64').toString(), /^AWS:/)
    await stage.kubectl('delete', 'secrets.ecr.mobb.redhat.com', 'ecr-secret', '-n', 'argocd')
    await stage.kubectl('wait', '--for=delete', 'secret/ecr-docker-secret', '-n', 'argocd', '--timeout=60s')
  })

  it('tells how each fares', async () => {
    const ready = await stage.ready('externalsecret', 'argocd', 'repo-2529854065')
    assert.deepEqual(
      [ready?.status, ready?.reason, ready?.message],
      ['True', 'SecretSynced', 'secret synced'],
    )
  })

  it('stops when told to, with exit code 0', async () => {
    assert.equal(await operator.stop(), 0)
  })
})
