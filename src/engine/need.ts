// This file is about which shared logins serve a delivery, and which are too old for it.
import type { Instant } from '../base/clock.ts'
import { type Delivery, isWrittenOnce } from '../model/delivery.ts'
import { type Life, spentAt } from '../model/login.ts'

export interface Need {
  /** A login must be younger than this many milliseconds, where given. */
  readonly youngerThan?: number
  /** A login must have been minted after this instant, where given: renewals and forced refreshes. */
  readonly mintedAfter?: Instant
  /** Somebody asked for it by hand, perhaps for many objects at once. */
  readonly isForced?: boolean
}

/** What is never renewed again starts with a login at most a minute old. */
const NEWEST_FOR_ONCE_MS = 60_000

export function needOf(delivery: Delivery, after: Pick<Need, 'mintedAfter' | 'isForced'>): Need {
  const youngerThan = isWrittenOnce(delivery) ? NEWEST_FOR_ONCE_MS : intervalOf(delivery)
  return youngerThan === undefined ? after : { ...after, youngerThan }
}

const intervalOf = ({ cadence }: Delivery): number | undefined =>
  cadence.is === 'renewed' && cadence.interval !== undefined && cadence.interval > 0
    ? cadence.interval
    : undefined

/** A shared login is usable while it is unexpired, not yet spent, and as young as the need says. */
export function isUsable(life: Life, need: Need, now: Instant): boolean {
  return (
    now < spentAt(life) &&
    (need.youngerThan === undefined || now - life.mintedAt < need.youngerThan) &&
    (need.mintedAfter === undefined || life.mintedAt > need.mintedAfter)
  )
}
