// This file is about cases that external-secrets holds its own controller to, on a real control plane: what stands in its Secrets, and what is said.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  CREATED_BY_LABEL,
  DATA_HASH_ANNOTATION,
  MANAGED_LABEL,
} from '../../src/dialects/external-secrets/marks.ts'
import { ConformanceBench, generatorNamed, stampOf } from '../support/conformance-bench.ts'
import type { SecretSeen } from '../support/stage.ts'

const MANAGER = (name: string): string => `externalsecrets.external-secrets.io/${name}`
const REFUSED_REGION = 'eu-west-2'

const ON_ITS_OWN = { labels: { team: 'build' }, annotations: { note: 'kept' } }
const renamed = (source: string, target: string, name = 'ecr'): object => ({
  ...generatorNamed(name),
  rewrite: [{ regexp: { source, target } }],
})
const templated = (template: object, target: object = {}): object => ({ target: { ...target, template } })

const passwordOf = ({ data }: SecretSeen): string | undefined => data['password']
const keysOf = ({ data }: SecretSeen): string => Object.keys(data).toSorted().join()
const ALL_KEYS = 'expires_at,password,proxy_endpoint,username'
const isFilled = (secret: SecretSeen): boolean => passwordOf(secret) !== undefined
const isOf = (key: string): boolean => key.startsWith('everpull.dev/delivery-')

/** What a field manager owns of a Secret: `f:data f:password`, and so on. */
function ownedBy({ metadata }: SecretSeen, manager: string): readonly string[] {
  const entry = metadata.managedFields?.find((one) => one.manager === manager)
  const below = (fields: object, path: string): readonly string[] =>
    Object.entries(fields).flatMap(([key, members]: [string, object]) => {
      if (key === '.') return []
      const here = path === '' ? key.slice(2) : `${path} ${key.slice(2)}`
      return Object.keys(members).length === 0 ? [here] : below(members, here)
    })
  return below(entry?.fieldsV1 ?? {}, '').map((path) => path.replace(/everpull\.dev\/delivery-\S+/, 'ours'))
}

