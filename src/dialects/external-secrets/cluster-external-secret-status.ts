// This file is about telling users of ClusterExternalSecrets how they fare: where the ExternalSecrets are, and whether they are ready.
import { canonicalJson } from '../../base/canonical-json.ts'
import type { Answer } from '../../model/answer.ts'
import type { ChildAnswer } from '../../model/child.ts'
import type { Resource } from '../../model/resource.ts'
import type { EventWords, Status } from '../dialect.ts'
import { childName } from './cluster-external-secret.ts'
import { ClusterExternalSecretSpec } from './cluster-external-secret-schema.ts'
import { causes, failedNamespaces, type Trouble, troublesIn } from './cluster-troubles.ts'
import { type Before, readBefore, withCondition } from './standing-status.ts'

/** What is said upstream, where it speaks of ExternalSecrets that could not be written and of nothing else. */
const FAILED = 'one or more namespaces failed'

type Known = { readonly is: 'True' } | { readonly is: 'False'; readonly message: string }
type Ready = Known | { readonly is: 'as-before' }

export function clusterStatus(
  asked: Resource,
  answers: readonly Answer[],
  children: readonly ChildAnswer[] | undefined,
): Status {
  const failed = answers.find((answer) => answer.is === 'failed')
  const before = readBefore(asked.status)
  if (failed !== undefined) {
    const message = `${FAILED}: ${failed.fault.message}`
    return published({ conditions: conditionsOf({ is: 'False', message }, before) }, before, message)
  }
  if (children === undefined) return { events: [] }
  const troubles = troublesIn(children)
  const ready = readyOf(children, troubles)
  const wanted = {
    externalSecretName: nameOf(asked),
    ...listed('provisionedNamespaces', provisionedIn(children), before),
    ...listed('failedNamespaces', failedNamespaces(troubles), before),
    ...(ready.is === 'as-before' ? {} : { conditions: conditionsOf(ready, before) }),
  }
  const isNews = ready.is === 'False' && before.ready?.status !== 'False'
  return published(wanted, before, isNews ? ready.message : undefined)
}

const nameOf = (asked: Resource): string =>
  childName(
    asked,
    ClusterExternalSecretSpec.pick({ externalSecretName: true }).safeParse(asked.spec).data ?? {},
  )

/** Where an ExternalSecret of this object is; whether it is ready or not. */
const provisionedIn = (children: readonly ChildAnswer[]): readonly string[] =>
  children.flatMap(({ is, child }) => (is === 'standing' ? [child.namespace] : [])).toSorted()

/** What has not been answered yet is neither ready nor failed. */
function readyOf(children: readonly ChildAnswer[], troubles: readonly Trouble[]): Ready {
  if (troubles.length > 0) {
    const namespaces = new Set(children.map(({ child }) => child.namespace))
    return {
      is: 'False',
      message: `${FAILED}: ${troubles.length} of ${namespaces.size}: ${causes(troubles)}`,
    }
  }
  return children.some(isWaiting) ? { is: 'as-before' } : { is: 'True' }
}

const isWaiting = (answer: ChildAnswer): boolean =>
  answer.is === 'standing' && answer.readiness.is === 'unknown'

/** This API's conditions have no reason and no time. */
function conditionsOf(ready: Known, { conditions }: Before): readonly unknown[] {
  const said = ready.is === 'True' ? {} : { message: ready.message }
  return withCondition(conditions, { type: 'Ready', status: ready.is, ...said })
}

/** An empty list is not there at all, as upstream leaves it out. */
function listed(
  name: string,
  values: readonly unknown[],
  { raw }: Before,
): Readonly<Record<string, unknown>> {
  if (values.length > 0) return { [name]: values }
  return raw[name] === undefined || raw[name] === null ? {} : { [name]: null }
}

function published(
  wanted: Readonly<Record<string, unknown>>,
  before: Before,
  warning: string | undefined,
): Status {
  const isTold = before.ready?.message === warning
  const events: readonly EventWords[] =
    warning === undefined || isTold ? [] : [{ type: 'Warning', reason: 'UpdateFailed', message: warning }]
  const isSame = Object.entries(wanted).every(
    ([key, value]) => canonicalJson(before.raw[key]) === canonicalJson(value),
  )
  return isSame ? { events } : { status: wanted, events }
}
