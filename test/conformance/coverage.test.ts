// This file is about holding each dialect to what it says of every field: what is honoured changes the order, what is of no effect is told, what is refused is refused.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Coverage } from '../../src/dialects/coverage.ts'
import type { Translation } from '../../src/dialects/dialect.ts'
import { CLUSTER_EXTERNAL_SECRET_COVERAGE } from '../../src/dialects/external-secrets/cluster-external-secret-coverage.ts'
import { EXTERNAL_SECRET_COVERAGE } from '../../src/dialects/external-secrets/coverage.ts'
import { externalSecrets } from '../../src/dialects/external-secrets/dialect.ts'
import { aResource } from '../../src/dialects/fixtures/world.ts'
import {
  aGenerator,
  anExternalSecret,
  aSecret,
  aServiceAccount,
  aWorld,
  generatorRef,
} from '../../src/dialects/external-secrets/fixtures/resources.ts'
import {
  CLUSTER_GENERATOR_COVERAGE,
  ECR_AUTHORIZATION_TOKEN_COVERAGE,
  STS_SESSION_TOKEN_COVERAGE,
} from '../../src/dialects/external-secrets/generator-coverage.ts'
import { ARGO_HELM_REPO_SECRET_COVERAGE, PULL_SECRET_COVERAGE } from '../../src/dialects/mobb/coverage.ts'
import { mobb } from '../../src/dialects/mobb/dialect.ts'
import type { Resource } from '../../src/model/resource.ts'
import {
  ARGO_HELM_REPO_SECRET_TRIALS,
  CLUSTER_EXTERNAL_SECRET_TRIALS,
  CLUSTER_GENERATOR_TRIALS,
  ECR_TRIALS,
  EXTERNAL_SECRET_TRIALS,
  PULL_SECRET_TRIALS,
  STS_TRIALS,
  type Trial,
} from './coverage-trials.ts'

const GENERATORS = 'generators.external-secrets.io'
const ROLE_OF_POD = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/base' }

const namespace = (name: string, labels: Readonly<Record<string, string>>): Resource =>
  aResource(
    { group: '', kind: 'Namespace', namespace: '', name },
    { labels: { 'kubernetes.io/metadata.name': name, ...labels } },
  )
const other = (kind: string, place: string, spec: unknown): Resource =>
  aResource(
    { group: GENERATORS, kind, namespace: place, name: 'one' },
    { apiVersion: `${GENERATORS}/v1alpha1`, spec },
  )

/** Whatever a trial may name. */
const BESIDE: readonly Resource[] = [
  aGenerator({ region: 'us-east-1' }, 'one'),
  aGenerator({ region: 'us-east-2' }, 'two'),
  other('STSSessionToken', 'apps', { region: 'us-east-1' }),
  other('ClusterGenerator', '', {
    kind: 'ECRAuthorizationToken',
    generator: { ecrAuthorizationTokenSpec: { region: 'us-west-1' } },
  }),
  aSecret('keys'),
  aSecret('other-keys'),
  aServiceAccount('puller', ROLE_OF_POD),
  aServiceAccount('other-puller', ROLE_OF_POD),
  namespace('room-a', { room: 'a' }),
  namespace('room-b', { room: 'b', tier: 'a' }),
]

/** A spec, from what stands where; later paths may lie below earlier ones, and `[]` is the first member. */
function specOf(fields: Readonly<Record<string, unknown>>): object {
  const root: { spec?: object } = {}
  for (const [path, value] of Object.entries(fields)) {
    const steps = path.replaceAll('[]', '.0').split('.')
    const last = steps.pop() ?? ''
    let at: Record<string, unknown> = root
    for (const [i, step] of steps.entries()) {
      const next = steps[i + 1] ?? last
      at[step] ??= next === '0' ? [] : {}
      at = at[step] as Record<string, unknown>
    }
    if (value !== undefined) at[last] = structuredClone(value)
  }
  return root.spec ?? {}
}

const translated = (asked: Resource, ...more: readonly Resource[]): Translation =>
  externalSecrets.translate(asked, aWorld([...BESIDE, ...more]))

/** What an ExternalSecret comes to whose generator has that spec. */
const byGenerator =
  (kind: string, place: string) =>
  (spec: object): Translation => {
    const ref = { group: GENERATORS, kind, namespace: place, name: 'tried' }
    const generator = aResource(ref, { apiVersion: `${GENERATORS}/v1alpha1`, spec })
    return translated(anExternalSecret({ dataFrom: [generatorRef('tried', { kind })] }), generator)
  }

