// This file is about what an operator did to the world: what it wrote to the API server, and what it asked of AWS.
import { randomUUID } from 'node:crypto'
import { type AuditedRequest, auditedRequests } from '../../sandbox/control-plane/audit-log.ts'
import { eventually } from './eventually.ts'
import { externalSecret, generator, together } from './orders.ts'
import type { AwsCallSeen, Condition, Stage } from './stage.ts'

export const OPERATOR_USER = 'system:serviceaccount:everpull:everpull'
const READING: ReadonlySet<string> = new Set(['get', 'list', 'watch'])

export interface Deeds {
  /** "update secrets argocd/repo", in the order of the answers. */
  readonly writes: readonly string[]
  readonly calls: readonly AwsCallSeen[]
}

interface NumberedCall extends AwsCallSeen {
  readonly seq: number
}

/** Begins to note deeds; the answer tells those of all operators since. Needs a stage with an audit log. */
export async function notingDeeds(stage: Stage): Promise<() => Promise<Deeds>> {
  const { folder } = stage.sandbox
  const done = (await auditedRequests(folder)).length
  const last = ((await stage.calls()) as readonly NumberedCall[]).at(-1)?.seq ?? 0
  return async () => ({
    writes: (await auditedRequests(folder)).slice(done).filter(isWrite).map(textOf),
    calls: await stage.calls(`?since=${last}`),
  })
}

/** Leases are renewed all the time; what was refused, as over a version of yesterday, has written nothing. */
const isWrite = ({ user, verb, resource, status }: AuditedRequest): boolean =>
  user === OPERATOR_USER && !READING.has(verb) && resource !== 'leases' && status < 300

const textOf = ({ verb, resource, namespace, name }: AuditedRequest): string =>
  `${verb} ${resource} ${namespace}/${name}`

/** So long without a write, and nothing more is under way. */
const QUIET_MS = 1500

/** Resolves when the operators have stopped writing for a while. */
export async function quiet(stage: Stage): Promise<void> {
  await eventually(
    'the operators write no more',
    async () => {
      const requests = await auditedRequests(stage.sandbox.folder)
      return Date.now() - (requests.findLast(isWrite)?.at ?? 0) > QUIET_MS
    },
    30_000,
  )
}

/**
 * Resolves when the operator has dealt with everything it knew of before: one more order, in a namespace of its own,
 * has been served and told of, and nothing is written any more.
 */
export async function everythingServed(stage: Stage): Promise<void> {
  const namespace = `marker-${randomUUID()}`
  await stage.namespace(namespace)
  const place = { namespace, name: 'marker' }
  await stage.apply(
    together(generator(place, { region: MARKER_REGION }), externalSecret({ ...place, generator: 'marker' })),
  )
  // After a restart of the API server, the watches are opened anew with growing pauses.
  const limitMs = 60_000
  const isServed = ({ status }: Condition): boolean => status === 'True'
  await conditionWhere(stage, 'externalsecret', namespace, 'marker', isServed, limitMs)
  await quiet(stage)
}

/** What the markers themselves asked and wrote is nobody's concern. */
export const besidesMarkers = ({ writes, calls }: Deeds): Deeds => ({
  writes: writes.filter((text) => !text.includes(' marker-')),
  calls: calls.filter(({ region }) => region !== MARKER_REGION),
})

const MARKER_REGION = 'ca-central-1'

/** Waits until the Ready condition of an object is as wanted. */
export function conditionWhere(
  stage: Stage,
  kind: string,
  namespace: string,
  name: string,
  isRight: (ready: Condition) => boolean,
  limitMs = 30_000,
): Promise<Condition> {
  return eventually(
    `the condition of ${kind} ${namespace}/${name} is as wanted`,
    async () => {
      const seen = await stage.ready(kind, namespace, name)
      return seen !== undefined && isRight(seen) ? seen : undefined
    },
    limitMs,
  )
}
