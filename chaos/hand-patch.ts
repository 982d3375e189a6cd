// This file is about an edit of a Secret by somebody's hand: what it puts where, and what it takes away.
import type { Claim } from './history.ts'

type Values = Readonly<Record<string, string | null>>

/** A merge patch; data in base64, null takes away. */
export interface HandPatch {
  readonly metadata?: { readonly labels?: Values; readonly annotations?: Values }
  readonly data?: Values
}

interface Put {
  readonly place: Claim['place']
  readonly key: string
  /** Decoded. */
  readonly value: string | null
}

export function putBy({
  metadata: { labels = {}, annotations = {} } = {},
  data = {},
}: HandPatch): readonly Put[] {
  const put =
    (place: Put['place']) =>
    ([key, value]: [string, string | null]): Put => ({ place, key, value })
  const decoded = Object.entries(data).map(([key, value]): [string, string | null] => [
    key,
    value === null ? null : Buffer.from(value, 'base64').toString(),
  ])
  return [
    ...Object.entries(labels).map(put('label')),
    ...Object.entries(annotations).map(put('annotation')),
    ...decoded.map(put('data')),
  ]
}
