// This file is about writing down which seeds are meant: 1..200, 3,7,9, or both.

/** An empty text means none. */
export function parseSeeds(text: string): number[] {
  if (text.trim() === '') return []
  return text.split(',').flatMap((part) => {
    const [, first = '', last = first] = /^(\d+)(?:\.\.(\d+))?$/.exec(part.trim()) ?? []
    if (first === '') throw new TypeError(`seeds are numbers and ranges like 1..200, not "${part}"`)
    const [from, to] = [Number(first), Number(last)]
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
  })
}
