// This file is about service accounts that name the Secrets ordered: whoever else writes them, whatever becomes of us.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { LinkedAccounts, namesIn, recordsOn } from '../support/linked-accounts.ts'
import { KEY_SECRET, linkedOutput, linkingLogin, linkingSpec } from '../support/linking-logins.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

interface LoginSeen {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

const ALL = { names: ['*'] }

const everywhere = (keyNamespace: string, ...names: readonly string[]): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'ClusterRegistryLogin',
    metadata: { name: 'everywhere' },
    spec: {
      ...linkingSpec([linkedOutput('pull', { names: ['default'] })], keyNamespace),
      namespaces: { names },
    },
  })

describe('service accounts that are linked', { timeout: 300_000 }, () => {
  let stage: Stage
  let operator: RunningOperator

  before(async () => {
    stage = await Stage.open()
    operator = await stage.startOperator()
    await operator.ready()
  })
  after(() => stage[Symbol.asyncDispose]())

  /** A namespace with credentials, and its accounts. */
  async function place(namespace: string): Promise<LinkedAccounts> {
    await stage.namespace(namespace)
    await stage.credentialSecret(namespace, KEY_SECRET)
    return new LinkedAccounts(stage, namespace)
  }

  const remove = (namespace: string, name = 'ecr'): Promise<string> =>
    stage.kubectl('delete', 'registrylogin', name, '-n', namespace)

  it('are the default account of a namespace that has only just come', async () => {
    const accounts = await place('fresh')
    await stage.apply(
      linkingLogin('fresh', 'ecr', linkedOutput('pull', { names: ['default'] }, ['imagePullSecrets'])),
    )
    await accounts.where('default', ['pull'], [])
  })

  it('get both lists unless told otherwise, behind what others have there', async () => {
    const accounts = await place('both')
    const theirs = { imagePullSecrets: [{ name: 'builder-dockercfg' }], secrets: [{ name: 'token' }] }
    await accounts.create('builder', {}, theirs)
    await stage.apply(linkingLogin('both', 'ecr', linkedOutput('push', { names: ['builder'] })))
    await accounts.where('builder', ['builder-dockercfg', 'push'], ['token', 'push'])
  })

  it('are all there are, those to come included', async () => {
    const accounts = await place('all')
    await accounts.create('one')
    await stage.apply(linkingLogin('all', 'ecr', linkedOutput('pull', ALL)))
    for (const name of ['default', 'one']) await accounts.where(name, ['pull'], ['pull'])
    await accounts.create('two')
    await accounts.where('two', ['pull'], ['pull'])
  })

  it('are those with a label, as long as they have it', async () => {
    const accounts = await place('labelled')
    await accounts.create('chosen', { pulls: 'yes' })
    const selector = { matchLabels: { pulls: 'yes' } }
    await stage.apply(linkingLogin('labelled', 'ecr', linkedOutput('pull', { selector })))
    await accounts.where('chosen', ['pull'], ['pull'])
    assert.deepEqual(namesIn(await accounts.get('default'), 'imagePullSecrets'), [])
    await stage.kubectl('label', 'serviceaccount', 'chosen', '-n', 'labelled', 'pulls-')
    assert.deepEqual(recordsOn(await accounts.where('chosen', [], [])), [])
  })

  it('lose nothing that others write at the same time', async () => {
    const accounts = await place('busy')
    await accounts.create('builder')
    const theirs = Array.from({ length: 25 }, (_, i) => `theirs-${i}`)
    const write = async (): Promise<void> => {
      for (const name of theirs) {
        await accounts.edit('builder', ({ secrets = [] }) => ({ secrets: [...secrets, { name }] }))
      }
    }
    const order = async (): Promise<void> => {
      const link = { names: ['builder'] }
      for (const outputs of [['a'], ['a', 'b'], ['b'], ['b', 'c'], ['c']]) {
        await stage.apply(linkingLogin('busy', 'ecr', ...outputs.map((name) => linkedOutput(name, link))))
      }
    }
    await Promise.all([write(), order()])
    const account = await eventually('both are done', async () => {
      const seen = await accounts.get('builder')
      return namesIn(seen, 'imagePullSecrets').join() === 'c' ? seen : undefined
    })
    const names = namesIn(account, 'secrets')
    assert.deepEqual(names.toSorted(), [...theirs, 'c'].toSorted())
    assert.deepEqual(
      names.filter((name) => name !== 'c'),
      theirs,
    )
  })

  it('are put right within moments when somebody takes the Secret off', async () => {
    const accounts = await place('undone')
    await accounts.create('builder')
    await stage.apply(linkingLogin('undone', 'ecr', linkedOutput('push', { names: ['builder'] })))
    await accounts.where('builder', ['push'], ['push'])
    await accounts.edit('builder', () => ({ imagePullSecrets: [], secrets: [{ name: 'new' }] }))
    await accounts.where('builder', ['push'], ['new', 'push'])
  })

  it('are linked when they appear, and missed without a fuss when they vanish', async () => {
    const accounts = await place('comings')
    await stage.apply(linkingLogin('comings', 'ecr', linkedOutput('push', { names: ['builder'] })))
    await stage.secretWhere('comings', 'push', 'exists', () => true)
    for (let i = 0; i < 3; i += 1) {
      await accounts.create('builder')
      await accounts.where('builder', ['push'], ['push'])
      await accounts.remove('builder')
    }
    const { status } = (await stage.get<LoginSeen>('registrylogin', 'ecr', '-n', 'comings')) ?? {}
    assert.equal(status?.conditions?.find(({ type }) => type === 'Serving')?.status, 'True')
  })

  it('are unlinked with the output, and keep what was there before', async () => {
    const accounts = await place('leaving')
    await accounts.create(
      'builder',
      {},
      { imagePullSecrets: [{ name: 'push' }], secrets: [{ name: 'token' }] },
    )
    await stage.apply(
      linkingLogin(
        'leaving',
        'ecr',
        linkedOutput('push', { names: ['builder'] }),
        linkedOutput('other', ALL),
      ),
    )
    await accounts.where('builder', ['push', 'other'], ['token', 'push', 'other'])
    await stage.apply(linkingLogin('leaving', 'ecr', linkedOutput('push', { names: ['builder'] })))
    await accounts.where('builder', ['push'], ['token', 'push'])
    await accounts.where('default', [], [])
    await remove('leaving')
    assert.deepEqual(recordsOn(await accounts.where('builder', ['push'], ['token'])), [])
  })

  it('are unlinked after a crash by what they themselves tell', async () => {
    const accounts = await place('crashed')
    await accounts.create('builder')
    await stage.apply(linkingLogin('crashed', 'gone', linkedOutput('gone', { names: ['builder'] })))
    await stage.apply(
      linkingLogin(
        'crashed',
        'kept',
        linkedOutput('kept', { names: ['builder'] }),
        linkedOutput('less', ALL),
      ),
    )
    await eventually('all are linked', async () => {
      const names = namesIn(await accounts.get('builder'), 'secrets')
      return ['gone', 'kept', 'less'].every((name) => names.includes(name))
    })
    await operator.stop('SIGKILL')
    await remove('crashed', 'gone')
    await stage.apply(linkingLogin('crashed', 'kept', linkedOutput('kept', { names: ['builder'] })))
    operator = await stage.startOperator()
    await accounts.where('builder', ['kept'], ['kept'])
    await accounts.where('default', [], [])
  })

  it('are unlinked though nobody links any more when the operator comes back', async () => {
    for (const namespace of ['fresh', 'both', 'all', 'labelled', 'busy', 'undone', 'comings']) {
      await remove(namespace)
    }
    await remove('crashed', 'kept')
    const accounts = await place('last')
    await stage.apply(linkingLogin('last', 'ecr', linkedOutput('pull', { names: ['default'] })))
    await accounts.where('default', ['pull'], ['pull'])
    await operator.stop('SIGKILL')
    await remove('last')
    operator = await stage.startOperator()
    assert.deepEqual(recordsOn(await accounts.where('default', [], [])), [])
  })

  it('are those of many namespaces, and are let go of one by one and with the order', async () => {
    const [a, b] = [await place('team-a'), await place('team-b')]
    await stage.apply(everywhere('fresh', 'team-*'))
    for (const accounts of [a, b]) await accounts.where('default', ['pull'], ['pull'])
    const c = await place('team-c')
    await c.where('default', ['pull'], ['pull'])
    await stage.apply(everywhere('fresh', 'team-a', 'team-c'))
    await b.where('default', [], [])
    await stage.kubectl('delete', 'clusterregistrylogin', 'everywhere')
    for (const accounts of [a, c]) await accounts.where('default', [], [])
  })

  it('are let go of in every namespace though the order went while nobody was there', async () => {
    const teams = [await place('crew-a'), await place('crew-b')]
    await stage.apply(everywhere('fresh', 'crew-*'))
    for (const accounts of teams) await accounts.where('default', ['pull'], ['pull'])
    await operator.stop('SIGKILL')
    await stage.kubectl('delete', 'clusterregistrylogin', 'everywhere', '--wait=false')
    operator = await stage.startOperator()
    for (const accounts of teams) assert.deepEqual(recordsOn(await accounts.where('default', [], [])), [])
    await stage.kubectl('wait', '--for=delete', 'clusterregistrylogin/everywhere', '--timeout=20s')
  })

  it('do not hold up a namespace that is being deleted', async () => {
    const accounts = await place('doomed')
    await stage.apply(linkingLogin('doomed', 'ecr', linkedOutput('pull', ALL)))
    await accounts.where('default', ['pull'], ['pull'])
    await stage.kubectl('delete', 'namespace', 'doomed', '--timeout=60s')
  })
})
