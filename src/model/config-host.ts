// This file is about the spellings of one host in a docker config: clients take whichever they meet first.

/** Longer than any host with what may stand around it: whatever is longer names no host that we write. */
const LONGEST = 512

/**
 * What is left of a spelling without scheme, version path, slash at the end and case: equal for all that name the same
 * registry to a client. `https://Host/v1/`, `host/v2/` and `host` are one; a path or port of its own is another.
 */
export function bareHost(spelling: string): string {
  if (spelling.length > LONGEST) return spelling
  return spelling
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/^([^/]*)\/v[12]\/*$/, '$1')
    .replace(/\/+$/, '')
}
