// This file is about fields that nobody reads: written by mistake, and worth a word.

/** Their places, "registry" or "auth.iamRole.role"; `read` is what a schema made of `written`, which leaves them out. */
export function unknownFields(written: unknown, read: unknown, at = ''): readonly string[] {
  if (Array.isArray(written) && Array.isArray(read)) {
    return written.flatMap((item, i) => unknownFields(item, read[i], `${at}[${i}]`))
  }
  if (!isMap(written) || !isMap(read)) return []
  return Object.entries(written).flatMap(([key, value]) => {
    const place = at === '' ? key : `${at}.${key}`
    return Object.hasOwn(read, key) ? unknownFields(value, read[key], place) : [place]
  })
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
