// This file is about what rendering gives: the data keys, labels and annotations a delivery writes.

export interface Rendered {
  readonly data: ReadonlyMap<string, Buffer>
  /** Only what came out of templates; fixed labels and annotations stand in the target. */
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}
