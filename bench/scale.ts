// This file is about how much the bench puts on the cluster, and what it allows each figure to be.

/** So many Secrets over so many namespaces. */
export interface Spread {
  readonly objects: number
  readonly namespaces: number
}

export interface Scale extends Spread {
  /** How many times the raw limit a cold start may take. */
  readonly coldStartTimesRaw: number
  readonly peakBytes: number
  /** Whether twenty lives of thirty second logins are watched too. */
  readonly livesShort: boolean
}

export const SMALL: Scale = {
  objects: 1000,
  namespaces: 50,
  coldStartTimesRaw: 4,
  peakBytes: 150e6,
  livesShort: true,
}

export const LARGE: Scale = {
  objects: 10_000,
  namespaces: 200,
  coldStartTimesRaw: 5,
  peakBytes: 250e6,
  // Writing so many Secrets takes longer than such a login lives: a backlog would be all there is to see.
  livesShort: false,
}

export const namespaceNames = ({ namespaces }: Pick<Spread, 'namespaces'>): readonly string[] =>
  Array.from({ length: namespaces }, (_, i) => `bench-${String(i).padStart(4, '0')}`)
