// This file is about the rules of a shared configuration repository: what each forbids, and that the sentence says what to do.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { forRuntime, judge } from './judge.ts'
import { readTree } from './read-tree.ts'
import { ACCESS_KEY, ALL, aRuntime, CONTROL_PLANES, filesOf, RUNTIMES, written } from './tree-fixture.ts'

const judged = (texts: Readonly<Record<string, string>>): readonly (readonly [string, string])[] =>
  judge(readTree(filesOf(texts))).map(({ is, because }) => [is, because] as const)

const HOSTED = aRuntime({ hosted: true })
const runtimeAt = (name: string, text: string): Record<string, string> => ({
  [`runtimes/${name}/everpull.yaml`]: text,
})
const integrationAt = (folder: string, name: string, spec: object = {}): Record<string, string> => ({
  [`${folder}/integration.yaml`]: written(name, spec),
})

describe('nothing is said of', () => {
  const rows: readonly [string, Readonly<Record<string, string>>][] = [
    ['an integration as it should be', integrationAt(`${ALL}/prod`, 'prod')],
    [
      'what is somebody else’s',
      { [`${ALL}/Docker_Hub/a.yaml`]: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}' },
    ],
    [
      'one that is selected for the runtime it lies under',
      integrationAt(`${RUNTIMES}/eu/prod`, 'prod', { runtimes: { policy: 'Selected', names: ['us', 'eu'] } }),
    ],
    [
      'one in the folders of two runtimes',
      { ...integrationAt(`${RUNTIMES}/eu/prod`, 'prod'), ...integrationAt(`${RUNTIMES}/us/prod`, 'prod') },
    ],
    [
      'a role for runtimes that are not the hosted one',
      {
        ...integrationAt(`${RUNTIMES}/eu/prod`, 'prod'),
        ...runtimeAt('eu', aRuntime({})),
        ...runtimeAt('us', HOSTED),
      },
    ],
    [
      'an access key for a hosted runtime',
      { ...integrationAt(`${ALL}/prod`, 'prod', { auth: ACCESS_KEY }), ...runtimeAt('us', HOSTED) },
    ],
    [
      'an access key for a runtime that is new enough',
      {
        ...integrationAt(`${ALL}/prod`, 'prod', { auth: ACCESS_KEY }),
        ...runtimeAt('eu', aRuntime({ version: '0.1.27', accessKeySince: '0.1.27' })),
      },
    ],
  ]
  for (const [name, texts] of rows) test(name, () => assert.deepEqual(judged(texts), []))
})

