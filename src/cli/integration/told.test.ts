// This file is about testing how integrations are told: as tables for people, as JSON for programs.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aCommandLine, type CommandLineParts } from '../../../test/support/command-line.ts'
import { CommandFailure } from '../../operator/commands.ts'
import type { IntegrationTold } from '../../operator/commands/integrations.ts'
import type { IntegrationCommands, IntegrationShown } from '../../operator/commands/kept-integrations.ts'

const PROD: IntegrationTold = {
  name: 'ecr-prod',
  mode: 'IAM role',
  region: 'eu-west-1',
  runtimes: [],
  sync: 'synced',
  health: { is: 'healthy' },
  lastTestedAt: '2026-05-04T10:00:00Z',
  usedBy: { count: 1, first: ['RegistryLogin team-a/pull'] },
}
const CI: IntegrationTold = {
  name: 'ecr-ci',
  mode: 'access key',
  region: 'us-east-1',
  runtimes: ['staging', 'production'],
  sync: 'out-of-sync',
  syncNote: 'it is not in the cluster yet',
  health: { is: 'failing', because: 'login: the key is unknown' },
  usedBy: { count: 0, first: [] },
}
const SHOWN: IntegrationShown = {
  ...PROD,
  as: 'arn:aws:iam::123456789012:role/ecr-read',
  registries: ['123456789012.dkr.ecr.eu-west-1.amazonaws.com'],
  namespaces: [],
  files: ['resources/all-runtimes-all-clusters/ecr-prod/integration.yaml'],
  conditions: [{ type: 'Ready', status: 'True', reason: 'Tested', message: 'all is allowed' }],
  steps: [{ name: 'login', result: 'denied', message: 'not allowed', remedy: 'allow it' }],
}

const unreachable = (): Promise<never> => Promise.reject(new CommandFailure('this test has none'))

const commands: IntegrationCommands = {
  presets: async () => ({}),
  open: unreachable,
  list: async () => ({ integrations: [CI, PROD], flaws: [] }),
  show: async () => SHOWN,
  usersOf: unreachable,
  test: unreachable,
}

async function told(args: string, parts: CommandLineParts = {}): Promise<string> {
  const line = aCommandLine({ integrations: async () => commands, ...parts })
  assert.equal(await line.run('integration', ...args.split(' ')), 0, line.output.err)
  return line.output.out
}

const columns = (text: string): readonly (readonly string[])[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {3,}/))

test('a list has a row for each, with its sync state and its credentials apart', async () => {
  assert.deepEqual(columns(await told('list', { isWatched: true })), [
    ['NAME', 'MODE', 'REGION', 'RUNTIMES', 'SYNC', 'CREDENTIALS', 'LAST TEST', 'USED BY'],
    ['ecr-ci', 'access key', 'us-east-1', 'staging, production', 'out of sync', 'failing', 'never', '0'],
    ['ecr-prod', 'IAM role', 'eu-west-1', 'all', 'synced', 'healthy', '2026-05-04T10:00:00Z', '1'],
  ])
})

test('what stands in a repository gives a terminal no orders', async () => {
  const flaw = 'resources/a\u001b[2K\u202e/integration.yaml: is no integration'
  const name = 'ecr\u001b[1A\rprod'
  const list = async () => ({ integrations: [{ ...PROD, name }], flaws: [flaw] })
  const outputOf = async (args: string, isWatched: boolean) => {
    const line = aCommandLine({ integrations: async () => ({ ...commands, list }), isWatched })
    await line.run('integration', ...args.split(' '))
    return line.output
  }
  const { out, err } = await outputOf('list', true)
  assert.match(out, /\necr�\[1A�prod /)
  assert.equal(err, 'everpull: resources/a�[2K�/integration.yaml: is no integration\n')
  for (const isWatched of [true, false]) {
    const json = (await outputOf('list -o json', isWatched)).out
    assert.deepEqual((JSON.parse(json) as { flaws: unknown }).flaws, [flaw])
    assert.doesNotMatch(json, /\u202e/)
  }
  const fails = () => Promise.reject(new CommandFailure(flaw))
  const line = aCommandLine({ integrations: fails })
  assert.equal(await line.run('integration', 'list'), 1)
  assert.doesNotMatch(line.output.err, /\u001b|\u202e/)
})

test('a wide one says why, and who uses it', async () => {
  const wide = await told('list -o wide')
  assert.match(wide, /it is not in the cluster yet; login: the key is unknown\n/)
  assert.match(wide, / 1 +RegistryLogin team-a\/pull\n/)
})

test('programs get all of it', async () => {
  assert.deepEqual(JSON.parse(await told('list')), { integrations: [CI, PROD] })
  assert.deepEqual(JSON.parse(await told('show ecr-prod')), SHOWN)
  assert.equal(
    await told('list -o name'),
    'ecrintegration.everpull.dev/ecr-ci\necrintegration.everpull.dev/ecr-prod\n',
  )
})

test('an empty list says so to people', async () => {
  const none = async () => ({ ...commands, list: async () => ({ integrations: [], flaws: [] }) })
  assert.equal(await told('list', { isWatched: true, integrations: none }), 'there are no integrations\n')
})

test('one is shown with its files, its users, and what its last test asks to change', async () => {
  const text = await told('show ecr-prod', { isWatched: true })
  assert.match(text, /^INTEGRATION +ecr-prod\nmode +IAM role\nas +arn:aws:iam::123456789012:role\/ecr-read\n/)
  assert.match(text, /shared with +the operator’s own namespace\n/)
  assert.match(
    text,
    /file +resources\/all-runtimes-all-clusters\/ecr-prod\/integration\.yaml\nused by +1\n +RegistryLogin/,
  )
  assert.match(text, /\nlogin:\nallow it\n$/)
})

test('a name after a flag that may be repeated is no part of it', async () => {
  const line = aCommandLine()
  const flags = ['--share-with', 'team-a', '--registry', 'public.ecr.aws', '--selected-runtimes', 'a,b']
  assert.equal(await line.run('integration', 'create', ...flags, 'No_Name'), 1)
  assert.match(line.output.err, /NAME: "No_Name" is no DNS label/)
  assert.doesNotMatch(line.output.err, /--all-runtimes/)
})
