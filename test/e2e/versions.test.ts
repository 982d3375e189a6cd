// This file is about versions of a definition that stop and begin to be served under a running operator.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { externalSecret, generator, opaqueSecret, together } from '../support/orders.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const NAMESPACE = 'apps'
const DEFINITION = 'externalsecrets.external-secrets.io'
/** A lost version is noticed at once, and its successor listed after at most two seconds; the machine may be busy. */
const SOON_MS = 30_000
/** A version that begins to be served is noticed within a minute. */
const LATER_MS = 75_000

interface Definition {
  readonly spec: { readonly versions: readonly { readonly name: string }[] }
}

describe('a version of ExternalSecret', () => {
  let stage: Stage
  let operator: RunningOperator

  before(async () => {
    stage = await Stage.open()
    operator = await stage.startOperator()
    await operator.ready()
    await stage.namespace(NAMESPACE)
    await stage.apply(
      together(
        opaqueSecret({ namespace: NAMESPACE, name: 'merged' }, { url: 'https://example.com' }),
        generator({ namespace: NAMESPACE, name: 'ecr' }),
        externalSecret({ namespace: NAMESPACE, name: 'owned', generator: 'ecr' }),
        externalSecret({
          namespace: NAMESPACE,
          name: 'merging',
          generator: 'ecr',
          target: { name: 'merged', creationPolicy: 'Merge' },
        }),
      ),
    )
    await written('owned')
    await written('merged')
  })
  after(() => stage[Symbol.asyncDispose]())

  const written = (name: string) =>
    stage.secretWhere(NAMESPACE, name, 'holds a login', ({ data }) => data['password'] !== undefined)

  async function serve(version: string, isServed: boolean): Promise<void> {
    const found = await stage.get<Definition>('crd', DEFINITION)
    const at = found?.spec.versions.findIndex(({ name }) => name === version)
    const patch = [{ op: 'replace', path: `/spec/versions/${at}/served`, value: isServed }]
    await stage.kubectl('patch', 'crd', DEFINITION, '--type=json', '-p', JSON.stringify(patch))
  }

  /** Waits until the operator reads that version, then has it renew one login through it; the other Secret is untouched. */
  async function turnsTo(version: string, limitMs: number): Promise<void> {
    const [owned, merged] = [await written('owned'), await written('merged')]
    await eventually(
      `the operator reads ${version}; so far: ${operator.output.slice(-2000)}`,
      () =>
        operator.log.findLast(({ message }) => message.includes('followed anew'))?.['version'] === version,
      limitMs,
    )
    const kind = `externalsecrets.${version}.external-secrets.io`
    await stage.kubectl('annotate', kind, 'owned', '-n', NAMESPACE, '--overwrite', `force-sync=${version}`)
    await stage.secretWhere(
      NAMESPACE,
      'owned',
      'is renewed',
      ({ data }) => data['password'] !== owned.data['password'],
    )
    assert.deepEqual(await written('merged'), merged)
    assert.equal((await stage.ready(kind, NAMESPACE, 'merging'))?.status, 'True')
  }

  it('that is served no more is left for the other one, and no Secret changes for it', async () => {
    await serve('v1', false)
    await turnsTo('v1beta1', SOON_MS)
  })

  it('that is served again, and is the one preferred, is read again within a minute', async () => {
    await serve('v1', true)
    await turnsTo('v1', LATER_MS)
  })

  it('never made anything look deleted', () => {
    const odd = operator.log.filter(
      ({ level, message }) => level === 'error' || /let go|no longer installed|stays there/.test(message),
    )
    assert.deepEqual(odd, [])
  })
})
