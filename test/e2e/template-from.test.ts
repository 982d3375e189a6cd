// This file is about what a Secret is made from: values under the names rewrites make, and templates wherever they are kept.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { externalSecret, generator, opaqueSecret, together } from '../support/orders.ts'
import { SecretWatch } from '../support/secret-watch.ts'
import { type Condition, type RunningOperator, type SecretSeen, Stage } from '../support/stage.ts'

const NAMESPACE = 'apps'
/** Below the first retry of a failure, which comes after 7.5 s at least; and no renewal is due for hours. */
const AT_ONCE_MS = 7000
const TOKENS = '?operation=GetAuthorizationToken'

type Members = readonly Readonly<Record<string, unknown>>[]
type Texts = Readonly<Record<string, string>>

const configMap = (name: string, data: Texts, annotations: Texts = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: NAMESPACE, name, annotations },
    data,
  })
const secret = (name: string, data: Texts): string => opaqueSecret({ namespace: NAMESPACE, name }, data)

describe('templates', () => {
  let stage: Stage
  let watch: SecretWatch
  let operator: RunningOperator

  before(async () => {
    stage = await Stage.open()
    watch = await SecretWatch.open(stage)
    await stage.namespace(NAMESPACE)
    await stage.apply(
      together(
        generator({ namespace: NAMESPACE, name: 'ecr' }),
        generator({ namespace: NAMESPACE, name: 'other' }, { region: 'us-east-2' }),
      ),
    )
    operator = await stage.startOperator()
    await operator.ready()
  })
  after(async () => {
    await watch[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
  })

  const order = (name: string, templateFrom: Members, template: object = {}, target: object = {}): string =>
    externalSecret({
      namespace: NAMESPACE,
      name,
      generator: 'ecr',
      target: { ...target, template: { ...template, templateFrom } },
    })

  const ordering = (name: string, spec: object): string =>
    JSON.stringify({
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { namespace: NAMESPACE, name },
      spec: { refreshInterval: '8h', ...spec },
    })

  const where = (name: string, what: string, isRight: (seen: SecretSeen) => boolean) =>
    watch.where(NAMESPACE, name, what, isRight)
  const written = (name: string) => where(name, 'is written', () => true)
  const atOnce = (name: string, what: string, isRight: (seen: SecretSeen) => boolean) =>
    watch.where(NAMESPACE, name, what, isRight, AT_ONCE_MS)

  const readyWhere = (name: string, isRight: (ready: Condition) => boolean): Promise<Condition> =>
    eventually(`the condition of ${name} is as wanted`, async () => {
      const ready = await stage.ready('externalsecret', NAMESPACE, name)
      return ready !== undefined && isRight(ready) ? ready : undefined
    })
  const failing = (name: string) => readyWhere(name, ({ status }) => status === 'False')
  const synced = (name: string) => readyWhere(name, ({ message }) => message === 'secret synced')

  const fromConfigMap = (name: string, key: string, rest: object = {}) => ({
    configMap: { name, items: [{ key, ...rest }] },
  })
  const fromSecret = (name: string, key: string, rest: object = {}) => ({
    secret: { name, items: [{ key, ...rest }] },
  })

  it('are rendered in their order: values, ConfigMap, Secret, literal, and data above all', async () => {
    const all = { a: 'cm {{ .username }}', b: 'cm', c: 'cm', d: 'cm' }
    const items = Object.keys(all).map((key) => ({ key }))
    await stage.apply(
      together(
        configMap('order', all),
        secret('order', { b: 'secret {{ .username }}', c: 'secret', d: 'secret' }),
        order(
          'ordered',
          [
            {
              configMap: { name: 'order', items },
              secret: { name: 'order', items: items.slice(1) },
              literal: 'c: literal {{ .username }}\nd: literal',
            },
          ],
          { mergePolicy: 'Merge', data: { d: 'data {{ .username }}' } },
        ),
      ),
    )
    const { data } = await written('ordered')
    assert.deepEqual(
      { a: data['a'], b: data['b'], c: data['c'], d: data['d'], username: data['username'] },
      {
        a: 'cm AWS',
        b: 'secret AWS',
        c: 'literal AWS',
        d: 'data AWS',
        username: 'AWS',
      },
    )
  })

  it('give keys and values, labels and annotations, decoded where that is asked', async () => {
    const scope = { templateAs: 'KeysAndValues' }
    await stage.apply(
      together(
        configMap('keys', { k: '{{ .username }}-cm: {{ .username | lower }}' }),
        secret('keys', { k: '{{ .username }}-secret: {{ .password }}' }),
        order('keys-and-values', [
          fromConfigMap('keys', 'k', scope),
          fromSecret('keys', 'k', scope),
          { literal: '{{ range $k, $v := . }}my-{{ $k }}: {{ $v | quote }}\n{{ end }}' },
          { literal: 'yes: 0123\nencoded: {{ "hello" | b64enc }}' },
          { literal: 'decoded: {{ "hello" | b64enc }}', valuesDecodingStrategy: 'Base64' },
          { literal: 'example.com/user: {{ .username }}', target: 'ANNOTATIONS' },
          {
            literal: 'user: {{ .username }}\nreconcile.external-secrets.io/managed: "no"',
            target: 'labels',
          },
        ]),
      ),
    )
    const { data, metadata } = await written('keys-and-values')
    const { 'AWS-secret': password, 'my-password': again, ...others } = data
    assert.ok(password !== undefined && password.length > 100)
    assert.equal(again, password)
    assert.deepEqual(
      { ...others, 'my-proxy_endpoint': '', 'my-expires_at': '' },
      {
        'AWS-cm': 'aws',
        'my-username': 'AWS',
        'my-proxy_endpoint': '',
        'my-expires_at': '',
        true: '83',
        encoded: 'aGVsbG8=',
        decoded: 'hello',
      },
    )
    assert.equal(metadata.annotations?.['example.com/user'], 'AWS')
    assert.equal(metadata.labels?.['user'], 'AWS')
    assert.equal(metadata.labels?.['reconcile.external-secrets.io/managed'], 'true')
  })

  it('are rendered again at once when they change, and what they no longer make goes; AWS is not asked', async () => {
    const scope = { templateAs: 'KeysAndValues' }
    await stage.apply(
      together(
        configMap('followed', { k: 'a: 1\nb: "{{ .password }}"' }),
        secret('followed', { conf: 'first {{ .username }}' }),
        order('follower', [fromConfigMap('followed', 'k', scope), fromSecret('followed', 'conf')]),
      ),
    )
    const before = await written('follower')
    assert.deepEqual(Object.keys(before.data).toSorted(), ['a', 'b', 'conf'])
    await synced('follower')
    const calls = (await stage.calls(TOKENS)).length
    await stage.apply(configMap('followed', { k: 'a: 2\nc: "{{ .password }}"' }))
    const changed = await atOnce('follower', 'follows its ConfigMap', ({ data }) => data['a'] === '2')
    assert.deepEqual(Object.keys(changed.data).toSorted(), ['a', 'c', 'conf'])
    assert.equal(changed.data['c'], before.data['b'])
    await stage.apply(secret('followed', { conf: 'second {{ .username }}' }))
    await atOnce('follower', 'follows its Secret', ({ data }) => data['conf'] === 'second AWS')
    assert.equal((await stage.calls(TOKENS)).length, calls)
  })

  it('may change in all but their text without a single write', async () => {
    const order1 = order('unmoved', [fromConfigMap('noisy', 'k')])
    await stage.apply(together(configMap('noisy', { k: 'x', other: '1' }), order1))
    await written('unmoved')
    await synced('unmoved')
    const { metadata } = await written('unmoved')
    await stage.apply(configMap('noisy', { k: 'x', other: '2' }, { note: 'changed' }))
    // What comes later is written, so what came before would have been.
    await stage.apply(order('later', [fromConfigMap('noisy', 'other')]))
    await written('later')
    assert.equal((await written('unmoved')).metadata.resourceVersion, metadata.resourceVersion)
  })

  it('are waited for when their object or key is missing, and found at once', async () => {
    await stage.apply(order('early', [fromConfigMap('late', 'k')]))
    const absent = await failing('early')
    assert.equal(absent.reason, 'SecretSyncedError')
    assert.equal(
      absent.message,
      'could not update secret: error fetching templateFrom data: configmaps "late" not found',
    )
    await stage.apply(configMap('late', { other: 'x' }))
    await readyWhere('early', ({ message }) =>
      message.endsWith('error fetching templateFrom data: error in configmap late: missing key k'),
    )
    assert.equal(watch.get(NAMESPACE, 'early'), undefined)
    await stage.apply(configMap('late', { k: 'here' }))
    await atOnce('early', 'is written', ({ data }) => data['k'] === 'here')
    await synced('early')
  })

  it('that go missing are told at once, and what was written stays until they are back', async () => {
    await stage.apply(together(secret('leaving', { k: 'v' }), order('left', [fromSecret('leaving', 'k')])))
    const { metadata } = await written('left')
    await synced('left')
    await stage.kubectl('delete', 'secret', 'leaving', '-n', NAMESPACE)
    assert.match((await failing('left')).message, /secrets "leaving" not found$/)
    assert.equal((await written('left')).metadata.uid, metadata.uid)
    assert.deepEqual((await written('left')).data, { k: 'v' })
    await stage.apply(secret('leaving', { k: 'w' }))
    await atOnce('left', 'is written anew', ({ data }) => data['k'] === 'w')
  })

  it('may come from the Secret that is written, without end to be feared', async () => {
    await stage.apply(
      together(
        secret('itself', { template: 'by {{ .username }}' }),
        order(
          'itself',
          [{ secret: { name: 'itself', items: [{ key: 'template' }] } }],
          { data: { rendered: '{{ .username }}' } },
          { creationPolicy: 'CreateOrMerge' },
        ),
      ),
    )
    await where('itself', 'is written', ({ data }) => data['rendered'] === 'AWS')
    await synced('itself')
    // Written once more for the template it has become itself; then whatever else happens leaves it alone.
    const versions: string[] = []
    for (const marker of ['after-itself', 'long-after-itself']) {
      await stage.apply(order(marker, [{ literal: 'a: b' }]))
      await written(marker)
      const { data, metadata } = await written('itself')
      assert.deepEqual(data, { template: 'by AWS', rendered: 'AWS' })
      versions.push(metadata.resourceVersion)
    }
    assert.equal(versions[0], versions[1])
  })

  it('keep their keys from one another where two orders merge into one Secret', async () => {
    const target = { name: 'shared', creationPolicy: 'CreateOrMerge' }
    const literal = 'key: {{ .username }}\n'
    await stage.apply(order('first', [{ literal: `${literal}one: 1` }], {}, target))
    await where('shared', 'is written by the first', ({ data }) => data['one'] === '1')
    await stage.apply(order('second', [{ literal: `${literal}two: 2` }], {}, target))
    const { message } = await failing('second')
    assert.match(
      message,
      /^target is owned by another ExternalSecret: .* written by ExternalSecret apps\/first/,
    )
    await stage.apply(order('second', [{ literal: 'two: 2' }], {}, target))
    const { data } = await where('shared', 'has both', (seen) => seen.data['two'] === '2')
    assert.deepEqual(data, { key: 'AWS', one: '1', two: '2' })
    await synced('second')
    await synced('first')
  })

  it('find the values of several generators under the names that rewrites make', async () => {
    const renamed = (name: string, target: string) => ({
      sourceRef: { generatorRef: { kind: 'ECRAuthorizationToken', name } },
      rewrite: [{ regexp: { source: '(.*)', target } }],
    })
    const dataFrom = [renamed('ecr', 'new-$1'), renamed('other', 'old-$1')]
    await stage.apply(ordering('renamed', { dataFrom }))
    const { data } = await written('renamed')
    assert.deepEqual(
      Object.keys(data).toSorted(),
      ['new', 'old'].flatMap((prefix) =>
        ['expires_at', 'password', 'proxy_endpoint', 'username'].map((key) => `${prefix}-${key}`),
      ),
    )
    assert.match(data['new-proxy_endpoint'] ?? '', /us-west-1/)
    assert.match(data['old-proxy_endpoint'] ?? '', /us-east-2/)
    const literal =
      '{{ range $k, $v := . }}{{ if hasSuffix "username" $k }}{{ $k }}: {{ $v }}\n{{ end }}{{ end }}'
    await stage.apply(
      ordering('renamed', { dataFrom, target: { template: { templateFrom: [{ literal }] } } }),
    )
    const { data: named } = await where(
      'renamed',
      'is made by the template',
      (seen) => !seen.data['new-password'],
    )
    assert.deepEqual(named, { 'new-username': 'AWS', 'old-username': 'AWS' })
  })

  it('say which names no Secret may have, and write nothing', async () => {
    const generatorRef = { kind: 'ECRAuthorizationToken', name: 'ecr' }
    const rewrite = [{ regexp: { source: '^', target: 'foo/' } }]
    await stage.apply(ordering('misnamed', { dataFrom: [{ sourceRef: { generatorRef }, rewrite }] }))
    const { reason, message } = await failing('misnamed')
    assert.equal(reason, 'SecretSyncedError')
    assert.match(
      message,
      /^could not get secret data from provider: invalid secret keys \(TIP: .*\): key has invalid character \//,
    )
    assert.equal(watch.get(NAMESPACE, 'misnamed'), undefined)
  })

  it('under a key of the Secret drop what they no longer name, and take up what is added', async () => {
    await stage.apply(order('edited', [], { data: { old: '{{ .username }}' } }))
    await where('edited', 'has the old key', ({ data }) => data['old'] === 'AWS')
    const metadata = { labels: { added: '{{ .username }}' }, annotations: { added: 'to {{ .username }}' } }
    await stage.apply(order('edited', [], { data: { new: '{{ .username }}' }, metadata }))
    const seen = await atOnce('edited', 'has the new key', ({ data }) => data['new'] === 'AWS')
    assert.deepEqual(seen.data, { new: 'AWS' })
    assert.deepEqual(
      [seen.metadata.labels?.['added'], seen.metadata.annotations?.['added']],
      ['AWS', 'to AWS'],
    )
  })

  it('that say nothing of data leave the values as they are', async () => {
    const metadata = { labels: { only: 'metadata' } }
    await stage.apply(
      together(order('only-metadata', [], { metadata }), order('only-type', [], { type: 'example.com/own' })),
    )
    const keys = ['expires_at', 'password', 'proxy_endpoint', 'username']
    const labelled = await written('only-metadata')
    assert.deepEqual(Object.keys(labelled.data).toSorted(), keys)
    assert.equal(labelled.metadata.labels?.['only'], 'metadata')
    const typed = await written('only-type')
    assert.deepEqual([typed.type, Object.keys(typed.data).toSorted()], ['example.com/own', keys])
  })

  const refused: readonly (readonly [name: string, member: Texts, message: RegExp])[] = [
    ['a-list', { literal: '- "{{ .password }}"' }, /could not unmarshal template .* it is no map/],
    ['nested', { literal: 'a: ["{{ .password }}"]' }, /a value is a list or a map/],
    [
      'no-key',
      { literal: '"{{ .password | trunc 40 }}/": x' },
      /a key made by spec\.\S+ is no key of a Secret/,
    ],
    ['no-label', { literal: 'a: "{{ .password }}"', target: 'Labels' }, /a label made by .* no label value/],
    ['no-base64', { literal: 'a: "?"', valuesDecodingStrategy: 'Base64' }, /failed to decode rendered/],
    [
      'a-token',
      { literal: 'kubernetes.io/service-account.name: default', target: 'Annotations' },
      /annotation kubernetes\.io\/service-account\.name is never written/,
    ],
    [
      'too-much',
      { literal: 'a: {{ repeat 600000 "x" }}\nb: {{ repeat 600000 "x" }}' },
      /too costly|bytes at most/,
    ],
  ]
  for (const [name, member, message] of refused) {
    it(`that render to what no Secret may be are told, and nothing is written: ${name}`, async () => {
      await stage.apply(order(name, [member]))
      const ready = await failing(name)
      assert.match(ready.message, message)
      assert.equal(watch.get(NAMESPACE, name), undefined)
      const known = await stage.knownSecrets()
      assert.ok(known.every((value) => !ready.message.includes(value)))
    })
  }

  it('are believed after a restart: nothing is written, and AWS is not asked', async () => {
    await synced('follower')
    const versions = () =>
      ['follower', 'keys-and-values', 'left', 'shared', 'ordered'].map(
        (name) => watch.get(NAMESPACE, name)?.metadata.resourceVersion,
      )
    const before = versions()
    const calls = (await stage.calls(TOKENS)).length
    await operator.stop()
    operator = await stage.startOperator()
    await operator.ready()
    await stage.apply(configMap('followed', { k: 'a: 3' }))
    await where('follower', 'is served by the new process', ({ data }) => data['a'] === '3')
    assert.deepEqual(versions().slice(1), before.slice(1))
    // One for the change: the new process has no login in hand yet.
    assert.ok((await stage.calls(TOKENS)).length <= calls + 1)
  })

  it('need no watch over Secrets', async () => {
    await operator.stop()
    operator = await stage.startOperator(['--drift-watch=false'])
    await operator.ready()
    await stage.apply(
      together(
        configMap('unwatched', { k: 'a: 1' }),
        secret('unwatched', { k: '{{ .username }}' }),
        order('without-watch', [
          fromConfigMap('unwatched', 'k', { templateAs: 'KeysAndValues' }),
          fromSecret('unwatched', 'k'),
        ]),
      ),
    )
    const { data } = await written('without-watch')
    assert.deepEqual(data, { a: '1', k: 'AWS' })
    await stage.apply(configMap('unwatched', { k: 'a: 2' }))
    await atOnce('without-watch', 'follows its ConfigMap', (seen) => seen.data['a'] === '2')
  })
})
