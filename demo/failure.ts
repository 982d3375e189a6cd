// This file is about a demo that cannot show what it promised.

/** The message is for whoever watches. */
export class DemoFailed extends Error {
  override name = 'DemoFailed'
}
