// This file is about the Secret wanted: what of the one there stays, what goes, and whose word counts.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, aSecret, into, textData } from '../../test/support/builders.ts'
import { instant } from '../base/clock.ts'
import { goMapSha3 } from '../model/data-digest.ts'
import { deliveryAnnotation } from '../model/delivery.ts'
import type { TemplateData } from '../model/shape.ts'
import type { Owner } from '../model/resource.ts'
import { compose, ownersWanted, remark, templatesYield } from './compose.ts'
import { imprintText } from './imprint.ts'
import type { CurrentSecret, SecretWrite } from './ports.ts'
import type { Rendered } from './render/rendered.ts'

const IMPRINT = {
  logins: [{ mintedAt: instant(0), expiresAt: instant(1000) }],
  inputs: 'a',
  outputs: 'b',
}
const MARK = deliveryAnnotation(aDelivery().orderedBy.ref)
const OTHER_MARK = 'everpull.dev/delivery-0123456789abcdef'

const rendered = (data: Record<string, string>, labels = {}, annotations = {}): Rendered => ({
  data: textData(data).reveal(),
  labels,
  annotations,
})
const NEW = rendered({ password: 'new' })
const merging = into(aDelivery(), { writes: 'keys', owner: 'none' })

/** A Secret of which our fieldManager owns what is named here. */
const owning = (names: Partial<Record<'data' | 'labels' | 'annotations', readonly string[]>>) => ({
  ownedBy: (manager: string) => {
    const own = (of: 'data' | 'labels' | 'annotations') =>
      new Set(manager === aDelivery().target.fieldManager ? names[of] : [])
    return { data: own('data'), labels: own('labels'), annotations: own('annotations') }
  },
})

const texts = ({ data }: SecretWrite): Record<string, string> =>
  Object.fromEntries([...data.reveal()].map(([key, value]) => [key, value.toString()]))

