// This file is about `integration import` and `render` as they are typed: what they ask for, what they print, how they end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aCommandLine } from '../../test/support/command-line.ts'
import type {
  ImportAsked,
  ImportTold,
  LayoutCommands,
  RenderAsked,
  RenderTold,
} from '../operator/commands/layouts.ts'

const TOLD: ImportTold = { files: [], integrations: [], said: [], failed: [], close: async () => {} }
const RENDERED: RenderTold = { files: [], said: [], open: [] }

function asking(told: Partial<ImportTold> = {}, rendered: Partial<RenderTold> = {}) {
  const asked: { import?: ImportAsked; render?: RenderAsked } = {}
  const layouts = async (): Promise<LayoutCommands> => ({
    bringOver: async (one) => {
      asked.import = one
      return { ...TOLD, ...told }
    },
    render: async (one) => {
      asked.render = one
      return { ...RENDERED, ...rendered }
    },
  })
  return { asked, layouts }
}

const COMMITTED = {
  commit: 'c'.repeat(40),
  branch: 'main',
  remote: 'https://git.example.com/a.git',
  retries: 0,
}

test('what is imported comes from the cluster, from the repository it goes to, or from where it is said', async () => {
  for (const [argv, from] of [
    [['-n', 'codefresh'], { is: 'cluster', namespace: 'codefresh' }],
    [['--repo', 'clone', '--yes'], { is: 'repository', asked: { repo: 'clone' } }],
    [['--from', 'other'], { is: 'repository', asked: { repo: 'other' } }],
    [['--from', 'cluster', '--repo', 'clone', '--yes'], { is: 'cluster' }],
  ] as const) {
    const { asked, layouts } = asking()
    assert.equal(await aCommandLine({ layouts }).run('integration', 'import', ...argv), 0)
    assert.deepEqual(asked.import?.from, from)
  }
})

test('what an import leaves to do is told, and makes it exit 1', async () => {
  const integrations = [{ name: 'one', from: 'one.yaml', said: ['said'], open: ['write it anew'] }]
  const files = [{ path: 'a/b.yaml', text: 'kind: A\n' }]
  const { layouts } = asking({ integrations, files, failed: ['two is not'] })
  const line = aCommandLine({ layouts })
  assert.equal(await line.run('integration', 'import'), 1)
  assert.equal(line.output.out, '---\n# a/b.yaml\nkind: A\n')
  assert.equal(
    line.output.err,
    'everpull: integration one, from one.yaml\n  said\n  to do: write it anew\neverpull: not imported: two is not\n',
  )
})

test('an import commits with what is left to do in its message, and commits nothing that the rules refuse', async () => {
  const messages: string[] = []
  const commit = async (message: string) => {
    messages.push(message)
    return COMMITTED
  }
  const integrations = [{ name: 'one', from: 'one.yaml', said: [], open: ['write it anew'] }]
  const good = asking({ integrations, diff: '+ it\n', commit })
  const line = aCommandLine({ layouts: good.layouts })
  assert.equal(await line.run('integration', 'import', '--repo', 'clone', '--yes'), 1)
  assert.deepEqual(messages, [
    'Import one from Codefresh\n\nTo do for one: write it anew\n\nConnection: not tested\n',
  ])
  assert.match(line.output.out, /^committed cccccccccccc to main of https:\/\/git\.example\.com\/a\.git\n$/)
  const bad = aCommandLine({ layouts: asking({ diff: '+ it\n', commit, failed: ['no'] }).layouts })
  assert.equal(await bad.run('integration', 'import', '--repo', 'clone', '--yes'), 1)
  assert.match(bad.output.err, /nothing was changed: put right/)
  const dry = aCommandLine({ layouts: asking({ diff: '+ it\n', commit }).layouts })
  assert.equal(await dry.run('integration', 'import', '--repo', 'clone', '--dry-run'), 0)
  assert.equal(dry.output.out, '+ it\n')
  assert.equal(messages.length, 1)
})

test('flags that are wrong are told together', async () => {
  const line = aCommandLine({ layouts: asking().layouts })
  const argv = ['--account', '12', '--region', 'E U', '--repo', 'clone']
  assert.equal(await line.run('integration', 'import', ...argv), 2)
  for (const flag of [/--account: /, /--region: /, /missing: --yes/]) assert.match(line.output.err, flag)
})

test('manifests are rendered with a secret out of a file, which is not printed', async () => {
  const { asked, layouts } = asking(
    {},
    { said: ['lost'], open: ['do it'], files: [{ path: 'a.yaml', text: 'a: 1\n' }] },
  )
  const line = aCommandLine({ layouts, files: { 'one.yaml': 'kind: A', 'key.txt': 'wJalrXUtnFEMI\n' } })
  const secret = ['--secret-access-key-file', 'key.txt', '--cert', 'cert.pem', '--integration', 'one']
  assert.equal(await line.run('render', 'one.yaml', '--layout', 'codefresh', ...secret), 1)
  assert.deepEqual(asked.render?.from, { is: 'files', files: [{ path: 'one.yaml', text: 'kind: A' }] })
  assert.equal(asked.render?.secretAccessKey?.reveal(), 'wJalrXUtnFEMI')
  assert.equal(line.output.out, '---\n# a.yaml\na: 1\n')
  assert.equal(line.output.err, 'everpull: lost\neverpull: to do: do it\n')
})

test('a secret file that is not there, a name that is none and a layout nobody has are wrong usage', async () => {
  const line = aCommandLine({ layouts: asking().layouts })
  assert.equal(await line.run('render', '--secret-access-key-file', 'none', '--integration', 'A B'), 2)
  assert.match(line.output.err, /--secret-access-key-file: "none" cannot be read/)
  assert.match(line.output.err, /--integration: /)
  assert.equal(await line.run('render', '--layout', 'other'), 2)
})