describe('is refused', () => {
  const rows: readonly [string, Readonly<Record<string, string>>, RegExp][] = [
    [
      'a name that is no DNS label',
      integrationAt(`${ALL}/Prod_1`, 'Prod_1'),
      /"Prod_1" is no name for an integration: lowercase/,
    ],
    [
      'another name than its folder has',
      integrationAt(`${ALL}/prod`, 'dev'),
      /about integration dev, and lies in a folder named prod/,
    ],
    [
      'a folder with two',
      { ...integrationAt(`${ALL}/prod`, 'prod'), [`${ALL}/prod/second.yaml`]: written('prod') },
      /holds 2 integrations/,
    ],
    [
      'a spec that its kind does not have',
      integrationAt(`${ALL}/prod`, 'prod', { region: 5 }),
      /integration\.yaml: spec\.region/,
    ],
    [
      'another version of the kind',
      { [`${ALL}/prod/i.yaml`]: written('prod').replace('v1alpha1', 'v9') },
      /write everpull\.dev\/v1alpha1/,
    ],
    [
      'one that says it is for some, in a folder for all',
      integrationAt(`${CONTROL_PLANES}/prod`, 'prod', { runtimes: { policy: 'Selected', names: ['eu'] } }),
      /is for eu by its spec\.runtimes, and for all runtimes by its folder/,
    ],
    [
      'one that says it is for another runtime than its folder',
      integrationAt(`${RUNTIMES}/eu/prod`, 'prod', { runtimes: { policy: 'Selected', names: ['us'] } }),
      /is for us by its spec\.runtimes, and for eu by its folder/,
    ],
    [
      'a role for a hosted runtime',
      { ...integrationAt(`${RUNTIMES}/us/prod`, 'prod'), ...runtimeAt('us', HOSTED) },
      /runtime us is hosted \(runtimes\/us\/everpull\.yaml\): it runs in an AWS account of whoever hosts it/,
    ],
    [
      'a role for all where one of them is hosted',
      {
        ...integrationAt(`${ALL}/prod`, 'prod'),
        ...runtimeAt('eu', aRuntime({})),
        ...runtimeAt('us', HOSTED),
      },
      /runtime us is hosted/,
    ],
    [
      'an access key for a runtime that is too old',
      {
        ...integrationAt(`${ALL}/prod`, 'prod', { auth: ACCESS_KEY }),
        ...runtimeAt('eu', aRuntime({ version: '0.1.27-rc.2', accessKeySince: '0.1.27' })),
      },
      /runtime eu takes from version 0\.1\.27 on, and it is 0\.1\.27-rc\.2/,
    ],
  ]
  for (const [name, texts, because] of rows) {
    test(name, () => {
      const [first, ...more] = judged(texts)
      assert.deepEqual([first?.[0], more], ['refused', []])
      assert.match(first?.[1] ?? '', because)
    })
  }
  test('one integration twice for one runtime, in both places', () => {
    for (const other of [`${CONTROL_PLANES}/prod`, `${RUNTIMES}/eu/prod`]) {
      const found = judged({ ...integrationAt(`${ALL}/prod`, 'prod'), ...integrationAt(other, 'prod') })
      assert.deepEqual(
        found.map(([is]) => is),
        ['refused', 'refused'],
      )
      assert.match(found[0]?.[1] ?? '', /both are for one runtime/)
    }
  })
})

describe('is told as a warning', () => {
  const rows: readonly [string, Readonly<Record<string, string>>, RegExp][] = [
    [
      'an access key for a runtime of which no version is known',
      {
        ...integrationAt(`${ALL}/prod`, 'prod', { auth: ACCESS_KEY }),
        ...runtimeAt('eu', aRuntime({ accessKeySince: '0.1.27' })),
      },
      /does not say which version it is/,
    ],
    [
      'a runtime that nobody declares',
      { ...integrationAt(`${RUNTIMES}/eus/prod`, 'prod'), ...runtimeAt('eu', aRuntime({})) },
      /no runtime eus is declared: the repository knows eu/,
    ],
    [
      'a field that nobody reads',
      integrationAt(`${ALL}/prod`, 'prod', {
        auth: {
          iamRole: { roleArn: 'arn:aws:iam::123456789012:role/ecr', tags: { any: 'x' }, external: 'y' },
        },
      }),
      /spec\.auth\.iamRole\.external is no field of an integration/,
    ],
    [
      'the identity of an operator that somebody else runs',
      { ...integrationAt(`${ALL}/prod`, 'prod', { auth: { ambient: {} } }), ...runtimeAt('us', HOSTED) },
      /identity of whoever hosts it/,
    ],
  ]
  for (const [name, texts, because] of rows) {
    test(name, () => {
      const [first, ...more] = judged(texts)
      assert.deepEqual([first?.[0], more], ['warning', []])
      assert.match(first?.[1] ?? '', because)
    })
  }
})

test('a runtime gets what is for all and what is for itself', () => {
  const tree = readTree(
    filesOf({
      ...integrationAt(`${ALL}/a`, 'a'),
      ...integrationAt(`${CONTROL_PLANES}/b`, 'b'),
      ...integrationAt(`${RUNTIMES}/eu/c`, 'c'),
      ...integrationAt(`${RUNTIMES}/us/d`, 'd'),
    }),
  )
  assert.deepEqual(
    forRuntime(tree, 'eu').map(({ name }) => name),
    ['a', 'b', 'c'],
  )
})
