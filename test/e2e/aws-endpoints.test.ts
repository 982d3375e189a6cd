// This file is about docs/how-to/aws-endpoints.md: endpoints by configuration, and registries behind other names.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { parse } from 'yaml'
import { yamlBlocks } from '../support/printed-examples.ts'
import { Stage } from '../support/stage.ts'

const [environmentYaml = '', aliasYaml = '', fipsYaml = ''] = yamlBlocks('docs/how-to/aws-endpoints.md')
const { env } = parse(environmentYaml) as {
  readonly env: readonly { readonly name: string; readonly value: string }[]
}

describe('docs/how-to/aws-endpoints.md', { timeout: 300_000 }, () => {
  let stage: Stage
  let usual: Readonly<Record<string, string>>

  before(async () => {
    stage = await Stage.open()
    await stage.namespace('builds')
    await stage.apply(
      JSON.stringify({
        apiVersion: 'everpull.dev/v1alpha1',
        kind: 'EcrIntegration',
        metadata: { name: 'default' },
        spec: {
          region: 'us-east-2',
          auth: { iamRole: { roleArn: 'arn:aws:iam::123456789012:role/ecr-reader' } },
          sharing: { namespaces: { names: ['builds'] } },
        },
      }),
    )
    const { HTTPS_PROXY, SSL_CERT_FILE } = stage.sandbox.proxyEnv
    // Every call goes where its name leads, by way of the proxy.
    usual = { HTTPS_PROXY, NO_PROXY: '127.0.0.1', NODE_EXTRA_CA_CERTS: SSL_CERT_FILE, AWS_ENDPOINT_URL: '' }
  })
  after(() => stage[Symbol.asyncDispose]())

  /** The hosts that were called for a login under `host`, in the docker config of Secret builds/`name`. */
  const hostsCalled = async (
    environment: Readonly<Record<string, string>>,
    yaml: string,
    name: string,
    host: string,
  ): Promise<readonly string[]> => {
    const before = (await stage.calls()).length
    const operator = await stage.startOperator([], { ...usual, ...environment })
    await operator.ready()
    await stage.apply(yaml)
    const { data } = await stage.secretWhere('builds', name, 'is written', (one) => one.data !== undefined)
    const { auths } = JSON.parse(data['.dockerconfigjson'] ?? '') as { readonly auths: object }
    assert.deepEqual(Object.keys(auths), [host])
    await operator.end()
    const calls = (await stage.calls()).slice(before)
    assert.deepEqual(new Set(calls.map(({ outcome }) => outcome)), new Set(['ok']))
    return [...new Set(calls.map((call) => call.host))].toSorted()
  }

  it('has the endpoints called that the environment names, and a login under the name of another', async () => {
    const environment = Object.fromEntries(env.map(({ name, value }) => [name, value]))
    const alias = 'vpce-0a1b2c-d3e4.dkr.ecr.us-east-2.vpce.amazonaws.com'
    const called = await hostsCalled(environment, aliasYaml, 'through-endpoint', alias)
    assert.deepEqual(called, env.map(({ value }) => new URL(value).host).toSorted())
  })

  it('has FIPS and dual-stack endpoints called where the registry is one', async () => {
    await stage.kubectl('delete', 'registrylogin', '--all', '--namespace', 'builds')
    const called = await hostsCalled({}, fipsYaml, 'fips', '123456789012.dkr-ecr-fips.us-east-2.on.aws')
    assert.ok(called.includes('ecr-fips.us-east-2.api.aws'), called.join())
  })
})
