// This file is about how much the bench puts on the cluster.

/** So many Secrets over so many namespaces. */
export interface Spread {
  readonly objects: number
  readonly namespaces: number
}

export const namespaceNames = ({ namespaces }: Pick<Spread, 'namespaces'>): readonly string[] =>
  Array.from({ length: namespaces }, (_, i) => `bench-${String(i).padStart(4, '0')}`)
