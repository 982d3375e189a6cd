// This file is about the two recipes of the documents we answer to, on a real control plane with a real registry.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { argoRepository, harnessRecipe, mobbRecipe } from '../support/recipes.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningOperator, type SecretSeen, Stage } from '../support/stage.ts'

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

  it('believes no expiry of 2015: it warns, assumes twelve hours, and goes on', async () => {
    await stage.admin('PUT', '/settings', { toldExpiry: '2015' })
    const region = 'eu-north-1'
    await stage.namespace('assumed')
    await stage.credentialSecret('assumed')
    await stage.apply(argoRepository('assumed', region))
    await stage.apply(harnessRecipe({ namespace: 'assumed', region }))
    const isNew = ({ data }: SecretSeen): boolean => data['password'] !== 'an-old-password'
    await stage.secretWhere('assumed', 'repo-2529854065', 'has a new password', isNew)
    const told = await eventually('the warning is told', async () => {
      const events = await stage.get<{ items: { reason: string; type: string; message: string }[] }>(
        'events',
        '-n',
        'assumed',
      )
      return events?.items.find(({ reason }) => reason === 'ExpiryAssumed')
    })
    assert.equal(told.type, 'Warning')
    assert.match(told.message, /twelve hours are assumed/)
    const ready = await stage.ready('externalsecret', 'assumed', 'repo-2529854065')
    assert.equal(ready?.status, 'True')
    await stage.admin('PUT', '/settings', { toldExpiry: 'true' })
  })

  it('stops when told to, with exit code 0', async () => {
    assert.equal(await operator.stop(), 0)
  })

  it('keeps to the namespaces that WATCH_NAMESPACE names, as users of the ECR Secret Operator set it', async () => {
    const watching = await stage.startOperator([], { WATCH_NAMESPACE: 'watched' })
    await watching.ready()
    for (const namespace of ['elsewhere', 'watched']) {
      await stage.namespace(namespace)
      await stage.apply(mobbRecipe(namespace))
    }
    await stage.secretWhere('watched', 'ecr-docker-secret', 'exists', () => true)
    assert.equal(await stage.secret('elsewhere', 'ecr-docker-secret'), undefined)
    assert.equal(await watching.stop(), 0)
  })
})
