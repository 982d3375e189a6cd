// This file is about the metrics that users of the systems we replace have on their dashboards: which kind has which, as data.

/** Names of series, in full. What a kind has no name for is not exposed. */
export interface KindSeries {
  /** What the kind's controller is called in the series that every controller built with controller-runtime has. */
  readonly controller: string
  /** Counter, labels name and namespace: passes over an object. */
  readonly passes?: string
  /** Counter, labels name and namespace: passes that did not end well. */
  readonly failures?: string
  /** Gauge, labels name and namespace: how long the last pass took, in nanoseconds. */
  readonly duration?: string
  /** Gauge, labels name, namespace, condition and status: 1 for the status it has, 0 for the opposite. */
  readonly condition?: string
}

/** A counter of calls to AWS, labels provider, call and status. */
export interface CallSeries {
  readonly name: string
  /** Its `provider`, by the prefix of the IAM action that a call needs: "ecr", "ecr-public", "sts". */
  readonly providers: Readonly<Record<string, string>>
}
