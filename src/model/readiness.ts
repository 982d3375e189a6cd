// This file is about what an object's condition Ready says, as every API that has conditions spells it.

/** What an object's condition `Ready` says. */
export type Readiness =
  | { readonly is: 'ready' }
  | { readonly is: 'unready'; readonly message: string }
  /** It has not been answered yet. */
  | { readonly is: 'unknown' }

interface Condition {
  readonly type?: unknown
  readonly status?: unknown
  readonly message?: unknown
}

/** Of a status that nobody has validated. */
export function readinessOf(status: unknown): Readiness {
  const { conditions } = (status ?? {}) as { conditions?: unknown }
  const all = Array.isArray(conditions) ? (conditions as readonly (Condition | null)[]) : []
  const ready = all.find((condition) => condition?.type === 'Ready')
  if (ready?.status === 'True') return { is: 'ready' }
  if (ready?.status !== 'False') return { is: 'unknown' }
  return { is: 'unready', message: typeof ready.message === 'string' ? ready.message : '' }
}

export const isSameReadiness = (a: Readiness, b: Readiness): boolean =>
  a.is === b.is && (a.is !== 'unready' || b.is !== 'unready' || a.message === b.message)