describe('what external-secrets holds itself to', { concurrency: 5 }, () => {
  let bench: ConformanceBench

  before(async () => {
    bench = await ConformanceBench.open(
      { broken: REFUSED_REGION, other: 'us-east-2' },
      { collectsGarbage: true },
    )
    await bench.stage.fault({ kind: 'throttle', region: REFUSED_REGION })
  })
  after(() => bench[Symbol.asyncDispose]())

  const filled = (name: string): Promise<SecretSeen> => bench.secret(name, 'is filled', isFilled)
  const refused = (name: string) => bench.ready(name, 'False', 'SecretSyncedError')
  /** Filled, told, and left alone since. */
  const settled = async (name: string): Promise<SecretSeen> => {
    await filled(name)
    await bench.synced(name)
    return bench.secret(name, 'is there')
  }
  /** Nothing was written to it, though what came later was dealt with. */
  const rests = async (name: string, { metadata }: SecretSeen): Promise<void> => {
    await bench.caughtUp()
    assert.equal((await bench.read(name)).metadata.resourceVersion, metadata.resourceVersion)
  }

  /** Whose owner went before has gone with it by now. */
  const swept = async (beside: string): Promise<void> => {
    const owned = `owned-beside-${beside}`
    await bench.order(owned)
    await settled(owned)
    await bench.remove('order', owned)
    await bench.gone(owned)
  }

  it('a Secret whose stamp and data are edited is as before at once, and is stamped as before', async () => {
    await bench.order('edited')
    const before = await settled('edited')
    const stamp = before.metadata.annotations?.[DATA_HASH_ANNOTATION]
    assert.equal(stamp, stampOf(before.data))
    await bench.changeSecret('edited', {
      metadata: { annotations: { [DATA_HASH_ANNOTATION]: '1234' } },
      data: { extra: 'eA==' },
    })
    const after = await bench.secret(
      'edited',
      'is mended',
      ({ metadata }) =>
        BigInt(metadata.resourceVersion) > BigInt(before.metadata.resourceVersion) &&
        metadata.annotations?.[DATA_HASH_ANNOTATION] === stamp,
    )
    assert.deepEqual(after.data, before.data)
  })

  it('labels and annotations of another manager stay beside those of the ExternalSecret', async () => {
    const theirs = { labels: { theirs: 'l' }, annotations: { theirs: 'a' } }
    await bench.foreign('labelled', {}, theirs)
    await bench.order('labelled', {}, ON_ITS_OWN)
    const { metadata } = await filled('labelled')
    const { [MANAGED_LABEL]: managed, [CREATED_BY_LABEL]: maker, ...labels } = metadata.labels ?? {}
    assert.deepEqual([labels, managed], [{ theirs: 'l', team: 'build' }, 'true'])
    assert.match(maker ?? '', /^[0-9a-f]{56}$/)
    assert.deepEqual([metadata.annotations?.['theirs'], metadata.annotations?.['note']], ['a', 'kept'])
  })

  it('Merge adds to a Secret no more than its values and marks, as its manager alone', async () => {
    const theirs = { labels: { theirs: 'l' }, annotations: { theirs: 'a' } }
    await bench.foreign('merged', { pre: 'existing' }, theirs, 'them')
    await bench.order('merged', { target: { creationPolicy: 'Merge' } }, ON_ITS_OWN)
    const secret = await filled('merged')
    const { labels, annotations = {}, ownerReferences, managedFields = [] } = secret.metadata
    assert.equal(keysOf(secret), 'expires_at,password,pre,proxy_endpoint,username')
    assert.deepEqual(labels, { theirs: 'l', team: 'build', [MANAGED_LABEL]: 'true' })
    assert.deepEqual(
      Object.keys(annotations).filter((key) => !isOf(key)),
      ['note', DATA_HASH_ANNOTATION, 'theirs'],
    )
    assert.equal(annotations[DATA_HASH_ANNOTATION], stampOf(secret.data))
    assert.equal(ownerReferences, undefined)
    assert.deepEqual(managedFields.map(({ manager, operation }) => `${operation} ${manager}`).toSorted(), [
      `Update ${MANAGER('merged')}`,
      'Update them',
    ])
    assert.deepEqual(
      ownedBy(secret, MANAGER('merged')).toSorted(),
      [
        'data expires_at',
        'data password',
        'data proxy_endpoint',
        'data username',
        'metadata annotations note',
        'metadata annotations ours',
        `metadata annotations ${DATA_HASH_ANNOTATION}`,
        `metadata labels ${MANAGED_LABEL}`,
        'metadata labels team',
      ].toSorted(),
    )
  })

  it('a Secret merged into that somebody overwrites, labels and all, is merged into again', async () => {
    await bench.foreign('overwritten', { pre: 'existing' })
    await bench.order('overwritten', { target: { creationPolicy: 'Merge' } })
    const before = await settled('overwritten')
    const nothing = Object.fromEntries(Object.keys(before.data).map((key) => [key, null]))
    await bench.changeSecret('overwritten', {
      metadata: { labels: null, annotations: null },
      data: { ...nothing, pre: 'bmV3' },
    })
    const after = await bench.secret(
      'overwritten',
      'is merged into again',
      (now) => now.data['pre'] === 'new' && isFilled(now),
    )
    assert.equal(after.metadata.labels?.[MANAGED_LABEL], 'true')
  })

  it('a value that another manager owns is overwritten by Merge, which owns it then', async () => {
    await bench.foreign('contested', { password: 'theirs', pre: 'existing' }, {}, 'them')
    await bench.order('contested', { target: { creationPolicy: 'Merge' } })
    const secret = await bench.secret(
      'contested',
      'is merged into',
      (now) => isFilled(now) && passwordOf(now) !== 'theirs',
    )
    assert.ok(ownedBy(secret, MANAGER('contested')).includes('data password'))
    assert.deepEqual(ownedBy(secret, 'them'), ['data pre', 'type'])
  })

  it('what Merge has nothing to change in is not written', async () => {
    await bench.foreign('unchanged', { pre: 'existing' })
    await bench.order(
      'unchanged',
      templated({ data: { user: '{{ .username }}' } }, { creationPolicy: 'Merge' }),
    )
    await bench.synced('unchanged')
    const before = await bench.secret('unchanged', 'has its user', ({ data }) => data['user'] === 'AWS')
    await bench.change('unchanged', { metadata: { labels: { looked: 'at' } } })
    await rests('unchanged', before)
  })

  it('an orphaned Secret outlives its ExternalSecret', async () => {
    await bench.order('orphaned', { target: { creationPolicy: 'Orphan' } })
    const before = await settled('orphaned')
    await bench.remove('order', 'orphaned')
    await swept('orphaned')
    const { uid, resourceVersion } = (await bench.read('orphaned')).metadata
    assert.equal(uid, before.metadata.uid)
    const after = await bench.secret('orphaned', 'is seen as it is', ({ metadata }) => {
      return metadata.resourceVersion === resourceVersion
    })
    assert.deepEqual(after.data, before.data)
  })

  it('CreatedOnce and Orphan keep the data of an immutable Secret when made anew', async () => {
    const spec = { refreshPolicy: 'CreatedOnce', target: { creationPolicy: 'Orphan', immutable: true } }
    await bench.order('preserved', spec)
    const before = await settled('preserved')
    await bench.remove('order', 'preserved')
    await bench.order('preserved', { ...spec, dataFrom: [generatorNamed('other')] })
    await bench.synced('preserved')
    const { immutable, data = {} } = await bench.read('preserved')
    assert.equal(immutable, true)
    const texts = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])
    assert.deepEqual(Object.fromEntries(texts), before.data)
  })

  it('an immutable Secret of an owner is made anew when it is deleted', async () => {
    await bench.order('immutable', { target: { immutable: true } })
    const { metadata } = await settled('immutable')
    await bench.remove('secret', 'immutable')
    await bench.secret(
      'immutable',
      'is made anew',
      (now) => now.metadata.uid !== metadata.uid && isFilled(now),
    )
    assert.equal((await bench.read('immutable')).immutable, true)
  })

  it('CreateOrMerge adds to what is there, makes what is not, once, and leaves it when it goes', async () => {
    const target = { creationPolicy: 'CreateOrMerge' }
    await bench.foreign('added-to', { pre: 'existing' })
    await bench.order('added-to', { target })
    assert.equal((await filled('added-to')).data['pre'], 'existing')
    await rests('added-to', await settled('added-to'))
    await bench.order('made', { target, refreshPolicy: 'CreatedOnce' })
    const first = await settled('made')
    await bench.remove('secret', 'made')
    const second = await bench.secret(
      'made',
      'is made anew',
      (now) => now.metadata.uid !== first.metadata.uid,
    )
    await bench.synced('made')
    await bench.remove('order', 'made')
    await swept('made')
    assert.equal((await bench.read('made')).metadata.uid, second.metadata.uid)
  })

  it('a template gives data, labels, annotations, finalizers and type, and no metadata of the ExternalSecret', async () => {
    const template = {
      type: 'Opaque',
      metadata: {
        labels: { given: 'l', user: '{{ .username }}' },
        annotations: { given: 'a', expires: '{{ .expires_at }}' },
        finalizers: ['example.dev/hold'],
      },
      data: { static: 'value', user: 'I am {{ .username }}' },
    }
    const { spec } = await bench.order('templated', templated(template), ON_ITS_OWN)
    assert.equal(
      (spec as { target: { template: { engineVersion: string } } }).target.template.engineVersion,
      'v2',
    )
    const { data, metadata, type } = await bench.secret('templated', 'is there')
    assert.deepEqual([data, type], [{ static: 'value', user: 'I am AWS' }, 'Opaque'])
    assert.deepEqual(
      [metadata.labels?.['given'], metadata.labels?.['user'], metadata.labels?.['team']],
      ['l', 'AWS', undefined],
    )
    assert.deepEqual([metadata.annotations?.['given'], metadata.annotations?.['note']], ['a', undefined])
    assert.match(metadata.annotations?.['expires'] ?? '', /^\d{10}$/)
    assert.deepEqual((await bench.read('templated')).metadata.finalizers, ['example.dev/hold'])
    await bench.changeSecret('templated', { metadata: { finalizers: null } })
  })

  it('what is added to a template is written, and what is taken from it goes', async () => {
    const before = { data: { old: '1' }, metadata: { labels: { old: 'l' }, annotations: { old: 'a' } } }
    await bench.order('growing', templated(before))
    await bench.secret('growing', 'is there', ({ data }) => data['old'] === '1')
    await bench.synced('growing')
    const now = { old: null, new: '2' }
    const metadata = { labels: { new: '2' }, annotations: { new: '2' } }
    await bench.change('growing', { spec: templated({ data: now, metadata }) })
    const both = await bench.secret('growing', 'has what is new', ({ data }) => data['new'] === '2')
    assert.deepEqual(both.data, { new: '2' })
    assert.deepEqual([both.metadata.labels?.['old'], both.metadata.labels?.['new']], ['l', '2'])
    assert.deepEqual([both.metadata.annotations?.['old'], both.metadata.annotations?.['new']], ['a', '2'])
    await bench.change('growing', { spec: templated({ metadata: { labels: { old: null } } }) })
    await bench.secret('growing', 'has lost a label', (seen) => seen.metadata.labels?.['old'] === undefined)
  })

  it('a template of metadata or of a type alone keeps the values as they are', async () => {
    await bench.order('dressed', templated({ metadata: ON_ITS_OWN }))
    const { metadata, ...dressed } = await filled('dressed')
    assert.equal(keysOf({ ...dressed, metadata }), ALL_KEYS)
    assert.deepEqual([metadata.labels?.['team'], metadata.annotations?.['note']], ['build', 'kept'])
    await bench.order('typed', templated({ type: 'kubernetes.io/basic-auth' }))
    const typed = await filled('typed')
    assert.deepEqual([typed.type, keysOf(typed)], ['kubernetes.io/basic-auth', ALL_KEYS])
    await bench.order('undressed', templated({}), ON_ITS_OWN)
    const undressed = await filled('undressed')
    assert.deepEqual([undressed.metadata.labels?.['team'], keysOf(undressed)], [undefined, ALL_KEYS])
  })

  it('literals may go through what a value holds, and give data, labels and annotations', async () => {
    const list = '{"1": "one", "2": "two"}'
    const templateFrom = [
      { literal: 'user: {{ .username }}' },
      { literal: `{{ range $k, $v := fromJson \`${list}\` }}key-{{ $k }}: {{ $v }}\n{{ end }}` },
      { literal: 'noted: "{{ .expires_at }}"', target: 'Annotations' },
      { literal: 'labelled: {{ .username }}', target: 'Labels' },
    ]
    await bench.order('literal', templated({ templateFrom }))
    const { data, metadata } = await bench.secret('literal', 'is there')
    assert.deepEqual(data, { user: 'AWS', 'key-1': 'one', 'key-2': 'two' })
    assert.match(metadata.annotations?.['noted'] ?? '', /^\d{10}$/)
    assert.equal(metadata.labels?.['labelled'], 'AWS')
  })

  it('what is refreshed within seconds follows its source, with an empty template and without', async () => {
    const plain = { refreshInterval: '2s' }
    await Promise.all([
      bench.order('following', plain),
      bench.order('following-bare', { ...plain, ...templated({}) }),
    ])
    for (const name of ['following', 'following-bare']) {
      const before = passwordOf(await filled(name))
      await bench.secret(name, 'has another password', (now) => isFilled(now) && passwordOf(now) !== before)
    }
  })

  it('keys that are not given any more go from the Secret', async () => {
    await bench.order('shrinking', { dataFrom: [generatorNamed('ecr'), renamed('^', 'more-')] })
    await bench.secret('shrinking', 'has all keys', ({ data }) => data['more-password'] !== undefined)
    await bench.change('shrinking', { spec: { dataFrom: [generatorNamed('ecr')] } })
    const less = await bench.secret(
      'shrinking',
      'has fewer',
      ({ data }) => data['more-password'] === undefined,
    )
    assert.equal(keysOf(less), ALL_KEYS)
  })

  it('at an interval of zero nothing is refreshed, whatever changes', async () => {
    await Promise.all([bench.order('still', { refreshInterval: '0' }), bench.order('moving')])
    const [still, moving] = [await settled('still'), await settled('moving')]
    const change = {
      metadata: { annotations: { 'force-sync': '1' } },
      spec: { dataFrom: [generatorNamed('other')] },
    }
    for (const name of ['still', 'moving']) await bench.change(name, change)
    await bench.secret('moving', 'is refreshed', (now) => passwordOf(now) !== passwordOf(moving))
    await rests('still', still)
  })

  for (const spec of [{ refreshPolicy: 'OnChange' }, { refreshPolicy: 'Periodic' }, {}]) {
    const name = (spec.refreshPolicy ?? 'unsaid').toLowerCase()
    it(`under a policy that is ${name}, labels, annotations and spec that change are followed`, async () => {
      const { metadata } = await bench.order(name, spec)
      const first = await settled(name)
      const versionOf = async (generation: number): Promise<string | undefined> => {
        const isSo = (version = ''): boolean => version.startsWith(`${generation}-`)
        const order = await bench.orderWhere(name, 'is synced as it is', ({ status }) =>
          isSo(status?.syncedResourceVersion),
        )
        return order.status?.syncedResourceVersion
      }
      const before = await versionOf(metadata.generation ?? 0)
      await rests(name, first)
      await bench.change(name, { metadata: { labels: { team: 'build' } } })
      await bench.secret(name, 'has the label', (now) => now.metadata.labels?.['team'] === 'build')
      await bench.change(name, { metadata: { annotations: { note: 'kept' } } })
      await bench.secret(name, 'has the note', (now) => now.metadata.annotations?.['note'] === 'kept')
      await bench.change(name, { spec: templated({ data: { user: '{{ .username }}' } }) })
      const last = await bench.secret(name, 'is as its template says', ({ data }) => data['user'] === 'AWS')
      assert.equal(keysOf(last), 'user')
      assert.notEqual(await versionOf((metadata.generation ?? 0) + 1), before)
    })
  }

  it('rewrites give the values of two generators names of their own', async () => {
    await bench.order('rewritten', {
      dataFrom: [renamed('(.*)', 'new-$1'), renamed('(.*)', 'old-$1', 'other')],
    })
    const { data } = await bench.secret('rewritten', 'is there')
    const keys = ALL_KEYS.split(',')
    assert.deepEqual(
      Object.keys(data).toSorted(),
      ['new-', 'old-'].flatMap((prefix) => keys.map((key) => `${prefix}${key}`)).toSorted(),
    )
    assert.match(data['new-proxy_endpoint'] ?? '', /us-west-1/)
    assert.match(data['old-proxy_endpoint'] ?? '', /us-east-2/)
  })

  it('a key goes through one operation after another, and what they cannot do is told', async () => {
    const operations = [
      { regexp: { source: '^(?P<first>[a-z])(.*)$', target: '$first-$2' } },
      { transform: { template: '{{ .value | upper | replace "-" "_" }}' } },
      { regexp: { source: '(.*)', target: 'new-$1' } },
    ]
    const rewriting = (rewrite: readonly object[]) => ({ dataFrom: [{ ...generatorNamed('ecr'), rewrite }] })
    await bench.order('operated', rewriting(operations))
    const operated = await bench.secret('operated', 'is there')
    assert.equal(keysOf(operated), 'new-E_XPIRES_AT,new-P_ASSWORD,new-P_ROXY_ENDPOINT,new-U_SERNAME')
    await bench.order('unmerged', rewriting([{ merge: { strategy: 'Extract' } }]))
    assert.match((await refused('unmerged')).message, /merge failed with failed to unmarshal JSON: /)
    await bench.order('unmatched', rewriting([{ regexp: { source: '(', target: '' } }]))
    assert.match((await refused('unmatched')).message, /regexp failed with failed to compile: /)
  })

  it('templates decode, hash, replace and convert as the original does', async () => {
    const template = {
      metadata: { labels: { user: '{{ .username | b64enc | b64dec }}' } },
      data: {
        hashed: '{{ "example" | sha256sum | hexdec | b64enc }}',
        replaced: '{{ .proxy_endpoint | replace "https://" "oci://" | upper }}',
        converted: '{{ dict "user" .username | toYaml | fromYaml | toJson }}',
        silent: '{{ "no_base64" | b64dec }}',
        password: '{{ .password }}',
      },
    }
    await bench.order('executed', templated(template))
    const { data, metadata } = await filled('executed')
    assert.equal(data['hashed'], 'UNhY4JhezH9gQYqvDMWrWH9CwlcKiECVqejMrND2VFw=')
    assert.match(data['replaced'] ?? '', /^OCI:\/\/\d{12}\.DKR\.ECR\.US-WEST-1\./)
    assert.equal(data['converted'], '{"user":"AWS"}')
    assert.equal(data['silent'], 'illegal base64 data at input byte 2')
    assert.equal(metadata.labels?.['user'], 'AWS')
  })

  it('a template that fails is told by its key, and nothing is written', async () => {
    await bench.order('unexecuted', templated({ data: { k: '{{ index (list .username) 1 }}' } }))
    const { message } = await refused('unexecuted')
    assert.match(message, /^could not update secret: unable to execute template at key k: template: k:1:3: /)
    assert.equal(bench.secretNow('unexecuted'), undefined)
  })

  it('keys that no Secret may have are refused, told and counted', async () => {
    await bench.order('slashed', { dataFrom: [renamed('^', 'foo/')] })
    const { message } = await refused('slashed')
    assert.match(message, /invalid secret keys \(TIP: use rewrite or conversionStrategy to change keys\)/)
    assert.equal(bench.secretNow('slashed'), undefined)
    const counted = /^externalsecret_sync_calls_error\{namespace="apps",name="slashed"\} (\d+)$/m
    assert.ok(Number(counted.exec(await bench.operator.metrics())?.[1]) >= 1)
  })

  it('a source that fails is told, and its recovery', async () => {
    await bench.order('failing', { dataFrom: [generatorNamed('broken')] })
    assert.match((await refused('failing')).message, /^could not get secret data from provider: /)
    await bench.change('failing', { spec: { dataFrom: [generatorNamed('ecr')] } })
    assert.equal((await bench.synced('failing')).message, 'secret synced')
  })

  it('Delete takes keys away one by one, and then the Secret', async () => {
    await bench.order('draining', {
      target: { deletionPolicy: 'Delete' },
      dataFrom: [generatorNamed('ecr'), renamed('^', 'more-')],
    })
    await bench.secret('draining', 'has all keys', ({ data }) => data['more-password'] !== undefined)
    await bench.change('draining', { spec: { dataFrom: [generatorNamed('ecr')] } })
    await bench.secret('draining', 'has fewer', (now) => keysOf(now) === ALL_KEYS)
    await bench.change('draining', { spec: { dataFrom: [renamed('.*', '')] } })
    await bench.gone('draining')
    const { message } = await bench.ready('draining', 'True', 'SecretDeleted')
    assert.equal(message, 'secret deleted due to DeletionPolicy=Delete')
  })

  it('a Secret that is owned no more loses its owner and the label that says who made it', async () => {
    await bench.order('let-go')
    const owned = await settled('let-go')
    assert.equal(owned.metadata.ownerReferences?.[0]?.name, 'let-go')
    assert.notEqual(owned.metadata.labels?.[CREATED_BY_LABEL], undefined)
    await bench.change('let-go', { spec: { target: { creationPolicy: 'Orphan' } } })
    const { metadata } = await bench.secret(
      'let-go',
      'is owned no more',
      (now) => now.metadata.ownerReferences === undefined,
    )
    assert.equal(metadata.labels?.[CREATED_BY_LABEL], undefined)
    assert.equal(metadata.labels?.[MANAGED_LABEL], 'true')
  })

  for (const creationPolicy of ['Owner', 'Orphan', 'Merge', 'CreateOrMerge']) {
    it(`${creationPolicy} leaves alone what another ExternalSecret owns`, async () => {
      const [owner, taker] = [
        `owner-of-${creationPolicy}`.toLowerCase(),
        `taker-${creationPolicy}`.toLowerCase(),
      ]
      await bench.order(owner)
      const before = await settled(owner)
      await bench.order(taker, { target: { name: owner, creationPolicy } })
      assert.match((await refused(taker)).message, /^target is owned by another ExternalSecret/)
      await rests(owner, before)
    })
  }

  it('what something else controls is not taken from it by Owner', async () => {
    const thing = await bench.configMap('thing', {})
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'thing', uid: thing.metadata.uid }
    await bench.foreign('controlled', { a: 'b' }, { ownerReferences: [{ ...reference, controller: true }] })
    await bench.order('controlled')
    assert.match((await refused('controlled')).message, /^failed to take ownership of target secret/)
    assert.deepEqual(bench.secretNow('controlled')?.data, { a: 'b' })
  })

  for (const target of [
    'type',
    'metadata.annotations',
    'Metadata.Labels',
    'immutable',
    'metadata.ownerReferences',
  ]) {
    it(`a template for ${target} of a Secret is refused, and the Secret stays as it was`, async () => {
      const name = `path-${target}`.toLowerCase()
      await bench.foreign(name, { a: 'b' })
      await bench.order(
        name,
        templated({ templateFrom: [{ literal: 'a: c', target }] }, { creationPolicy: 'Merge' }),
      )
      assert.ok((await refused(name)).message.includes(`templateFrom target="${target}" is not allowed`))
      const { data, metadata } = await bench.secret(name, 'is there')
      assert.deepEqual([data, metadata.labels], [{ a: 'b' }, undefined])
    })
  }
})
