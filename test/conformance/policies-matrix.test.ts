// This file is about what every combination of creation, deletion and refresh policy makes of a Secret's life.
//
// The tables below say what the API promises of each policy; what a combination comes to is put together from them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hours } from '../../src/base/duration.ts'
import type { Answer } from '../../src/model/answer.ts'
import type { Resource } from '../../src/model/resource.ts'
import { externalSecrets } from '../../src/dialects/external-secrets/dialect.ts'
import {
  aGenerator,
  anExternalSecret,
  aWorld,
  generatorRef,
} from '../../src/dialects/external-secrets/fixtures/resources.ts'
import { targetOf } from '../../src/engine/pass.ts'
import type { CurrentSecret } from '../../src/engine/ports.ts'
import { releaseAll, releaseOthers, removeOwned } from '../../src/engine/release.ts'
import { ordererOf } from '../../src/model/delivery.ts'
import { secretKey } from '../../src/model/ref.ts'
import { aSecret, textData } from '../support/builders.ts'
import { EngineBench } from '../support/engine-bench.ts'

const CREATION = ['Owner', 'Orphan', 'Merge', 'CreateOrMerge', 'None'] as const
const DELETION = ['Retain', 'Delete', 'Merge'] as const
const REFRESH = ['Periodic', 'OnChange', 'CreatedOnce'] as const

interface Policies {
  readonly creation: (typeof CREATION)[number]
  readonly deletion: (typeof DELETION)[number]
  readonly refresh: (typeof REFRESH)[number]
}

interface Creation {
  readonly creates: boolean
  /** Puts its keys into a Secret that exists. */
  readonly fills: boolean
  /** Controls the Secret, which goes with its object. */
  readonly owns: boolean
  /** Keys of others stay. */
  readonly keepsOthers: boolean
  /** Mends at once what others do to the Secret; else with the next refresh. */
  readonly mends: boolean
}

const CREATES: Readonly<Record<Policies['creation'], Creation>> = {
  Owner: { creates: true, fills: true, owns: true, keepsOthers: false, mends: true },
  Orphan: { creates: true, fills: true, owns: false, keepsOthers: false, mends: false },
  Merge: { creates: false, fills: true, owns: false, keepsOthers: true, mends: true },
  CreateOrMerge: { creates: true, fills: true, owns: false, keepsOthers: true, mends: true },
  None: { creates: false, fills: false, owns: false, keepsOthers: true, mends: false },
}

/** Whether a change of the object, and the mere passing of its interval, have it written again. */
const REFRESHES: Readonly<
  Record<Policies['refresh'], { readonly onEdit: boolean; readonly inTime: boolean }>
> = {
  Periodic: { onEdit: true, inTime: true },
  OnChange: { onEdit: true, inTime: false },
  CreatedOnce: { onEdit: false, inTime: false },
}

const DELETES_OTHERS =
  "deletionPolicy=Delete must not be used when the controller doesn't own the secret. Please set creationPolicy=Owner"
const MERGES_INTO_NOTHING =
  'deletionPolicy=Merge must not be used with creationPolicy=None. There is no Secret to merge with'

function refusalOf({ creation, deletion }: Policies): string | undefined {
  if (deletion === 'Delete' && ['Merge', 'None', 'CreateOrMerge'].includes(creation)) return DELETES_OTHERS
  return deletion === 'Merge' && creation === 'None' ? MERGES_INTO_NOTHING : undefined
}

const ALL: readonly Policies[] = CREATION.flatMap((creation) =>
  DELETION.flatMap((deletion) => REFRESH.map((refresh) => ({ creation, deletion, refresh }))),
)
const ACCEPTED = ALL.filter((policies) => refusalOf(policies) === undefined)
const REFUSED = ALL.filter((policies) => refusalOf(policies) !== undefined)
const title = ({ creation, deletion, refresh }: Policies): string => `${creation}, ${deletion}, ${refresh}`

const PULL = { namespace: 'apps', name: 'pull' }
const GIVEN = ['expires_at', 'password', 'proxy_endpoint', 'username']
const WORLD = aWorld([aGenerator()])
const EVERYTHING = { admitsStatusField: () => true, admitsConditionType: () => true }
const signal = new AbortController().signal

interface Condition {
  readonly status: string
  readonly reason: string
  readonly message: string
}

/** Of every key nothing is left: so there is not a single value. */
const NO_VALUES = [{ regexp: { source: '.*', target: '' } }]

interface Change {
  readonly template?: object
  readonly rewrite?: readonly object[]
}

const specOf = ({ creation, deletion, refresh }: Policies, { template, rewrite }: Change = {}): object => ({
  target: {
    creationPolicy: creation,
    deletionPolicy: deletion,
    ...(template === undefined ? {} : { template }),
  },
  refreshPolicy: refresh,
  refreshInterval: '1h',
  dataFrom: [{ ...generatorRef(), ...(rewrite === undefined ? {} : { rewrite }) }],
})

/** One object with all that becomes of its Secret, each pass as the operator would have it. */
class Life {
  readonly #bench = new EngineBench()
  #asked: Resource
  #generation = 1

