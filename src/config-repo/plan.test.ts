// This file is about planned changes: they read back as what was asked, and touch nothing that was not.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { stringify } from 'yaml'
import { canonicalJson } from '../base/canonical-json.ts'
import { integrationsIn } from './judge.ts'
import { filesAfter, plan, type Planned, type SavedIntegration } from './plan.ts'
import { readTree } from './read-tree.ts'
import { externalSecret, sealedSecret } from './secret-manifests.ts'
import { ALL, anIntegration, CONTROL_PLANES, filesOf, RUNTIMES } from './tree-fixture.ts'
import type { Placement, TreeChange, TreeFile, WrittenObject } from './tree.ts'

const changesOf = (planned: Planned): readonly TreeChange[] => {
  if (planned.is === 'refused') throw new Error(planned.because)
  return planned.changes
}
const save = (
  integration: SavedIntegration['integration'],
  rest: Partial<SavedIntegration> = {},
): SavedIntegration => ({
  is: 'save',
  name: 'prod',
  placements: [{ is: 'all' }],
  integration,
  ...rest,
})
const textsAfter = (
  files: readonly TreeFile[],
  planned: Planned,
): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(filesAfter(files, changesOf(planned)).map(({ path, text }) => [path, text]))

const sealed = sealedSecret({
  integration: 'prod',
  namespace: 'everpull',
  encryptedData: { aws_secret_access_key: 'AgB=' },
})
const external = externalSecret({
  integration: 'prod',
  namespace: 'everpull',
  store: { kind: 'SecretStore', name: 'vault' },
  remoteKey: 'ecr/prod',
})

const BY_HAND = `# Production. Ask Ada before you change it.
apiVersion: everpull.dev/v1alpha1
kind: EcrIntegration
metadata:
    name: prod   # as in the pipelines
    labels: {team: "platform"}
spec:
    # Where the images are.
    region: 'eu-west-1'
    auth:
        iamRole:
            roleArn: arn:aws:iam::123456789012:role/ecr

            # asked for by security
            externalId: "0123"
    registries:
    - host: 123456789012.dkr.ecr.eu-west-1.amazonaws.com # the main one
    - host: 210987654321.dkr.ecr.eu-west-1.amazonaws.com
    sharing:
        namespaces:
            names: [team-a, team-b]
    someday: true
---
# beside it
apiVersion: v1
kind: ConfigMap
metadata: {name: notes}
`

describe('a new integration', () => {
  test('is two files, in the order people expect', () => {
    const changes = changesOf(
      plan(
        [],
        save(() => anIntegration('prod'), { secret: [sealed] }),
      ),
    )
    assert.deepEqual(
      changes.map(({ path }) => path),
      [`${ALL}/prod/integration.yaml`, `${ALL}/prod/secret.yaml`],
    )
    const [first] = changes
    assert.equal(
      first?.is === 'write' && first.text,
      `apiVersion: everpull.dev/v1alpha1
kind: EcrIntegration
metadata:
  name: prod
spec:
  region: eu-west-1
  auth:
    iamRole:
      roleArn: arn:aws:iam::123456789012:role/ecr
`,
    )
  })
  test('for several runtimes is a folder in each', () => {
    const placements: readonly Placement[] = ['eu', 'us'].map((runtime) => ({ is: 'runtime', runtime }))
    const changes = changesOf(
      plan(
        [],
        save(() => anIntegration('prod'), { placements }),
      ),
    )
    assert.deepEqual(
      changes.map(({ path }) => path),
      [`${RUNTIMES}/eu/prod/integration.yaml`, `${RUNTIMES}/us/prod/integration.yaml`],
    )
  })
  test('beside what somebody keeps in the folder takes another name', () => {
    const files = filesOf({
      [`${ALL}/prod/integration.yaml`]: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: prod}\n',
    })
    assert.deepEqual(
      changesOf(
        plan(
          files,
          save(() => anIntegration('prod')),
        ),
      ).map(({ path }) => path),
      [`${ALL}/prod/integration-2.yaml`],
    )
  })
})

