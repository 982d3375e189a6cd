// This file is about hands that edit what the operator keeps: its values, its marks, its owner, or the Secret as a whole.
import { type FaultKind, NOTHING_TO_END, type World } from '../fault.ts'
import { oneOf } from './drawing.ts'

interface Metadata {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly object[]
}

interface Kept {
  readonly metadata: Metadata
  readonly data?: Readonly<Record<string, string>>
}

/** Undefined: the Secret has nothing of the kind. */
type Edit = (secret: Kept) => object | undefined

const LOGIN_KEYS = ['password', '.dockerconfigjson', 'token']
/** The API server takes it for a docker config too. */
const TAMPERED = Buffer.from('{}').toString('base64')

const isOurs = (key: string): boolean => key.includes('everpull.dev/')

/** A merge patch that takes these keys away. */
const without = (map: Readonly<Record<string, string>> = {}): object | undefined => {
  const ours = Object.keys(map).filter(isOurs)
  return ours.length === 0 ? undefined : Object.fromEntries(ours.map((key) => [key, null]))
}

const inMetadata = (name: string, value: object | undefined): object | undefined =>
  value === undefined ? undefined : { metadata: { [name]: value } }

const EDITS: Readonly<Record<string, Edit>> = {
  'its login replaced': ({ data = {} }) => {
    const key = LOGIN_KEYS.find((one) => one in data)
    return key === undefined ? undefined : { data: { [key]: TAMPERED } }
  },
  'our labels removed': ({ metadata }) => inMetadata('labels', without(metadata.labels)),
  'our annotations removed': ({ metadata }) => inMetadata('annotations', without(metadata.annotations)),
  'its owner removed': ({ metadata }) =>
    inMetadata('ownerReferences', metadata.ownerReferences?.length ? [] : undefined),
}

const OF_HANDS = {
  weight: 1,
  length: [0, 0],
  takes: ['orders'],
  retried: 'backoff',
  aim: 'lane',
  touches: ['orders', 'apiserver'],
} as const

/** What bears neither owner nor mark of an order is somebody else's, and stays so without consent: its owner stays. */
const isWithEverything = (name: string): boolean => name !== 'its owner removed'

/** One Secret, edited in one way, or in each that leaves it ours. */
export const secretEdited: FaultKind = {
  ...OF_HANDS,
  name: 'secret-edited',
  weight: 2,
  async strike(world) {
    const { workload, random, tell } = world
    const secret = drawn(workload.kept, random)
    const secretNow = await read(world, secret)
    const [first, ...others] = Object.keys(EDITS).filter((name) => EDITS[name]?.(secretNow) !== undefined)
    if (first === undefined) return NOTHING_TO_END
    const wanted = oneOf(random, 'everything', first, ...others)
    for (const name of wanted === 'everything' ? [first, ...others].filter(isWithEverything) : [wanted]) {
      // Read anew: the operator may have answered the edit before.
      const patch = EDITS[name]?.(await read(world, secret))
      tell(`${secret.namespace}/${secret.name}: ${name}`)
      if (patch !== undefined) await workload.editByHand(secret, patch)
    }
    return NOTHING_TO_END
  },
}

/** Whatever the workload has for hands to do: most of it is to somebody else's keys and labels, which have to stay. */
export const anythingEdited: FaultKind = {
  ...OF_HANDS,
  name: 'anything-edited',
  async strike({ workload, random, tell }) {
    tell(await workload.edit(random))
    return NOTHING_TO_END
  },
}

export const secretDeleted: FaultKind = {
  ...OF_HANDS,
  name: 'secret-deleted',
  async strike({ workload, random, tell }) {
    const secret = drawn(workload.kept, random)
    tell(`${secret.namespace}/${secret.name}`)
    await workload.deleteByHand(secret)
    return NOTHING_TO_END
  },
}

type Place = World['workload']['kept'][number]

function drawn(all: readonly Place[], random: World['random']): Place {
  const [first, ...others] = all
  if (first === undefined) throw new Error('no Secret is kept')
  return oneOf(random, first, ...others)
}

async function read({ lane }: World, { namespace, name }: Place): Promise<Kept> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`
  const { status, body } = await lane.sandbox.controlPlane.admin.call('GET', path)
  return status === 200 ? (JSON.parse(body) as Kept) : { metadata: {} }
}
