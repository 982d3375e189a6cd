// This file is about objects of one kind in every shape: nearly right, close to the schema, or of no shape at all.
import * as fc from 'fast-check'
import type { Dialect } from '../../src/dialects/dialect.ts'
import type { Kind } from '../../src/model/kind.ts'
import { EXAMPLES } from '../conformance/dialect-examples.ts'
import { bentFrom, objectsOf, objectsOfAnyShape } from './schema-arbitrary.ts'
import { templatedSpecs } from './template-arbitrary.ts'

const schemaOf = (kind: Kind) => kind.definition?.versions.find(({ storage }) => storage)?.schema

/** Right ones to begin with, and what else they may use. */
const RIGHT: Readonly<Record<string, readonly unknown[]>> = {
  RegistryLogin: [
    {
      registries: [{ public: true }, { host: '123456789012.dkr.ecr.us-west-1.amazonaws.com' }],
      identity: { accessKey: { secretName: 'aws' } },
      assumeRoles: [{ roleArn: 'puller', externalId: 'ecr', tags: { team: 'ecr' }, duration: '1h' }],
      outputs: [
        { secretName: 'pull', access: 'pull', dockerConfig: { merge: true }, adopt: true },
        { secretName: 'charts', argocd: { url: 'public.ecr.aws/charts', project: 'ecr' } },
        { secretName: 'ecr', registry: 'public.ecr.aws', template: { data: { key: '{{ .username }}' } } },
      ],
    },
    {
      registries: [{ account: '123456789012', region: 'eu-west-1', dualStack: true }],
      identity: {
        serviceAccount: { name: 'builder', roleArn: 'arn:aws:iam::123456789012:role/puller' },
      },
      outputs: [
        {
          secretName: 'basic',
          access: 'push',
          basicAuth: {},
          metadata: { annotations: { 'tekton.dev/docker-0': 'https://ecr' } },
          link: { serviceAccounts: { selector: { matchLabels: { ecr: 'pull' } } } },
        },
        { secretName: 'aws', fields: { creds: 'usernamePassword', host: 'host' } },
      ],
    },
  ],
  ExternalSecret: [
    {
      dataFrom: [
        {
          sourceRef: { generatorRef: { kind: 'ECRAuthorizationToken', name: 'ecr' } },
          rewrite: [{ regexp: { source: '(.*)', target: 'a_$1' } }],
        },
        { sourceRef: { generatorRef: { kind: 'STSSessionToken', name: 'sts' } } },
      ],
      target: {
        template: {
          data: { host: '{{ .a_proxy_endpoint }}' },
          templateFrom: [
            { literal: '{{ .a_username }}: x' },
            { configMap: { name: 'templates', items: [{ key: 'key', templateAs: 'Values' }] } },
          ],
        },
      },
      syncWindows: { kind: 'deny', windows: [{ schedule: '0 22 * * 1-5', duration: '2h' }] },
    },
    {
      refreshPolicy: 'CreatedOnce',
      target: { creationPolicy: 'Orphan', immutable: true },
      dataFrom: [{ sourceRef: { generatorRef: { kind: 'ClusterGenerator', name: 'ecr' } } }],
    },
  ],
  EcrIntegration: [{ region: 'us-west-1', auth: { ambient: {} }, sharing: { namespaces: { names: ['*'] } } }],
  STSSessionToken: [{ region: 'us-west-1', requestParameters: { sessionDuration: 900 } }],
  ClusterGenerator: [
    {
      kind: 'ECRAuthorizationToken',
      generator: {
        ecrAuthorizationTokenSpec: { region: 'us-west-1', role: 'arn:aws:iam::123456789012:role/puller' },
      },
    },
  ],
}

/** Specs of one kind that every test of its dialect takes for right. */
const rightOnes = (dialect: Dialect, kind: Kind): readonly unknown[] => [
  ...EXAMPLES[dialect.name]
    .flatMap(({ asked, beside }) => [asked, ...beside])
    .filter(({ ref }) => ref.group === kind.group && ref.kind === kind.kind)
    .map(({ spec }) => spec),
  ...(RIGHT[kind.group === '' ? '' : kind.kind] ?? []),
]

/** The API server holds them to being texts under keys; of keys that may not be seen there are none. */
function chosenShapes(dialect: Dialect, kind: Kind, keys: readonly string[]): fc.Arbitrary<unknown> {
  const right = rightOnes(dialect, kind).map((spec) => (spec as { data: Record<string, string> }).data)
  const textOf = (key: string): fc.Arbitrary<string> =>
    fc.oneof(
      ...right.map((data) => ({ weight: 4, arbitrary: fc.constant(data[key] ?? '') })),
      ...right.map((data) => ({ weight: 1, arbitrary: fc.constantFrom(...Object.values(data)) })),
      { weight: 1, arbitrary: fc.string() },
    )
  const texts = Object.fromEntries(keys.map((key) => [key, textOf(key)]))
  const data = fc.record(texts, { requiredKeys: keys.slice(0, 1) })
  return fc.oneof(
    ...rightOnes(dialect, kind).map((spec) => ({ weight: 1, arbitrary: fc.constant({ spec }) })),
    { weight: 4, arbitrary: data.map((seen) => ({ spec: { data: seen } })) },
    { weight: 1, arbitrary: objectsOfAnyShape.map((spec) => ({ spec })) },
  )
}

/** Objects of one kind: most of them nearly right, some only close to its schema, some of no shape at all. */
export function shapesOf(dialect: Dialect, kind: Kind): fc.Arbitrary<unknown> {
  const schema = schemaOf(kind)
  if (kind.chosen !== undefined) return chosenShapes(dialect, kind, kind.chosen.dataKeys)
  if (schema === undefined) return fc.constant({})
  const right = rightOnes(dialect, kind).map((spec) => bentFrom({ spec }, schema))
  return fc.oneof(
    ...right.map((arbitrary) => ({ weight: 4, arbitrary })),
    ...(kind.kind === 'ExternalSecret'
      ? [{ weight: 6, arbitrary: templatedSpecs.map((spec) => ({ spec })) }]
      : []),
    { weight: 2, arbitrary: objectsOf(schema) },
    { weight: 1, arbitrary: objectsOfAnyShape.map((spec) => ({ spec })) },
  )
}