describe('an edit', () => {
  const path = `${ALL}/prod/somewhere.yml`
  const files = filesOf({
    [path]: BY_HAND,
    [`${ALL}/prod/README.md`]: 'about it',
    [`${ALL}/other/x.yaml`]: stringify(anIntegration('other')),
  })
  const editing = (change: (spec: Readonly<Record<string, unknown>>) => object): SavedIntegration =>
    save((before) => ({
      ...(before ?? anIntegration('prod')),
      spec: change(before?.spec as Readonly<Record<string, unknown>>),
    }))

  test('changes the lines it is about and no others', () => {
    const edit = editing((spec) => ({
      ...spec,
      region: 'us-east-1',
      registries: [{ host: '210987654321.dkr.ecr.eu-west-1.amazonaws.com' }],
      sharing: { namespaces: { names: ['team-a', 'yes'] } },
      probe: { interval: '2h' },
    }))
    const after = textsAfter(files, plan(files, edit))[path] ?? ''
    const [gone, come] = differingLines(BY_HAND, after)
    assert.deepEqual(gone, [
      "    region: 'eu-west-1'",
      '    - host: 123456789012.dkr.ecr.eu-west-1.amazonaws.com # the main one',
      '            names: [team-a, team-b]',
    ])
    assert.deepEqual(come, [
      "    region: 'us-east-1'",
      '            names: [team-a, "yes"]',
      '    probe:',
      '        interval: 2h',
    ])
  })
  test('that changes nothing writes nothing', () => {
    assert.deepEqual(
      changesOf(
        plan(
          files,
          editing((spec) => spec),
        ),
      ),
      [],
    )
  })
  test('may take one mode for another', () => {
    const edit = editing(({ region }) => ({ region, auth: { ambient: {} } }))
    const after = textsAfter(files, plan(files, edit))[path] ?? ''
    assert.match(after, /# Production\. Ask Ada/)
    assert.doesNotMatch(after, /iamRole|sharing/)
    assert.match(after, /# beside it/)
  })
  test('moves the folder with all that is in it', () => {
    const after = textsAfter(
      files,
      plan(
        files,
        save((before) => before ?? anIntegration('prod'), { placements: [{ is: 'control-planes' }] }),
      ),
    )
    assert.deepEqual(Object.keys(after).toSorted(), [
      `${ALL}/other/x.yaml`,
      `${CONTROL_PLANES}/prod/README.md`,
      `${CONTROL_PLANES}/prod/somewhere.yml`,
    ])
    assert.equal(after[`${CONTROL_PLANES}/prod/somewhere.yml`], BY_HAND)
  })
  test('leaves the secret as it is, changes it, replaces it by another kind, or takes it away', () => {
    const secretPath = `${ALL}/prod/secret.yaml`
    const foreign = {
      apiVersion: 'bitnami.com/v1alpha1',
      kind: 'SealedSecret',
      metadata: { name: 'foreign' },
    }
    const withSecret = [
      ...files,
      ...filesOf({ [secretPath]: `# sealed by Ada\n${stringify(sealed)}---\n${stringify(foreign)}` }),
    ]
    const secretAfter = (secret?: readonly WrittenObject[]): string | undefined =>
      textsAfter(
        withSecret,
        plan(
          withSecret,
          save((before) => before ?? anIntegration('prod'), secret && { secret }),
        ),
      )[secretPath]
    assert.equal(secretAfter(), withSecret.at(-1)?.text)
    const resealed = sealedSecret({
      integration: 'prod',
      namespace: 'everpull',
      encryptedData: { aws_secret_access_key: 'AgC=' },
    })
    assert.equal(secretAfter([resealed]), withSecret.at(-1)?.text?.replace('AgB=', 'AgC='))
    assert.deepEqual(parsedKinds(secretAfter([])), ['foreign'])
    assert.deepEqual(parsedKinds(secretAfter([external])), ['foreign'])
    const both = plan(
      withSecret,
      save((before) => before ?? anIntegration('prod'), { secret: [external] }),
    )
    assert.equal(
      textsAfter(withSecret, both)[`${ALL}/prod/secret-2.yaml`],
      stringify(external, { lineWidth: 0, aliasDuplicateObjects: false }),
    )
  })
  test('is refused where the folder holds what cannot be read', () => {
    const broken = [...files, ...filesOf({ [`${ALL}/prod/broken.yaml`]: 'a: [' })]
    const planned = plan(
      broken,
      save((before) => before ?? anIntegration('prod')),
    )
    assert.match(planned.is === 'refused' ? planned.because : '', /broken\.yaml is no YAML/)
  })
  test('is refused where it would have to move what is no text', () => {
    const picture: TreeFile = { path: `${ALL}/prod/picture.png`, mode: 'file', size: 3 }
    const moved = plan(
      [...files, picture],
      save((before) => before ?? anIntegration('prod'), { placements: [{ is: 'control-planes' }] }),
    )
    assert.match(moved.is === 'refused' ? moved.because : '', /picture\.png is no text/)
    assert.equal(
      plan(
        [...files, picture],
        save((before) => before ?? anIntegration('prod')),
      ).is,
      'planned',
    )
  })
  test('of JSON gives JSON', () => {
    const json = filesOf({ [`${ALL}/prod/integration.json`]: JSON.stringify(anIntegration('prod')) })
    const after = textsAfter(
      json,
      plan(
        json,
        save(() => anIntegration('prod', { region: 'us-east-1' })),
      ),
    )
    assert.deepEqual(
      JSON.parse(after[`${ALL}/prod/integration.json`] ?? ''),
      anIntegration('prod', { region: 'us-east-1' }),
    )
  })
  test('reaches into a list of objects', () => {
    const list = filesOf({
      [`${ALL}/prod/list.yaml`]: stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [sealed, anIntegration('prod')],
      }),
    })
    const after = filesAfter(
      list,
      changesOf(
        plan(
          list,
          save(() => anIntegration('prod', { region: 'us-east-1' }), { secret: [] }),
        ),
      ),
    )
    assert.deepEqual(
      readTree(after).integrations[0]?.objects.map(({ object }) => object),
      [anIntegration('prod', { region: 'us-east-1' })],
    )
  })
})

