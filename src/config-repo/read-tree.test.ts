// This file is about reading a shared configuration repository, and not being led astray by what somebody put into it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { isRead, readTree } from './read-tree.ts'
import { LARGEST_FILE, type TreeFile } from './tree.ts'
import { ALL, aRuntime, CONTROL_PLANES, filesOf, RUNTIMES, written } from './tree-fixture.ts'

const IN_PROD = `${ALL}/prod/integration.yaml`

test('integrations are found where the layout keeps them, and nowhere else', () => {
  const tree = readTree(
    filesOf({
      [IN_PROD]: written('prod'),
      [`${ALL}/prod/README.md`]: 'about it',
      [`${CONTROL_PLANES}/dev/integration.yml`]: written('dev'),
      [`${RUNTIMES}/eu/test/deep/down/integration.json`]: JSON.stringify({
        apiVersion: 'v1',
        kind: 'Any',
        metadata: { name: 'x' },
      }),
      'resources/app-projects/default.yaml': '{nonsense',
      'elsewhere/prod/integration.yaml': '{nonsense',
    }),
  )
  assert.deepEqual(tree.flaws, [])
  assert.ok(tree.hasResources)
  assert.deepEqual(
    tree.integrations.map(({ name, placement, folder, objects }) => [
      name,
      placement,
      folder,
      objects.length,
    ]),
    [
      ['prod', { is: 'all' }, `${ALL}/prod`, 1],
      ['dev', { is: 'control-planes' }, `${CONTROL_PLANES}/dev`, 1],
      ['test', { is: 'runtime', runtime: 'eu' }, `${RUNTIMES}/eu/test`, 1],
    ],
  )
})

test('only the text of manifests where integrations and runtimes are kept is looked at', () => {
  const files = filesOf({
    [IN_PROD]: written('prod'),
    'runtimes/eu/everpull.yaml': aRuntime({}),
    [`${ALL}/prod/README.md`]: 'x',
    'elsewhere/prod/integration.yaml': 'x',
  })
  assert.deepEqual(
    files.flatMap(({ path }) => (isRead(path) ? [path] : [])),
    [IN_PROD, 'runtimes/eu/everpull.yaml'],
  )
  const lean = files.map(({ text = '', ...file }) => (isRead(file.path) ? { ...file, text } : file))
  assert.deepEqual(readTree(lean), readTree(files))
})

test('a file may hold several documents and lists of objects', () => {
  const list =
    'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, metadata: {name: a}}\n- {apiVersion: v1, kind: B, metadata: {name: b}}\n'
  const { integrations, flaws } = readTree(
    filesOf({ [IN_PROD]: `---\n${written('prod')}---\n# nothing\n---\n${list}` }),
  )
  assert.deepEqual(flaws, [])
  assert.deepEqual(
    integrations[0]?.objects.map(({ object, document, item }) => [object.metadata.name, document, item]),
    [
      ['prod', 0, undefined],
      ['a', 2, 0],
      ['b', 2, 1],
    ],
  )
})

test('a repository without resources says so', () => {
  assert.equal(readTree(filesOf({ 'README.md': '' })).hasResources, false)
})

