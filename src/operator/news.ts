// This file is about what counts as news of an object: anything but its status.
import { canonicalJson } from '../base/canonical-json.ts'
import { isSameMap } from '../base/text-map.ts'
import type { Resource } from '../model/resource.ts'

/** Whether anything but the status differs. */
export function isNews(now: Resource | undefined, before: Resource | undefined): boolean {
  if (now === undefined || before === undefined) return true
  return (
    now.uid !== before.uid ||
    now.apiVersion !== before.apiVersion ||
    now.generation !== before.generation ||
    now.deletingSince !== before.deletingSince ||
    now.finalizers.join() !== before.finalizers.join() ||
    !isSameMap(now.labels, before.labels) ||
    !isSameMap(now.annotations, before.annotations) ||
    (isUncounted(now) && canonicalJson(now.spec) !== canonicalJson(before.spec))
  )
}

/** Kinds of the API server's own whose generation does not count changes. */
const isUncounted = ({ generation, spec }: Resource): boolean => generation === 0 && spec !== undefined