describe('a deletion', () => {
  test('takes every folder of that name, and whatever lies in them', () => {
    const files: readonly TreeFile[] = [
      ...filesOf({
        [`${ALL}/prod/i.yaml`]: BY_HAND,
        [`${RUNTIMES}/eu/prod/i.yaml`]: 'a: [',
        [`${ALL}/prod2/i.yaml`]: '',
      }),
      { path: `${ALL}/prod/link`, mode: 'symlink', size: 1 },
    ]
    assert.deepEqual(changesOf(plan(files, { is: 'delete', name: 'prod' })), [
      { is: 'delete', path: `${ALL}/prod/i.yaml` },
      { is: 'delete', path: `${ALL}/prod/link` },
      { is: 'delete', path: `${RUNTIMES}/eu/prod/i.yaml` },
    ])
  })
})

test('the last deletion leaves the folder of all resources', () => {
  const files = filesOf({ 'README.md': '', [`${ALL}/prod/integration.yaml`]: BY_HAND })
  const after = filesAfter(files, changesOf(plan(files, { is: 'delete', name: 'prod' })))
  assert.deepEqual(
    after.map(({ path }) => path),
    ['README.md', 'resources/.gitkeep'],
  )
  assert.ok(readTree(after).hasResources)
})

describe('whatever an integration says', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'yes',
      'no',
      'null',
      '~',
      '1e3',
      '0x10',
      '007',
      '- a',
      '# b',
      'a: b',
      '&a',
      '*a',
      '!t',
      '|',
      '>',
      '---',
      '...',
      '{',
      '[',
      '\n',
      ' x ',
      '\t',
      '\u0000',
      '\u2028',
      '<<',
      '__proto__',
      'é',
    ),
  )
  const scalar = fc.oneof(
    word,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
  )
  const value = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      scalar,
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(word, tie('any'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).any
  const spec = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'region', 'auth', 'x y'), value, {
    noNullPrototype: true,
  })
  const made = (content: object): WrittenObject => ({ ...anIntegration('prod'), spec: content })
  const readBack = (files: readonly TreeFile[]): unknown => {
    const tree = readTree(files)
    assert.deepEqual(tree.flaws, [])
    return tree.integrations.flatMap((folder) => integrationsIn(folder).map(({ object }) => object))
  }

  test('it is written, read, edited and read again as it was asked', () => {
    fc.assert(
      fc.property(spec, spec, fc.constantFrom(2, 4), fc.boolean(), (first, second, indent, indentSeq) => {
        const text = stringify(made(first), { indent, indentSeq, lineWidth: 0, compat: 'yaml-1.1' })
        const files = filesOf({ [`${ALL}/prod/integration.yaml`]: `# kept\n${text}` })
        const after = filesAfter(
          files,
          changesOf(
            plan(
              files,
              save(() => made(second)),
            ),
          ),
        )
        assert.equal(canonicalJson(readBack(after)), canonicalJson([made(second)]))
        const fresh = filesAfter(
          [],
          changesOf(
            plan(
              [],
              save(() => made(second)),
            ),
          ),
        )
        assert.equal(canonicalJson(readBack(fresh)), canonicalJson([made(second)]))
      }),
      { numRuns: 100 },
    )
  })
  test('there and back again is as it was', () => {
    fc.assert(
      fc.property(spec, spec, (first, second) => {
        const files = filesAfter(
          [],
          changesOf(
            plan(
              [],
              save(() => made(first)),
            ),
          ),
        )
        const there = filesAfter(
          files,
          changesOf(
            plan(
              files,
              save(() => made(second)),
            ),
          ),
        )
        const back = filesAfter(
          there,
          changesOf(
            plan(
              there,
              save(() => made(first)),
            ),
          ),
        )
        assert.equal(canonicalJson(readBack(back)), canonicalJson([made(first)]))
        assert.deepEqual(
          changesOf(
            plan(
              back,
              save(() => made(first)),
            ),
          ),
          [],
        )
      }),
      { numRuns: 60 },
    )
  })
})

const parsedKinds = (text: string | undefined): readonly string[] =>
  readTree(filesOf({ [`${ALL}/x/f.yaml`]: text ?? '' })).integrations.flatMap(({ objects }) =>
    objects.map(({ object }) => object.metadata.name),
  )

function differingLines(before: string, after: string): [readonly string[], readonly string[]] {
  const [a, b] = [before.split('\n'), after.split('\n')]
  return [a.filter((line) => !b.includes(line)), b.filter((line) => !a.includes(line))]
}
