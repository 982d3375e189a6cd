// This file is about two tenants of one cluster while things change: what is shared ends, namespaces and accounts return as others, CI asks.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { conditionWhere, everythingServed } from '../support/deeds.ts'
import { eventually } from '../support/eventually.ts'
import { account, ALICE, login, MALLORY, type Manifest, through } from '../support/tenants/manifests.ts'
import { ALICES_EXTERNAL_ID, HOST, roleArn, SETTINGS } from '../support/tenants/names.ts'
import { integration, list, TenantsStage } from '../support/tenants/stage.ts'
import { tokensRequested } from '../support/tenants/tokens-asked.ts'
import { alicesThings, Ledger, restOf, secretsOf, textOf } from '../support/tenants/world.ts'
import { tlsIdentity } from '../support/tls-identity.ts'
import { askEndpoint, type RefusalTold } from '../support/token-client.ts'

const SOMETIMES = roleArn('sometimes-role')
const inRegion = (region: string): string => HOST.replace('us-west-1', region)
const inNamespace = (manifest: Manifest, namespace: string): Manifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, namespace },
})

describe('while things change, mallory', { timeout: 600_000 }, () => {
  let tenants: TenantsStage
  let alicesBefore: object
  let url = ''
  let ca = ''

  before(async () => {
    const identity = await tlsIdentity('endpoint')
    ca = identity.cert
    const setting = SETTINGS['the operator identity for everybody, and all accounts']
    tenants = await TenantsStage.open(setting, async (folder) => {
      await writeFile(join(folder, 'tls.crt'), identity.cert)
      await writeFile(join(folder, 'tls.key'), identity.key)
      return [
        '--token-endpoint-address=127.0.0.1:0',
        `--token-endpoint-cert=${join(folder, 'tls.crt')}`,
        `--token-endpoint-key=${join(folder, 'tls.key')}`,
      ]
    })
    url = String((await tenants.operator.logged('token endpoint: listening'))['url'])
    alicesBefore = await alicesThings(tenants.stage)
  })
  after(() => tenants?.[Symbol.asyncDispose]())

  /** An integration whose logins are not mallory's by themselves, shared as said. */
  const shareSometimes = (name: string, namespaces: object): Promise<string> =>
    tenants.stage.apply(JSON.stringify(integration(name, { iamRole: { roleArn: SOMETIMES } }, namespaces)))
  const apply = async (...manifests: readonly Manifest[]): Promise<void> => {
    const said = await tenants.tryAll(manifests)
    assert.doesNotMatch(said, /Error/)
  }
  const isRefused = (namespace: string, name: string): Promise<unknown> =>
    conditionWhere(tenants.stage, 'registrylogin', namespace, name, ({ message }) =>
      message.includes('is not shared with namespace'),
    )
  const mintsIn = async (region: string): Promise<number> =>
    (await tenants.stage.calls(`?operation=GetAuthorizationToken&region=${region}`)).filter(
      ({ principal, outcome }) => principal.includes('sometimes-role') && outcome === 'ok',
    ).length

  it('loses what was shared with her: what was written stays, and nothing comes of whatever she orders then', async () => {
    const { stage } = tenants
    await shareSometimes('ending', { names: [MALLORY] })
    const registries = [{ host: inRegion('eu-west-1') }]
    const outputs = [{ secretName: 'ending', basicAuth: {} }]
    await apply(login('ending', through('ending'), { registries, outputs }))
    const served = await stage.secretWhere(MALLORY, 'ending', 'is written', () => true)
    await shareSometimes('ending', { names: [ALICE] })
    await isRefused(MALLORY, 'ending')
    const mints = await mintsIn('eu-west-1')
    await tenants.asMallory('annotate', 'registrylogin', 'ending', 'everpull.dev/refresh=now')
    await apply(
      login('ending-too', through('ending'), { registries }),
      login('ending', through('ending'), {
        registries,
        outputs: [...outputs, { secretName: 'ending-more', basicAuth: {} }],
      }),
    )
    await isRefused(MALLORY, 'ending-too')
    await everythingServed(stage)
    const held = await stage.secret(MALLORY, 'ending')
    assert.deepEqual(held?.data, served.data)
    await tenants.asMallory('delete', 'secret', 'ending')
    await everythingServed(stage)
    for (const name of ['ending', 'ending-too', 'ending-more'])
      assert.equal(await stage.secret(MALLORY, name), undefined, name)
    assert.equal(await mintsIn('eu-west-1'), mints)
  })

  it('gets nothing of an answer that AWS gives after the sharing has ended', async () => {
    const { stage } = tenants
    const region = 'eu-central-1'
    await shareSometimes('racing', { names: [MALLORY] })
    await stage.fault({ kind: 'hang', operation: 'GetAuthorizationToken', region, times: 1 })
    await apply(login('racing', through('racing'), { registries: [{ host: inRegion(region) }] }))
    const areSpent = async (): Promise<boolean> =>
      (await stage.admin<{ faults: readonly object[] }>('GET', '/faults')).faults.length === 0
    await eventually('AWS is asked', areSpent)
    await shareSometimes('racing', { names: [ALICE] })
    await eventually('AWS answers', async () => (await mintsIn(region)) > 0)
    await isRefused(MALLORY, 'racing')
    await everythingServed(stage)
    assert.equal(await stage.secret(MALLORY, 'racing'), undefined)
  })

  it('gets nothing by the labels that a namespace had before it was deleted and made anew', async () => {
    const { stage } = tenants
    const namespace = (labels: object): string =>
      JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'returning', labels } })
    const order = inNamespace(login('returning', through('by-label')), 'returning')
    await shareSometimes('by-label', { selector: { matchLabels: { tier: 'gold' } } })
    await stage.apply(namespace({ tier: 'gold' }))
    await stage.apply(JSON.stringify(order))
    await stage.secretWhere('returning', 'returning', 'is written', () => true)
    await stage.kubectl('delete', 'namespace', 'returning')
    await stage.apply(`${namespace({})}\n---\n${JSON.stringify(order)}`)
    await isRefused('returning', 'returning')
    await everythingServed(stage)
    assert.equal(await stage.secret('returning', 'returning'), undefined)
  })

  it('gets a session of its own for an account that returns under its name', async () => {
    const { stage } = tenants
    const puller = account('returning', { 'eks.amazonaws.com/role-arn': roleArn('mallory-returning') })
    await apply(puller, login('of-account', { serviceAccount: { name: 'returning' } }))
    const tokens = async (): Promise<number> =>
      (await tokensRequested(stage)).filter(({ account: one }) => one === 'mallory/returning').length
    await eventually('a token is asked for', async () => (await tokens()) > 0)
    const served = await stage.secretWhere(MALLORY, 'of-account', 'is written', () => true)
    const before = await tokens()
    await tenants.asMallory('delete', 'serviceaccount', 'returning')
    await conditionWhere(stage, 'registrylogin', MALLORY, 'of-account', ({ message }) =>
      message.includes('does not exist'),
    )
    await apply(puller)
    await stage.secretWhere(
      MALLORY,
      'of-account',
      'has another login',
      ({ data }) => data['password'] !== served.data['password'],
    )
    assert.ok((await tokens()) > before)
  })

  it('could label her namespace with a Role for all resources there are, which she has not', async () => {
    const { stage } = tenants
    const verbs = ['--verb=*', '--resource=*', '-n', MALLORY]
    await stage.kubectl('create', 'role', 'all-of-core', ...verbs)
    await stage.kubectl('create', 'rolebinding', 'eve', '--role=all-of-core', '--user=eve', '-n', MALLORY)
    const may = (user: string): Promise<string> =>
      stage
        .kubectl('auth', 'can-i', 'patch', `namespaces/${MALLORY}`, '-n', MALLORY, `--as=${user}`)
        .catch(() => 'no')
    await eventually('eve may', async () => (await may('eve')).trim() === 'yes')
    assert.match(await may(MALLORY), /no/)
  })

  describe('at the token endpoint', () => {
    const refusal = async (integrationName: string, token: string, body?: object): Promise<string> => {
      const { status, body: said } = await askEndpoint(url, ca, { integration: integrationName, token, body })
      return status === 200 ? '200' : `${status} ${(JSON.parse(said) as RefusalTold).error}`
    }
    const tokenOf = async (namespace: string, name: string, audience: string): Promise<string> =>
      (await tenants.stage.kubectl('create', 'token', name, '-n', namespace, `--audience=${audience}`)).trim()
    const rule = (namespace: string, name: string) => ({
      issuer: 'kubernetes',
      audience: 'everpull',
      subject: `system:serviceaccount:${namespace}:${name}`,
    })

    before(async () => {
      const { stage } = tenants
      const alices = { iamRole: { roleArn: roleArn('alice-role'), externalId: ALICES_EXTERNAL_ID } }
      const registries = [{ host: HOST }]
      await stage.apply(
        list([
          inNamespace(account('ci'), ALICE),
          account('ci'),
          integration('ci', alices, { names: [ALICE] }, { registries, ciAccess: [rule(ALICE, 'ci')] }),
          integration(
            'ci-of-all',
            alices,
            { names: [ALICE] },
            {
              registries,
              ciAccess: [rule('*', 'ci')],
            },
          ),
          integration('ci-unshared', alices, undefined, { registries, ciAccess: [rule(MALLORY, 'ci')] }),
        ]),
      )
      const token = await tokenOf(ALICE, 'ci', 'everpull')
      await eventually('alice is served there', async () => (await refusal('ci', token)) === '200')
    })

    it('is refused with a token of her own account, though it is called like that of alice', async () => {
      const token = await tokenOf(MALLORY, 'ci', 'everpull')
      assert.equal(await refusal('ci', token), '403 not-allowed')
    })
    it('is refused where a rule is for every account of that name, and where one is for hers, as nothing is shared with her', async () => {
      const token = await tokenOf(MALLORY, 'ci', 'everpull')
      assert.equal(await refusal('ci-of-all', token), '403 not-allowed')
      assert.equal(await refusal('ci-unshared', token), '403 not-allowed')
    })
    it('learns no more of an integration that is not there', async () => {
      const token = await tokenOf(MALLORY, 'ci', 'everpull')
      assert.equal(await refusal('nobodys', token), await refusal('ci', token))
    })
    it('is refused with a token that is for somebody else, or for the API server', async () => {
      for (const audience of ['vault', tenants.cast.issuer])
        assert.match(await refusal('ci', await tokenOf(MALLORY, 'ci', audience)), /^40[13] /, audience)
    })
    it('is refused with a token of hers in which she wrote the name of alice', async () => {
      const [header = '', claims = '', signature = ''] = (await tokenOf(MALLORY, 'ci', 'everpull')).split('.')
      const read = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object
      const alices = JSON.stringify(read).replaceAll(MALLORY, ALICE)
      const forged = [header, Buffer.from(alices).toString('base64url'), signature].join('.')
      const unsigned = [
        Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url'),
        Buffer.from(alices).toString('base64url'),
        '',
      ].join('.')
      for (const token of [forged, unsigned, `${unsigned}${signature}`])
        assert.match(await refusal('ci', token), /^40[01] /)
    })
    it('would be refused to push with a token of alice herself, whose rule is to pull', async () => {
      const token = await tokenOf(ALICE, 'ci', 'everpull')
      assert.equal(await refusal('ci', token, { access: 'push' }), '403 access-not-given')
    })
    it('is refused with the token of an account of alice that has been deleted and made anew', async () => {
      const { stage } = tenants
      const token = await tokenOf(ALICE, 'ci', 'everpull')
      assert.equal(await refusal('ci', token), '200')
      await stage.kubectl('delete', 'serviceaccount', 'ci', '-n', ALICE)
      await stage.kubectl('create', 'serviceaccount', 'ci', '-n', ALICE)
      // The API server takes a token for good for ten seconds once it has found it so.
      await eventually('it is refused', async () => (await refusal('ci', token)) === '401 token-refused')
    })
  })

  describe('in the end', () => {
    it('has no credential of alice, and nor has anything she can read', async () => {
      const { stage } = tenants
      const ledger = await Ledger.read(stage, [
        stage.sandbox.aws.principals.bot.arn,
        SOMETIMES,
        roleArn('mallory-returning'),
      ])
      for (const secret of await secretsOf(stage, MALLORY))
        assert.deepEqual(ledger.foreignIn(textOf(secret)), [], secret.metadata.name)
      assert.deepEqual(ledger.foreignIn(await restOf(stage)), [])
      assert.deepEqual(ledger.foreignIn(tenants.operator.output), [])
    })
    it('has changed no Secret of alice', async () => {
      const { secrets } = (await alicesThings(tenants.stage)) as { secrets: object }
      assert.deepEqual(secrets, (alicesBefore as { secrets: object }).secrets)
    })
  })
})
