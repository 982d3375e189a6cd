// This file is about how much an object may ask for, as the page on compatibility says it; upstream has none of these.

export interface Limit {
  readonly what: string
  readonly most: number
  /** What becomes of an object that asks for more. */
  readonly beyond: string
}

const REFUSED = 'it is refused'

export const LIMITS = {
  rewrites: { what: 'rewrite operations in `spec.dataFrom`, together', most: 200, beyond: REFUSED },
  pattern: { what: 'characters of a regular expression', most: 1000, beyond: REFUSED },
  key: { what: 'bytes of a key, as for any Secret', most: 253, beyond: REFUSED },
  windows: { what: 'sync windows', most: 100, beyond: REFUSED },
  template: { what: 'characters of a template', most: 1_048_576, beyond: REFUSED },
  tokens: { what: 'tokens of a template', most: 30_000, beyond: REFUSED },
  mapped: {
    what: 'keys that templates write as a map in YAML (`literal`, `templateAs: KeysAndValues`), together; a hundred or so more of some',
    most: 700,
    beyond: REFUSED,
  },
  values: {
    what: 'bytes of all values together, as for any Secret',
    most: 1_048_576,
    beyond: 'nothing is written',
  },
  names: {
    what: 'bytes of the names of its keys, labels and annotations, where a template or a policy has them remembered',
    most: 32_768,
    beyond: 'a restart of the operator renews its logins once',
  },
} as const satisfies Record<string, Limit>