describe('a Secret that is not there', () => {
  it('is created with what was rendered, the imprint, and its controller', () => {
    const wanted = compose(
      into(aDelivery(), { labels: { team: 'a' }, annotations: { note: 'b' } }),
      NEW,
      undefined,
      IMPRINT,
    )
    assert.deepEqual(texts(wanted), { password: 'new' })
    const { data: _data, ...around } = wanted
    assert.deepEqual(around, {
      ref: { namespace: 'argocd', name: 'repo' },
      fieldManager: 'everpull-test/repo',
      type: 'Opaque',
      immutable: false,
      labels: { team: 'a' },
      annotations: { note: 'b', [MARK]: imprintText(IMPRINT) },
      owners: [
        {
          apiVersion: 'external-secrets.io/v1',
          kind: 'ExternalSecret',
          name: 'repo',
          uid: 'uid-of-repo',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      finalizers: [],
    })
  })
})

describe('a Secret that is there', () => {
  it('is replaced in the version that was read, keeping its type, immutability and finalizers', () => {
    const current = aSecret({ type: 'kubernetes.io/basic-auth', immutable: true, finalizers: ['theirs/x'] })
    const wanted = compose(aDelivery(), NEW, current, IMPRINT)
    assert.deepEqual(wanted.replaces, { uid: 'uid-of-secret', resourceVersion: '7' })
    assert.deepEqual(
      [wanted.type, wanted.immutable, wanted.finalizers],
      ['kubernetes.io/basic-auth', true, ['theirs/x']],
    )
  })

  const data: readonly (readonly [string, typeof merging, Partial<CurrentSecret>, Record<string, string>])[] =
    [
      [
        'loses foreign keys where the delivery owns the whole',
        aDelivery(),
        { data: textData({ password: 'old', theirs: 'x' }) },
        { password: 'new' },
      ],
      [
        'keeps foreign keys where the delivery merges',
        merging,
        { data: textData({ password: 'old', theirs: 'x' }) },
        { password: 'new', theirs: 'x' },
      ],
      [
        'loses keys that we wrote and nobody asks for any more',
        merging,
        { data: textData({ token: 'old', theirs: 'x' }), ...owning({ data: ['token'] }) },
        { password: 'new', theirs: 'x' },
      ],
    ]
  for (const [name, delivery, current, wanted] of data) {
    it(name, () => assert.deepEqual(texts(compose(delivery, NEW, aSecret(current), IMPRINT)), wanted))
  }

  it('keeps foreign labels and annotations and loses ours that nobody asks for any more', () => {
    const current = aSecret({
      labels: { theirs: 'x', ours: 'y' },
      annotations: { theirs: 'x', ours: 'y' },
      ...owning({ labels: ['ours'], annotations: ['ours'] }),
    })
    const { labels, annotations } = compose(aDelivery(), NEW, current, IMPRINT)
    assert.deepEqual(labels, { theirs: 'x' })
    assert.deepEqual(annotations, { theirs: 'x', [MARK]: imprintText(IMPRINT) })
  })

  it('keeps the imprints of other deliveries, whoever owns them', () => {
    const current = aSecret({
      annotations: { [OTHER_MARK]: 'theirs' },
      ...owning({ annotations: [OTHER_MARK] }),
    })
    assert.equal(compose(merging, NEW, current, IMPRINT).annotations[OTHER_MARK], 'theirs')
  })

  it('is stamped over all of its data, foreign keys included', () => {
    const stamped = into(merging, { stamp: { annotation: 'data-hash', digest: 'go-map-sha3-224' } })
    const wanted = compose(stamped, NEW, aSecret({ data: textData({ theirs: 'x' }) }), IMPRINT)
    assert.equal(wanted.annotations['data-hash'], goMapSha3(wanted.data.reveal()))
  })
})

describe('what a template says of labels and annotations', () => {
  const fixed = into(aDelivery(), {
    labels: { fixed: 'label' },
    annotations: { fixed: 'annotation' },
    stamp: { annotation: 'data-hash', digest: 'go-map-sha3-224' },
  })

  it('is written beside what the target fixes', () => {
    const { labels, annotations } = compose(
      fixed,
      rendered({}, { free: 'l' }, { free: 'a' }),
      undefined,
      IMPRINT,
    )
    assert.deepEqual([labels['free'], annotations['free']], ['l', 'a'])
  })

  it('wins over what is there', () => {
    const current = aSecret({ labels: { free: 'before' } })
    assert.equal(compose(fixed, rendered({}, { free: 'l' }), current, IMPRINT).labels['free'], 'l')
  })

  it('never wins over what the target fixes, the stamp, or the imprint', () => {
    const bold = { fixed: 'x', 'data-hash': 'x', [MARK]: 'x' }
    const { labels, annotations } = compose(fixed, rendered({}, bold, bold), undefined, IMPRINT)
    assert.equal(labels['fixed'], 'label')
    assert.equal(annotations['fixed'], 'annotation')
    assert.notEqual(annotations['data-hash'], 'x')
    assert.equal(annotations[MARK], imprintText(IMPRINT))
  })

  it('is not even rendered where it could not be heard', () => {
    const template: TemplateData = {
      is: 'template',
      values: { is: 'key-values', entries: [] },
      data: { a: '{{ .a }}' },
      labels: { fixed: '{{ .a }}', free: '{{ .a }}' },
      annotations: { fixed: '{{ .a }}', 'data-hash': 'x', [MARK]: 'x', [OTHER_MARK]: 'x', free: '{{ .a }}' },
      keepsValues: false,
    }
    assert.deepEqual(templatesYield({ ...fixed, shape: template }).shape, {
      ...template,
      labels: { free: '{{ .a }}' },
      annotations: { free: '{{ .a }}' },
    })
  })
})

describe('the owners of a Secret', () => {
  const foreign: Owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x', uid: 'u' }
  const ours: Owner = {
    apiVersion: 'external-secrets.io/v1beta1',
    kind: 'ExternalSecret',
    name: 'repo',
    uid: 'uid of an earlier incarnation',
  }
  const uids = (owners: readonly Owner[]) => owners.map(({ uid }) => uid)

  it('come to include us once, beside those of others', () => {
    assert.deepEqual(uids(ownersWanted(aDelivery(), { owners: [ours, foreign] })), ['u', 'uid-of-repo'])
  })

  it('come to include us where we create it, and go on to, where only that is ours', () => {
    const creating = into(aDelivery(), { owner: 'creator' })
    assert.deepEqual(uids(ownersWanted(creating, undefined)), ['uid-of-repo'])
    assert.deepEqual(uids(ownersWanted(creating, { owners: [ours, foreign] })), ['u', 'uid-of-repo'])
    assert.deepEqual(uids(ownersWanted(creating, { owners: [foreign] })), ['u'])
  })

  it('lose us where the delivery owns nothing', () => {
    assert.deepEqual(uids(ownersWanted(merging, { owners: [ours, foreign] })), ['u'])
  })
})

describe('the marks of a delivery', () => {
  const marked = into(aDelivery(), {
    labels: { team: 'a' },
    marks: { managed: 'true', 'made-by': null },
    stamp: { annotation: 'hash', digest: 'go-map-sha3-224' },
  })
  const current = aSecret({
    type: 'theirs',
    labels: { 'made-by': 'another', kept: 'x' },
    annotations: { kept: 'y' },
    data: textData({ theirs: 'z' }),
  })

  it('stand whatever else is written, and take off what must not stand', () => {
    const rendering = rendered({ password: 'new' }, { managed: 'no' })
    assert.deepEqual(compose(marked, rendering, current, IMPRINT).labels, {
      kept: 'x',
      managed: 'true',
      team: 'a',
    })
  })

  it('are all that is written, with stamp and owner, where nothing else may change', () => {
    const wanted = remark(marked, current, current.data.reveal(), undefined)
    const { labels, annotations, type, immutable, owners } = wanted
    assert.deepEqual(labels, { kept: 'x', managed: 'true' })
    assert.deepEqual(annotations, { kept: 'y', hash: goMapSha3(current.data.reveal()) })
    assert.deepEqual([type, immutable, owners.length, texts(wanted)], ['theirs', false, 1, { theirs: 'z' }])
  })

  it('of an immutable target make the Secret immutable', () => {
    const wanted = remark(into(marked, { immutable: true }), current, current.data.reveal(), IMPRINT)
    assert.deepEqual([wanted.immutable, MARK in wanted.annotations], [true, true])
  })
})