const MOBB = 'ecr.mobb.redhat.com'
const byOperator =
  (kind: string) =>
  (spec: object): Translation => {
    const asked = aResource(
      { group: MOBB, kind, namespace: 'apps', name: 'ecr' },
      { apiVersion: `${MOBB}/v1alpha1`, spec },
    )
    return mobb.translate(asked, aWorld([aSecret('aws-ecr-cloud-credentials', 'everpull')]))
  }

/** As both kinds have it. */
const pulling = (registry: string) => ({
  [registry]: '123456789012.dkr.ecr.us-east-2.amazonaws.com',
  'spec.frequency': '10h',
  'spec.generated_secret_name': 'pull',
  'spec.region': 'us-east-2',
})

interface Kind {
  readonly name: string
  readonly coverage: readonly Coverage[]
  readonly trials: readonly Trial[]
  /** What every trial has, by path. */
  readonly base: Readonly<Record<string, unknown>>
  readonly translate: (spec: object) => Translation
}

const ALL_KINDS: readonly Kind[] = [
  {
    name: 'ExternalSecret',
    coverage: EXTERNAL_SECRET_COVERAGE,
    trials: EXTERNAL_SECRET_TRIALS,
    base: { 'spec.dataFrom': [generatorRef('one')] },
    translate: (spec) => translated(anExternalSecret(spec)),
  },
  {
    name: 'ClusterExternalSecret',
    coverage: CLUSTER_EXTERNAL_SECRET_COVERAGE,
    trials: CLUSTER_EXTERNAL_SECRET_TRIALS,
    base: {
      'spec.externalSecretSpec': { dataFrom: [generatorRef('one')] },
      'spec.namespaces': ['room-a'],
    },
    translate: (spec) => {
      const ref = { group: 'external-secrets.io', kind: 'ClusterExternalSecret', namespace: '', name: 'all' }
      return translated(aResource(ref, { apiVersion: 'external-secrets.io/v1', spec }))
    },
  },
  {
    name: 'ECRAuthorizationToken',
    coverage: ECR_AUTHORIZATION_TOKEN_COVERAGE,
    trials: ECR_TRIALS,
    base: { 'spec.region': 'us-east-1' },
    translate: byGenerator('ECRAuthorizationToken', 'apps'),
  },
  {
    name: 'STSSessionToken',
    coverage: STS_SESSION_TOKEN_COVERAGE,
    trials: STS_TRIALS,
    base: { 'spec.region': 'us-east-1' },
    translate: byGenerator('STSSessionToken', 'apps'),
  },
  {
    name: 'ClusterGenerator',
    coverage: CLUSTER_GENERATOR_COVERAGE,
    trials: CLUSTER_GENERATOR_TRIALS,
    base: {},
    translate: byGenerator('ClusterGenerator', ''),
  },
  {
    name: `Secret of ${MOBB}`,
    coverage: PULL_SECRET_COVERAGE,
    trials: PULL_SECRET_TRIALS,
    base: pulling('spec.ecr_registry'),
    translate: byOperator('Secret'),
  },
  {
    name: 'ArgoHelmRepoSecret',
    coverage: ARGO_HELM_REPO_SECRET_COVERAGE,
    trials: ARGO_HELM_REPO_SECRET_TRIALS,
    base: pulling('spec.url'),
    translate: byOperator('ArgoHelmRepoSecret'),
  },
]

/** As messages name it. */
const placeOf = ({ path, told = path }: Trial): string => told.replaceAll('[]', '[0]')

/** All that is done because of it, whatever is said. */
function outcome(translation: Translation): unknown {
  if (translation.is !== 'order') return translation
  const { warnings: _said, ...done } = translation
  return done
}

function ordered(translation: Translation): Extract<Translation, { is: 'order' }> {
  assert.ok(translation.is === 'order', JSON.stringify(translation))
  return translation
}

function refusal(translation: Translation): string {
  assert.ok(translation.is !== 'order', 'it was taken')
  return translation.fault.message
}

/** A path of the coverage speaks of all below it. */
const isAbout = ({ path }: Coverage, trial: Trial): boolean =>
  trial.path === path || trial.path.startsWith(`${path}.`)

