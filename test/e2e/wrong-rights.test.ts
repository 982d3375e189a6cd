// This file is about an operator that lacks a right: it says which, keeps running, and recovers once it is granted.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { parseAllDocuments, stringify } from 'yaml'
import { auditedRequests } from '../../sandbox/control-plane/audit-log.ts'
import { conditionWhere, quiet } from '../support/deeds.ts'
import { eventually } from '../support/eventually.ts'
import { LinkedAccounts } from '../support/linked-accounts.ts'
import { KEY_SECRET, linkedOutput, linkingLogin } from '../support/linking-logins.ts'
import { externalSecret, generator, keysIn, opaqueSecret, together } from '../support/orders.ts'
import { SecretWatch } from '../support/secret-watch.ts'
import { type Condition, type RunningOperator, Stage } from '../support/stage.ts'

const NAMESPACE = 'apps'
const ADVICE = 'apply the output of "everpull rbac"'
/** What is forbidden is tried again at most a minute later; early on, far sooner. */
const RECOVERY_MS = 60_000

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}
interface Role {
  readonly kind: string
  readonly rules: readonly Rule[]
}

const ready = ({ status }: Condition): boolean => status === 'True'
const failed = ({ status }: Condition): boolean => status === 'False'

describe('an operator without the right', () => {
  let stage: Stage
  let watch: SecretWatch
  let role: Role
  let operator: RunningOperator

  before(async () => {
    stage = await Stage.open({ audit: true })
    watch = await SecretWatch.open(stage)
    const documents = parseAllDocuments(await stage.everpull('rbac')).map((each) => each.toJS() as Role)
    role = documents.find(({ kind }) => kind === 'ClusterRole') ?? assert.fail('no ClusterRole')
    await stage.namespace(NAMESPACE)
    await stage.credentialSecret(NAMESPACE, 'keys')
    await stage.apply(generator({ namespace: NAMESPACE, name: 'own' }))
    operator = await stage.startOperator()
    await operator.ready()
  })
  afterEach(() => {
    assert.equal(operator.child.exitCode, null, `it runs no more: ${operator.output.slice(-2000)}`)
    assert.deepEqual(
      operator.log.filter(({ level }) => level === 'error'),
      [],
    )
  })
  after(async () => {
    await watch[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
  })

  const granted = (): Promise<string> => stage.apply(stringify(role))

  /** Everything that `everpull rbac` gives but this. */
  async function without(resource: string, ...verbs: readonly string[]): Promise<void> {
    const [plural, group = ''] = resource.split('@')
    const rules = role.rules
      .map((rule) =>
        rule.resources.includes(plural ?? '') && rule.apiGroups.includes(group)
          ? { ...rule, verbs: rule.verbs.filter((verb) => !verbs.includes(verb)) }
          : rule,
      )
      .filter((rule) => rule.verbs.length > 0)
    await stage.apply(stringify({ ...role, rules }))
  }

  const order = (name: string, target: object = {}): Promise<string> =>
    stage.apply(externalSecret({ namespace: NAMESPACE, name, generator: 'own', target: { ...target } }))
  const condition = (name: string, isRight: (ready: Condition) => boolean, limitMs = RECOVERY_MS) =>
    conditionWhere(stage, 'externalsecret', NAMESPACE, name, isRight, limitMs)
  const restarted = async (): Promise<void> => {
    await operator.stop()
    operator = await stage.startOperator()
    await operator.ready()
  }
  const lines = (text: string) => operator.log.filter(({ message }) => message.includes(text))

  it('to update Secrets says so on the object, leaves the Secret, and writes it once it may', async () => {
    await stage.apply(opaqueSecret({ namespace: NAMESPACE, name: 'updating' }, { password: 'old' }))
    await without('secrets', 'update')
    await order('updating')
    const { message } = await condition('updating', failed)
    assert.match(message, /^could not update secret: .*cannot update resource "secrets"/)
    assert.ok(message.includes(ADVICE), message)
    assert.equal(watch.get(NAMESPACE, 'updating')?.data['password'], 'old')
    await granted()
    await condition('updating', ready)
  })

  it('to create Secrets says so on the object, and creates it once it may', async () => {
    await without('secrets', 'create')
    await order('creating')
    const { message } = await condition('creating', failed)
    assert.match(message, /cannot create resource "secrets"/)
    assert.ok(message.includes(ADVICE), message)
    await granted()
    await condition('creating', ready)
  })

  it('to read Secrets says so where credentials are needed, and goes on once it may', async () => {
    await without('secrets', 'get')
    await stage.apply(
      together(
        generator({ namespace: NAMESPACE, name: 'by-keys' }, keysIn('keys')),
        externalSecret({ namespace: NAMESPACE, name: 'reading', generator: 'by-keys' }),
      ),
    )
    const { message } = await condition('reading', failed)
    assert.match(message, /cannot get resource "secrets"/)
    assert.ok(message.includes(ADVICE), message)
    await granted()
    await condition('reading', ready)
  })

  it('to write statuses fills the Secret, says so once in its log, and does not keep asking', async () => {
    await without('externalsecrets/status@external-secrets.io', 'patch')
    await order('untold')
    await order('untold-too')
    await watch.where(NAMESPACE, 'untold', 'is written', () => true)
    await watch.where(NAMESPACE, 'untold-too', 'is written', () => true)
    await operator.logged(`statuses may not be written: ${ADVICE}`)
    await quiet(stage)
    const refused = (await auditedRequests(stage.sandbox.folder)).filter(
      ({ status, resource, name }) =>
        status === 403 && resource === 'externalsecrets/status' && name.startsWith('untold'),
    )
    // One for each, and one more where the Secret's own change brought the order back.
    assert.ok(refused.length <= 4, `${refused.length} statuses were refused`)
    assert.equal(lines('statuses may not be written').length, 1)
    await granted()
    await condition('untold', ready)
    await condition('untold-too', ready)
  })

  it('to create events does everything else, and says so once in its log', async () => {
    await without('events', 'create')
    for (const name of ['quiet', 'quiet-too']) {
      await order(name)
      await condition(name, ready)
    }
    await operator.logged('events may not be written')
    assert.equal(lines('events may not be written').length, 1)
    assert.ok(lines('events may not be written')[0]?.message.includes(ADVICE))
    await granted()
  })

  it('to list its orders says in its log which kind that is, and serves them once it may', async () => {
    await without('externalsecrets@external-secrets.io', 'list', 'watch')
    await restarted()
    const line = await operator.logged(`a kind may not be watched: ${ADVICE}`)
    assert.equal(line['kind'], 'ExternalSecret')
    assert.match(String(line['error']), /cannot list resource "externalsecrets"/)
    await order('listed')
    await granted()
    await watch.where(NAMESPACE, 'listed', 'is written', () => true, RECOVERY_MS)
  })

  it('to list generators says so on the orders that need one, keeps what they have, and recovers', async () => {
    await without('ecrauthorizationtokens@generators.external-secrets.io', 'list', 'watch')
    await restarted()
    const { status, message } = await condition('creating', (now) => now.message !== 'secret synced')
    assert.equal(status, 'True')
    assert.match(message, /^secret synced: serving a login that expires at /)
    assert.match(message, /cannot list resource "ecrauthorizationtokens"/)
    assert.ok(message.includes(ADVICE), message)
    await granted()
    await condition('creating', (now) => now.message === 'secret synced')
  })

  it('to watch Secrets serves its orders all the same, and says so in its log', async () => {
    await without('secrets', 'list', 'watch')
    await restarted()
    const line = await operator.logged(`a kind may not be watched: ${ADVICE}`)
    assert.match(String(line['error']), /cannot list resource "secrets"/)
    await order('blind')
    await condition('blind', ready)
    await granted()
    await eventually(
      'drift is repaired again',
      async () => {
        await stage.apply(opaqueSecret({ namespace: NAMESPACE, name: 'blind' }, { password: 'tampered' }))
        return watch
          .where(NAMESPACE, 'blind', 'is repaired', ({ data }) => data['password'] !== 'tampered', 5000)
          .catch(() => undefined)
      },
      RECOVERY_MS,
    )
  })

  it('to change service accounts keeps the Secret, says so on the object, and links once it may', async () => {
    const accounts = new LinkedAccounts(stage, NAMESPACE)
    await stage.credentialSecret(NAMESPACE, KEY_SECRET)
    await without('serviceaccounts', 'patch')
    await stage.apply(linkingLogin(NAMESPACE, 'linking', linkedOutput('linked', { names: ['default'] })))
    const login = (isRight: (ready: Condition) => boolean) =>
      conditionWhere(stage, 'registrylogin', NAMESPACE, 'linking', isRight, RECOVERY_MS)
    const { message } = await login(failed)
    assert.match(message, /cannot patch resource "serviceaccounts"/)
    assert.ok(message.includes(ADVICE), message)
    assert.ok(watch.get(NAMESPACE, 'linked') !== undefined)
    await granted()
    await login(ready)
    await accounts.where('default', ['linked'], ['linked'])
  })

  it('to list service accounts says so on the object, and takes off what was linked once it may', async () => {
    const accounts = new LinkedAccounts(stage, NAMESPACE)
    await without('serviceaccounts', 'list', 'watch')
    await stage.kubectl('delete', 'registrylogin', 'linking', '-n', NAMESPACE)
    await accounts.where('default', [], [])
    await stage.apply(linkingLogin(NAMESPACE, 'linking', linkedOutput('linked', { names: ['default'] })))
    await accounts.where('default', ['linked'], ['linked'])
    await operator.stop()
    await stage.kubectl('delete', 'registrylogin', 'linking', '-n', NAMESPACE)
    operator = await stage.startOperator()
    await stage.apply(linkingLogin(NAMESPACE, 'other', linkedOutput('more', { names: ['default'] })))
    const login = (isRight: (ready: Condition) => boolean) =>
      conditionWhere(stage, 'registrylogin', NAMESPACE, 'other', isRight, RECOVERY_MS)
    const { message } = await login(failed)
    assert.match(message, /service accounts cannot be listed: .*cannot list resource "serviceaccounts"/)
    assert.ok(message.includes(ADVICE), message)
    await granted()
    await login(ready)
    await accounts.where('default', ['more'], ['more'])
  })

  it('to its lease waits as a standby, and says so in its log', async () => {
    await operator.stop()
    await stage.kubectl('delete', 'rolebinding', 'everpull:everpull:lease', '-n', 'everpull')
    operator = await stage.startOperator(['--leader-elect'])
    const line = await operator.logged('the lease could not be had')
    assert.match(String(line['cause']), /cannot get resource "leases"/)
    await stage.apply(await stage.everpull('rbac'))
    await operator.logged('leading')
    assert.equal(lines('the lease could not be had').length, 1)
  })
})
