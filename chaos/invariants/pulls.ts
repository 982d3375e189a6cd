// This file is about the first invariant: no pull fails while a valid login could have been there.
import type { Broken, History, PullAttempt } from '../history.ts'
import { doneBy } from './allowance.ts'

const NAME = 'pulls'
/** A login is renewed at two thirds of its life at the latest. */
const SPENT = 2 / 3

/**
 * Broken by a pull that failed
 * - with a login that lived throughout, while registries refused nobody on purpose;
 * - with a login that had died, or did meanwhile, when a newer one should have been there before the pull began.
 * And by a login that was damaged, and not put right in the time it takes; and by nobody having pulled, which proves nothing.
 */
export function pulls(history: History): readonly Broken[] {
  if (history.pulls.length === 0) return [{ invariant: NAME, what: 'nobody pulled anything' }]
  const failed = history.pulls.filter((pull) => pull.failed !== undefined)
  return [...failed.flatMap((pull) => judge(history, pull)), ...unrepaired(history)]
}

function judge(history: History, pull: PullAttempt): readonly Broken[] {
  if (isDamaged(history, pull)) return []
  const lived = pull.until < pull.expiresAt
  if (lived) return isRefusedOnPurpose(history, pull) ? [] : [told(pull, 'though its login lived throughout')]
  const due = pull.mintedAt + (pull.expiresAt - pull.mintedAt) * SPENT
  const by = doneBy(history, due)
  if (by >= pull.at) return []
  return [told(pull, `with a login that should have been renewed ${Math.round(pull.at - by)} ms before`)]
}

/** Somebody edited the login away, and no operator has written the Secret since. */
const isDamaged = (
  { damages, secrets, byHand }: History,
  { namespace, name, version }: PullAttempt,
): boolean =>
  damages.some(
    (damage) =>
      damage.namespace === namespace &&
      damage.name === name &&
      damage.version <= version &&
      !secrets.some(
        (seen) =>
          seen.namespace === namespace &&
          seen.name === name &&
          seen.version > damage.version &&
          seen.version <= version &&
          !byHand.has(seen.version),
      ),
  )

const isRefusedOnPurpose = ({ outages }: History, pull: PullAttempt): boolean =>
  outages.some(({ takes, from, until }) => takes.includes('pulls') && from <= pull.until && pull.at <= until)

const told = ({ client, namespace, name, at, failed }: PullAttempt, why: string): Broken => ({
  invariant: NAME,
  what: `${client} with ${namespace}/${name} failed at ${new Date(at).toISOString()} ${why}: ${failed}`,
})

/** Damage counts as put right with the next version that is not the workload's own. */
function unrepaired(history: History): readonly Broken[] {
  const { damages, secrets, byHand, removals, ended } = history
  return damages.flatMap(({ namespace, name, at, version }) => {
    const mended = secrets.find(
      (seen) =>
        seen.is === 'there' &&
        seen.namespace === namespace &&
        seen.name === name &&
        seen.version > version &&
        !byHand.has(seen.version),
    )
    const by = doneBy(history, at)
    const isTakenAway = removals.some(
      (removal) => (removal.namespace ?? namespace) === namespace && removal.from < by && at < removal.until,
    )
    if (isTakenAway || (mended?.at ?? ended) <= by) return []
    const when = mended === undefined ? 'never' : `after ${Math.round(mended.at - at)} ms`
    return [{ invariant: NAME, what: `damage to ${namespace}/${name} was put right ${when}` }]
  })
}