for (const { name, coverage, trials, base, translate } of ALL_KINDS) {
  const having = (trial: Trial): Translation =>
    translate(specOf({ ...base, ...trial.beside, [trial.path]: trial.value }))
  const lacking = (trial: Trial): Translation =>
    translate(specOf({ ...base, ...trial.beside, [trial.path]: trial.instead }))

  const claims = {
    honoured(trial: Trial) {
      const used = ordered(having(trial))
      const otherwise = lacking(trial)
      assert.equal(otherwise.is === 'order', trial.isOnlyValue === undefined, JSON.stringify(otherwise))
      assert.notDeepEqual(outcome(used), outcome(otherwise), 'it makes no difference')
      assert.deepEqual(
        used.warnings.filter(({ message }) => message.includes('has no effect')),
        [],
      )
    },
    ignored(trial: Trial) {
      const { warnings, ...done } = ordered(having(trial))
      assert.deepEqual(done, outcome(ordered(lacking(trial))), 'it makes a difference')
      const told = warnings.filter(({ message }) => message.includes(`${placeOf(trial)} has no effect`))
      assert.equal(told.length, 1, JSON.stringify(warnings))
    },
    refused(trial: Trial) {
      assert.ok(refusal(having(trial)).includes(placeOf(trial)), refusal(having(trial)))
    },
  }

  describe(`every field of ${name} is as its coverage says:`, () => {
    for (const row of coverage) {
      test(`${row.path} is ${row.standing}`, () => {
        const about = trials.filter((trial) => isAbout(row, trial))
        assert.notEqual(about.length, 0, 'no trial uses it')
        for (const trial of about) claims[row.standing](trial)
      })
    }

    test('and nothing else is tried', () => {
      const strays = trials.filter((trial) => !coverage.some((row) => isAbout(row, trial)))
      assert.deepEqual(strays, [])
    })
  })
}

describe('a field that only some values are honoured of', () => {
  const CLUSTER = {
    kind: 'ECRAuthorizationToken',
    generator: { ecrAuthorizationTokenSpec: { region: 'x-y-1' } },
  }
  const [externalSecret, , , , clusterGenerator] = ALL_KINDS

  test('takes each of those, and names what it refuses: spec.dataFrom[].sourceRef.generatorRef.kind', () => {
    const row = EXTERNAL_SECRET_COVERAGE.find(({ path }) => path.endsWith('generatorRef.kind'))
    const of = (kind: string) => externalSecret?.translate({ dataFrom: [generatorRef('one', { kind })] })
    for (const kind of row?.only ?? assert.fail('there is no list')) assert.equal(of(kind)?.is, 'order', kind)
    const password = of('Password') ?? assert.fail('nothing was translated')
    assert.match(
      refusal(password),
      /spec\.dataFrom\[0\]\.sourceRef\.generatorRef\.kind: Password is not supported/,
    )
  })

  test('takes each of those, and names what it refuses: spec.kind of a ClusterGenerator', () => {
    const row = CLUSTER_GENERATOR_COVERAGE.find(({ path }) => path === 'spec.kind')
    assert.deepEqual(row?.only, ['ECRAuthorizationToken', 'STSSessionToken'])
    const session = { kind: 'STSSessionToken', generator: { stsSessionTokenSpec: { region: 'x-y-1' } } }
    for (const spec of [CLUSTER, session]) assert.equal(clusterGenerator?.translate(spec).is, 'order')
    const other = { kind: 'UUID', generator: { uuidSpec: {} } }
    const refused = clusterGenerator?.translate(other) ?? assert.fail('nothing was translated')
    assert.match(refusal(refused), /the UUID in ClusterGenerator tried is not supported/)
  })
})

test('what no ExternalSecret may say no ClusterExternalSecret may either, under its path there', () => {
  const [, cluster] = ALL_KINDS
  for (const trial of EXTERNAL_SECRET_TRIALS) {
    const row = EXTERNAL_SECRET_COVERAGE.find((one) => isAbout(one, trial))
    if (row?.standing !== 'refused' || row.isToldWhereUsed === true) continue
    const inner = specOf({
      'spec.dataFrom': [generatorRef('one')],
      ...trial.beside,
      [trial.path]: trial.value,
    })
    const translation = cluster?.translate({ externalSecretSpec: inner, namespaces: ['room-a'] })
    const place = placeOf(trial).replace('spec', 'spec.externalSecretSpec')
    const message = refusal(translation ?? assert.fail('nothing was translated'))
    assert.ok(message.includes(place), message)
  }
})
