// This file is about one cell of the comparison: who does which work, on how much, for the how-manyth time.

export const SUBJECT_NAMES = ['everpull', 'external-secrets', 'external-secrets-best', 'raw-limit'] as const
export type SubjectName = (typeof SUBJECT_NAMES)[number]

export const WORK_NAMES = ['cold-start', 'steady', 'rotation', 'key-rotation', 'creations', 'outage'] as const
export type WorkName = (typeof WORK_NAMES)[number]

export interface Cell {
  readonly subject: SubjectName
  readonly work: WorkName
  readonly objects: number
  /** From 1. */
  readonly repetition: number
}

/** What was measured, by name; seconds, bytes and counts. A figure that a work does not have is absent. */
export interface Figures {
  /** From the start of the process, or the trigger, until the last Secret is right. */
  readonly wallSeconds?: number
  /** User and system time of the process and its children, until it has nothing more to say. */
  readonly cpuSeconds?: number
  /** Resident memory at its highest. */
  readonly peakBytes?: number
  readonly requests?: number
  readonly awsCalls?: number
  /** From a create to its Secret. */
  readonly p50Seconds?: number
  readonly p99Seconds?: number
  /** What was asked while AWS failed. */
  readonly outageRequests?: number
  readonly outageAwsCalls?: number
}
export type FigureName = keyof Figures

export interface Outcome extends Cell {
  readonly figures: Figures
  readonly namespaces: number
  /** RFC 3339. */
  readonly at: string
  /** How many processes wanted a core on average in the minute before: above 1, the machine had other work. */
  readonly loadBefore: number
}

/** Objects are spread as the goals have it: 1,000 over 50 namespaces, 5,000 and more over 200. */
export const namespacesFor = (objects: number): number =>
  objects >= 5000 ? 200 : Math.max(1, Math.min(50, Math.ceil(objects / 20)))

export const cellName = ({ subject, work, objects, repetition }: Cell): string =>
  `${work} of ${objects}, ${subject}, repetition ${repetition}`
