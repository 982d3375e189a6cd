// This file is about testing when the cluster is asked whether it opens what was sealed, and what its answer holds up.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aCommandLine } from '../../../test/support/command-line.ts'
import { CommandFailure } from '../../operator/commands.ts'

const FORM = ['ecr', '--all-runtimes', '--mode', 'ambient', '--region', 'eu-west-1', '--repo', '.']
const NOTE = 'nobody could ask the controller'
const CONNECTION = { isPassed: true, steps: [], policies: [], purposes: [] }

async function created(flags: readonly string[], prove: () => Promise<readonly string[]>) {
  const done: string[] = []
  const repository = {
    where: '.',
    runtimes: [],
    names: [],
    judge: () => [],
    plan: async () => ({ diff: '+ sealed\n', notes: [] }),
    prove: async () => {
      done.push('prove')
      return prove()
    },
    commit: async () => {
      done.push('commit')
      return { commit: '0'.repeat(40), branch: 'main', retries: 0 }
    },
    close: async () => {},
  }
  const commands = {
    presets: async () => ({}),
    open: async () => repository,
    test: async () => {
      done.push('test')
      return CONNECTION
    },
  }
  const line = aCommandLine({ integrations: async () => commands as never })
  const code = await line.run('integration', 'create', ...FORM, ...flags)
  return { done, code, err: line.output.err }
}

test('the cluster that tests the connection is asked first what it opens, and a note holds nothing up', async () => {
  const { done, code, err } = await created(['--yes'], async () => [NOTE])
  assert.deepEqual([done, code], [['prove', 'test', 'commit'], 0])
  assert.ok(err.includes(`everpull: ${NOTE}\n`))
})

test('what it cannot open is not even tested', async () => {
  const { done, code, err } = await created(['--yes'], () => Promise.reject(new CommandFailure('not here')))
  assert.deepEqual([done, code], [['prove'], 1])
  assert.match(err, /not here/)
})

const elsewhere: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['--yes', '--skip-test'], ['commit']],
  [
    ['--yes', '--test-from', 'here'],
    ['test', 'commit'],
  ],
  [['--dry-run'], []],
]
for (const [flags, expected] of elsewhere) {
  test(`no cluster is asked with ${flags.join(' ')}`, async () => {
    const { done, code } = await created(flags, () => Promise.reject(new CommandFailure('not here')))
    assert.deepEqual([done, code], [expected, 0])
  })
}