describe('what cannot be used is told, and what nobody can know the meaning of is unparsable', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i < 9; i++)
    bomb.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i === 1 ? '' : i - 1}`)
        .join(', ')}]`,
    )
  const rows: readonly [
    string,
    Omit<Partial<TreeFile>, 'text'> & { text?: string | undefined },
    'unparsable' | 'skipped',
    RegExp,
  ][] = [
    ['text that is no YAML', { text: 'a: [1\nb: secret-value' }, 'unparsable', /is no YAML \(\w+, line 2\)/],
    ['a key given twice', { text: 'a: 1\na: 2' }, 'unparsable', /gives a key twice/],
    [
      'a tag of somebody else',
      { text: `${written('prod')}x: !!js/function "return 1"\n` },
      'unparsable',
      /TAG_RESOLVE_FAILED/,
    ],
    [
      'aliases that grow',
      { text: `${bomb.join('\n')}\n${written('prod')}` },
      'unparsable',
      /no Kubernetes object/,
    ],
    ['a text alone', { text: 'hello' }, 'unparsable', /no Kubernetes object/],
    [
      'an object without a kind',
      { text: 'apiVersion: v1\nmetadata: {name: a}' },
      'unparsable',
      /no Kubernetes object/,
    ],
    [
      'an object without a name',
      { text: 'apiVersion: v1\nkind: A\nmetadata: {}' },
      'unparsable',
      /metadata\.name/,
    ],
    [
      'labels that are no texts',
      { text: 'apiVersion: v1\nkind: A\nmetadata: {name: a, labels: {b: 1}}' },
      'unparsable',
      /no Kubernetes/,
    ],
    [
      'a merge conflict',
      { text: `<<<<<<< HEAD\n${written('prod')}=======\n>>>>>>> theirs\n` },
      'unparsable',
      /is no/,
    ],
    ['bytes that are no text', { text: undefined }, 'unparsable', /UTF-8/],
    ['a large file', { size: LARGEST_FILE + 1, text: undefined }, 'skipped', /1 MiB/],
    ['a link', { mode: 'symlink' }, 'skipped', /symbolic link/],
    ['a submodule', { mode: 'submodule' }, 'skipped', /submodule/],
  ]
  for (const [name, file, is, because] of rows) {
    test(name, () => {
      const { text = '', ...rest } = file
      const given = 'text' in file && file.text === undefined ? {} : { text }
      const { flaws } = readTree([{ path: IN_PROD, mode: 'file', size: 3, ...given, ...rest }])
      assert.equal(flaws.length, 1)
      assert.deepEqual([flaws[0]?.path, flaws[0]?.is], [IN_PROD, is])
      assert.match(flaws[0]?.because ?? '', because)
      assert.doesNotMatch(flaws[0]?.because ?? '', /secret-value/)
    })
  }
  const long: readonly [string, string][] = [
    ['more keys than anybody wrote', Array.from({ length: 40_000 }, (_, i) => `a${i}: &a${i} 1`).join('\n')],
    ['brackets in brackets', '['.repeat(500_000)],
    ['maps in maps', '{a: '.repeat(200_000)],
    ['documents without end', '---\n'.repeat(250_000)],
    ['lists in lists', '- '.repeat(4_000)],
  ]
  for (const [name, text] of long) {
    test(name, () => {
      const begun = performance.now()
      const { flaws } = readTree(filesOf({ [IN_PROD]: text }))
      assert.equal(flaws[0]?.is, 'unparsable')
      assert.ok(performance.now() - begun < 20_000, 'it is given up soon')
    })
  }
  test('more files than anybody wrote, from where it gets too much', () => {
    const text = Array.from({ length: 6_000 }, (_, i) => `# ${i}`).join('\n')
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`${ALL}/a${i}/x.yaml`, text]))
    const { flaws } = readTree(filesOf(many))
    assert.ok(flaws.length > 0 && flaws.length < 60)
    assert.match(flaws[0]?.because ?? '', /holds too much before it/)
  })
  test('anything else, without ever failing', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            path: fc.constantFrom(IN_PROD, 'runtimes/eu/everpull.yaml', `${ALL}/x.json`),
            text: fc.string({ unit: 'binary' }),
          }),
        ),
        (files) => {
          readTree(files.map((file) => ({ ...file, mode: 'file', size: file.text.length })))
        },
      ),
      { numRuns: 300 },
    )
  })
  test('a file beside the folders', () => {
    const { flaws } = readTree(
      filesOf({
        [`${ALL}/prod.yaml`]: written('prod'),
        [`${RUNTIMES}/x.yaml`]: '',
        [`${RUNTIMES}/eu/y.yaml`]: '',
      }),
    )
    assert.deepEqual(
      flaws.map(({ is }) => is),
      ['skipped', 'skipped', 'skipped'],
    )
  })
  test('what is for Kustomize', () => {
    const { flaws } = readTree(
      filesOf({ [`${ALL}/prod/kustomization.yaml`]: 'resources: [integration.yaml]' }),
    )
    assert.match(flaws[0]?.because ?? '', /Kustomize/)
  })
  test('a link where the folder of an integration stood', () => {
    const { flaws } = readTree([{ path: `${ALL}/prod`, mode: 'symlink', size: 3 }])
    assert.equal(flaws[0]?.path, `${ALL}/prod`)
  })
})

describe('a runtime', () => {
  const read = (text: string, path = 'runtimes/eu/everpull.yaml') => readTree(filesOf({ [path]: text }))

  test('declares itself', () => {
    assert.deepEqual(
      read(aRuntime({ hosted: true, version: '0.1.27', accessKeySince: 'v0.1.27-rc.1' })).runtimes,
      [
        {
          name: 'eu',
          hosted: true,
          version: '0.1.27',
          accessKeySince: 'v0.1.27-rc.1',
          path: 'runtimes/eu/everpull.yaml',
        },
      ],
    )
    assert.deepEqual(read('apiVersion: everpull.dev/v1alpha1\nkind: Runtime\n').runtimes[0]?.hosted, false)
  })
  test('is known by what another system keeps of it', () => {
    const both = readTree(
      filesOf({
        'runtimes/a/in-cluster.yaml': 'x: [',
        'runtimes/b/everpull.yaml': aRuntime({}),
        'runtimes/b/in-cluster.yaml': '',
      }),
    )
    assert.deepEqual(
      both.runtimes.map(({ name, path }) => [name, path]),
      [
        ['a', 'runtimes/a/in-cluster.yaml'],
        ['b', 'runtimes/b/everpull.yaml'],
      ],
    )
    assert.deepEqual(both.flaws, [])
  })
  const wrong: readonly [string, string, RegExp][] = [
    ['a version that is a number', aRuntime({ version: 0.1 }), /spec\.version/],
    ['a version that is none', aRuntime({ version: 'latest' }), /semantic version/],
    ['a field that nobody knows', aRuntime({ hosting: true }), /hosting/],
    ['hosted as a text', aRuntime({ hosted: 'yes' }), /spec\.hosted/],
    ['another kind', 'apiVersion: v1\nkind: ConfigMap', /apiVersion/],
    [
      'another name',
      'apiVersion: everpull.dev/v1alpha1\nkind: Runtime\nmetadata: {name: us}',
      /another runtime/,
    ],
    ['two documents', '---\na: 1\n---\nb: 2', /more than one document/],
    ['nothing', '', /declares no runtime/],
  ]
  for (const [name, text, because] of wrong) {
    test(`is not declared with ${name}`, () => {
      const { runtimes, flaws } = read(text)
      assert.deepEqual([runtimes.length, flaws[0]?.is], [0, 'unparsable'])
      assert.match(flaws[0]?.because ?? '', because)
    })
  }
  test('is called as a namespace may be', () => {
    assert.match(
      read(aRuntime({}), 'runtimes/E U/everpull.yaml').flaws[0]?.because ?? '',
      /no name of a runtime/,
    )
  })
})
