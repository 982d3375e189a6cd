// This file is about durations in Go's notation, as every Kubernetes API writes them ("1h30m", "300ms").

/** Milliseconds, possibly fractional or negative. */
export type Duration = number & { readonly __brand: 'Duration' }

export const duration = (ms: number): Duration => ms as Duration
export const seconds = (n: number): Duration => (n * 1000) as Duration
export const minutes = (n: number): Duration => (n * 60_000) as Duration
export const hours = (n: number): Duration => (n * 3_600_000) as Duration

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

/** The range of Go's time.Duration: 2^63 nanoseconds. */
const LONGEST = 2 ** 63 / 1e6
const TERM = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y

/** Parses what Go's time.ParseDuration accepts; undefined for anything else. */
export function parseDuration(text: string): Duration | undefined {
  const unsigned = text.replace(/^[+-]/, '')
  if (unsigned === '0') return duration(0)
  if (unsigned === '') return undefined
  let total = 0
  TERM.lastIndex = 0
  let at = 0
  while (at < unsigned.length) {
    TERM.lastIndex = at
    const term = TERM.exec(unsigned)
    if (term === null) return undefined
    total += Number(term[1]) * (UNITS.get(term[2] ?? '') ?? Number.NaN)
    at = TERM.lastIndex
  }
  if (total > LONGEST) return undefined
  return duration(text.startsWith('-') && total !== 0 ? -total : total)
}

/** Short text for people: "11h58m", "45s", "300ms". */
export function formatDuration(ms: number): string {
  const sign = ms < 0 ? '-' : ''
  const abs = Math.abs(ms)
  if (abs < 1000) return `${sign}${Math.round(abs)}ms`
  const whole = Math.floor(abs / 1000)
  const parts = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ] as const
  const first = parts.findIndex(([n]) => n > 0)
  return (
    sign +
    parts
      .slice(first, first + 2)
      .filter(([n]) => n > 0)
      .map(([n, unit]) => `${n}${unit}`)
      .join('')
  )
}
