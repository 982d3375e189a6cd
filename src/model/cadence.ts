// This file is about when a delivery is renewed, as its orderer asked for it.
import type { Duration } from '../base/duration.ts'

export type Cadence =
  /** Renewed by whichever comes first: the interval, or two thirds of the login's life. */
  | { readonly is: 'renewed'; readonly interval?: Duration; readonly force?: string }
  /** The orderer's API says it is written once per change and never renewed, not even before it dies. */
  | { readonly is: 'once'; readonly because: string; readonly force?: string }
// `force` is a text chosen by the user; each new value asks for a login minted after it was first seen.
