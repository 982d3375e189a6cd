// This file is about builds of OpenShift: they push with the login that their account links, and with no other.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { LinkedAccounts } from '../support/linked-accounts.ts'
import {
  type BuildConfig,
  exampleBuild,
  pushConfigOf,
  type Pusher,
  pushers,
  readExample,
} from '../support/openshift-build.ts'
import { Stage } from '../support/stage.ts'

const IDENTITIES = '--service-account-identities=builds/builder'

describe('an OpenShift build', { timeout: 300_000 }, () => {
  let stage: Stage
  let build: BuildConfig
  let clients: readonly Pusher[]

  before(async () => {
    stage = await Stage.open()
    await stage.namespace('builds')
    await stage.apply(await stage.everpull('rbac', IDENTITIES))
    build = await exampleBuild()
    clients = await pushers(stage)
    const operator = await stage.startOperator([IDENTITIES])
    await operator.ready()
    const accounts = new LinkedAccounts(stage, 'builds')
    // What the platform itself links: a login for its own registry.
    const internal = { 'image-registry.openshift-image-registry.svc:5000': { auth: 'eDpw' } }
    await stage.apply(dockerConfigSecret('builder-dockercfg', internal))
    const own = [{ name: 'builder-dockercfg' }]
    await accounts.create('builder', {}, { imagePullSecrets: own, secrets: own })
    await stage.apply(await readExample('registry-login.yaml'))
    await accounts.where('builder', ['builder-dockercfg', 'ecr-push'], ['builder-dockercfg', 'ecr-push'])
    await accounts.where('default', ['ecr-pull'], [])
  })
  after(() => stage[Symbol.asyncDispose]())

  for (const { list, since } of [
    { list: 'imagePullSecrets', since: 'from OpenShift 4.16 on' },
    { list: 'secrets', since: 'before OpenShift 4.16' },
  ] as const) {
    it(`finds the login in the ${list} of its account, as builds do ${since}, and pushes`, async () => {
      const config = await pushConfigOf(stage, build, list)
      assert.ok(config !== undefined)
      for (const client of clients)
        await client.push(config, `${build.spec.output.to.name}-${client.name}-${list.toLowerCase()}`)
    })
  }

  it('is refused with the login that pods pull with', async () => {
    const asPod = { ...build, spec: { ...build.spec, serviceAccount: 'default' } }
    const config = await pushConfigOf(stage, asPod, 'imagePullSecrets')
    assert.ok(config !== undefined)
    for (const client of clients) {
      await assert.rejects(
        client.push(config, build.spec.output.to.name),
        /not authorized to perform: ecr:|denied/i,
      )
    }
  })

  it('would find no login for ECR had its account not been linked', async () => {
    const asOther = { ...build, spec: { ...build.spec, serviceAccount: 'default' } }
    assert.equal(await pushConfigOf(stage, asOther, 'secrets'), undefined)
  })
})

const dockerConfigSecret = (name: string, auths: object): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'builds', name },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
  })