  constructor(policies: Policies) {
    this.#asked = anExternalSecret(specOf(policies), { generation: 1 })
  }

  /** With the Secret there, which somebody made where the object does not. */
  static async begun(policies: Policies): Promise<Life> {
    const life = new Life(policies)
    if (!CREATES[policies.creation].creates) await life.write({ mine: 'kept' })
    await life.pass()
    return life
  }

  get secret(): CurrentSecret | undefined {
    return this.#bench.store.secrets.get(secretKey(PULL))
  }

  get keys(): readonly string[] | undefined {
    const texts = this.#bench.store.text(PULL)
    return texts === undefined ? undefined : Object.keys(texts).toSorted()
  }

  get password(): string | undefined {
    return this.#bench.store.text(PULL)?.['password']
  }

  get isOwned(): boolean {
    return (
      this.secret?.owners.some(({ uid, controller }) => uid === this.#asked.uid && controller === true) ??
      false
    )
  }

  get ready(): Condition | undefined {
    return (this.#asked.status as { conditions?: readonly Condition[] } | undefined)?.conditions?.[0]
  }

  /** Somebody writes keys of the Secret, which are theirs from then on. */
  async write(data: Readonly<Record<string, string>>): Promise<void> {
    const { store } = this.#bench
    const { secret } = this
    await store.write({
      ...(secret ?? aSecret()),
      ref: PULL,
      fieldManager: 'somebody',
      ...(secret === undefined ? {} : { replaces: secret }),
      data: textData({ ...store.text(PULL), ...data }),
    })
  }

  drop(): void {
    this.#bench.store.drop(PULL)
  }

  async edit(policies: Policies, change?: Change): Promise<void> {
    this.#generation += 1
    const { spec } = anExternalSecret(specOf(policies, change))
    this.#asked = { ...this.#asked, spec, generation: this.#generation }
    await this.pass()
  }

  async later(ms: number): Promise<void> {
    this.#bench.clock.advance(ms)
    await this.pass()
  }

  async pass(): Promise<void> {
    const answers = await this.#answers()
    const { status } = externalSecrets.status(this.#asked, answers, EVERYTHING)
    const before = this.#asked.status as object | undefined
    this.#asked = { ...this.#asked, status: { ...before, ...status } }
  }

  async #answers(): Promise<readonly Answer[]> {
    const { parts, claims, clock } = this.#bench
    const translation = externalSecrets.translate(this.#asked, WORLD)
    const deliveries = translation.is === 'order' ? translation.deliveries : []
    claims.state(this.#asked.ref, deliveries)
    if (translation.is !== 'order') return [{ is: 'failed', fault: translation.fault, at: clock.now() }]
    const answers: Answer[] = []
    for (const delivery of deliveries) answers.push(await this.#bench.deliver(delivery))
    if (answers.some(({ is }) => is === 'failed')) return answers
    await releaseOthers(parts, ordererOf(this.#asked), deliveries, signal)
    parts.memory.forget(this.#asked.ref, deliveries.map(targetOf))
    return answers
  }

  /** Deletes the object: what its finalizer asks for, and what the garbage collector takes then. */
  async end(): Promise<void> {
    const { parts, claims, store } = this.#bench
    const translation = externalSecrets.translate(this.#asked, WORLD)
    assert.ok(translation.is === 'order')
    if (translation.finalizer !== undefined) {
      await removeOwned(parts, ordererOf(this.#asked), translation.deliveries.map(targetOf), signal)
    }
    claims.state(this.#asked.ref, [])
    assert.deepEqual(await releaseAll(parts, this.#asked.ref, signal), [])
    if (this.secret?.owners.some(({ uid }) => uid === this.#asked.uid) === true) store.drop(PULL)
  }
}

const given = (policies: Policies): readonly string[] => {
  const { creates, fills } = CREATES[policies.creation]
  return [...(fills ? GIVEN : []), ...(creates ? [] : ['mine'])].toSorted()
}
const tells = (life: Life): readonly unknown[] => [life.ready?.status, life.ready?.reason]

describe('a combination that makes no sense is refused, and leaves what is there alone:', () => {
  for (const policies of REFUSED) {
    test(title(policies), async () => {
      const life = new Life(policies)
      await life.write({ mine: 'kept' })
      await life.pass()
      assert.equal(life.ready?.status, 'False')
      assert.equal(life.ready.message, `could not update secret: ${refusalOf(policies)}`)
      assert.deepEqual(life.keys, ['mine'])
    })
  }

  test('there are twelve of them, and 33 others', () => {
    assert.deepEqual([REFUSED.length, ACCEPTED.length], [12, 33])
  })
})

describe('where there is no Secret it is made, or waited for:', () => {
  for (const policies of ACCEPTED) {
    const { creates, fills, owns } = CREATES[policies.creation]
    test(title(policies), async () => {
      const life = new Life(policies)
      await life.pass()
      assert.deepEqual(life.keys, creates ? GIVEN : undefined)
      assert.equal(life.isOwned, owns)
      assert.deepEqual(tells(life), ['True', fills && !creates ? 'SecretMissing' : 'SecretSynced'])
    })
  }
})

describe('a Secret of somebody else is filled, and keeps their keys where that is asked:', () => {
  for (const policies of ACCEPTED) {
    const { fills, owns, keepsOthers } = CREATES[policies.creation]
    test(title(policies), async () => {
      const life = new Life(policies)
      await life.write({ mine: 'kept' })
      await life.pass()
      assert.deepEqual(life.keys, [...(fills ? GIVEN : []), ...(keepsOthers ? ['mine'] : [])].toSorted())
      assert.equal(life.isOwned, owns)
      assert.deepEqual(tells(life), ['True', 'SecretSynced'])
    })
  }
})

describe('data that somebody changes are mended at once, with the next refresh, or never:', () => {
  for (const policies of ACCEPTED) {
    const { fills, mends } = CREATES[policies.creation]
    const { inTime } = REFRESHES[policies.refresh]
    test(title(policies), async () => {
      const life = await Life.begun(policies)
      await life.write({ password: 'tampered' })
      await life.pass()
      assert.equal(life.password !== 'tampered', mends)
      await life.later(hours(2))
      assert.equal(life.password !== 'tampered', mends || (fills && inTime))
    })
  }
})

describe('a Secret that somebody deletes is made anew at once, with the next refresh, or never:', () => {
  for (const policies of ACCEPTED) {
    const { creates, mends } = CREATES[policies.creation]
    const { inTime } = REFRESHES[policies.refresh]
    test(title(policies), async () => {
      const life = await Life.begun(policies)
      life.drop()
      await life.pass()
      assert.deepEqual(life.keys, creates && mends ? GIVEN : undefined)
      await life.later(hours(2))
      assert.deepEqual(life.keys, creates && (mends || inTime) ? GIVEN : undefined)
    })
  }
})

describe('time alone has it refreshed, or not:', () => {
  for (const policies of ACCEPTED) {
    const isRefreshed = CREATES[policies.creation].fills && REFRESHES[policies.refresh].inTime
    test(title(policies), async () => {
      const life = await Life.begun(policies)
      const before = life.password
      await life.later(hours(2))
      assert.equal(life.password !== before, isRefreshed)
    })
  }
})

describe('an edit is acted upon, or not:', () => {
  for (const policies of ACCEPTED) {
    const isActed = CREATES[policies.creation].fills && REFRESHES[policies.refresh].onEdit
    test(title(policies), async () => {
      const life = await Life.begun(policies)
      await life.edit(policies, { template: { mergePolicy: 'Merge', data: { zone: 'new' } } })
      assert.deepEqual(life.keys, [...given(policies), ...(isActed ? ['zone'] : [])])
      assert.deepEqual(tells(life), ['True', 'SecretSynced'])
    })
  }
})

describe('a Secret for which no value is left is kept, deleted or emptied:', () => {
  for (const policies of ACCEPTED) {
    const { fills, owns } = CREATES[policies.creation]
    const isActed = fills && REFRESHES[policies.refresh].onEdit
    const without = given(policies).filter((key) => !GIVEN.includes(key))
    const [keys, told] = isActed
      ? {
          Retain: [given(policies), ['True', 'SecretSynced']] as const,
          // Only what it owns may be deleted.
          Delete: owns
            ? ([undefined, ['True', 'SecretDeleted']] as const)
            : ([given(policies), ['False', 'SecretSyncedError']] as const),
          Merge: [without, ['True', 'SecretSynced']] as const,
        }[policies.deletion]
      : [given(policies), ['True', 'SecretSynced']]
    test(title(policies), async () => {
      const life = await Life.begun(policies)
      await life.edit(policies, { rewrite: NO_VALUES })
      assert.deepEqual([life.keys, tells(life)], [keys, told])
    })
  }
})

describe('a Secret goes with the object that owns it, and stays as it is without any other:', () => {
  for (const policies of ACCEPTED) {
    test(title(policies), async () => {
      const life = await Life.begun(policies)
      await life.end()
      assert.deepEqual(life.keys, CREATES[policies.creation].owns ? undefined : given(policies))
    })
  }
})

describe('an owner that becomes something else, and an owner again, keeps the Secret all along:', () => {
  for (const policies of ALL) {
    const { owns, fills } = CREATES[policies.creation]
    const isRefused = refusalOf(policies) !== undefined
    const isActed = !isRefused && fills && REFRESHES[policies.refresh].onEdit
    test(title(policies), async () => {
      const life = await Life.begun({ ...policies, creation: 'Owner' })
      const before = life.password
      await life.edit(policies)
      assert.deepEqual([life.keys, life.isOwned], [GIVEN, owns || !isActed])
      assert.equal(life.ready?.status, isRefused ? 'False' : 'True')
      await life.edit({ ...policies, creation: 'Owner' })
      assert.deepEqual([life.keys, life.isOwned], [GIVEN, true])
      assert.deepEqual(tells(life), ['True', 'SecretSynced'])
      assert.ok(before !== undefined && life.password !== undefined)
    })
  }
})
