// This file is about regular expressions: RE2's syntax and linear time, Go's way of finding all and replacing.
import { RE2JS } from 're2js'
import type { Budget } from '../budget.ts'
import { fromBytes, fromText, toText } from '../bytes.ts'
import { CallError, LimitError } from '../errors.ts'
import { fn, type Func, type FuncTable, perCharacter } from '../func.ts'
import { GoSlice, type Value } from '../values.ts'

/** Nobody's pattern is longer, or larger once its counted repetitions are written out (some 10 µs each to compile). */
const LONGEST_PATTERN = 1000
const LARGEST_PROGRAM = 2000

const PARTS = /\\.|\[\^?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\]|\{(\d+)(?:,(\d*))?\}|[()]|./gsu

/** How many instructions a pattern may become: groups add up, counted repetitions multiply what they repeat. */
function sizeOf(pattern: string): number {
  const outer: number[] = []
  let total = 0
  let last = 0
  for (const [part, least, most] of pattern.matchAll(PARTS)) {
    if (part === '(') {
      outer.push(total)
      total = 0
      last = 0
    } else if (part === ')') {
      last = total + 2
      total = (outer.pop() ?? 0) + last
    } else if (least !== undefined) {
      const repeated = last * Math.max(Number(most || least), 1)
      total += repeated - last
      last = repeated
    } else {
      last = 1
      total += 1
    }
  }
  return outer.reduce((sum, n) => sum + n, total)
}

/** Classes of hundreds of ranges. */
const UNICODE_CLASS = /\\[pP]/g

interface Pattern {
  readonly regex: RE2JS
  readonly size: number
  /** A repetition without end may read far beyond the match it leads to. */
  readonly endless: boolean
}

/** Groups of one name are told apart by a suffix that no name of a pattern ends in. */
const NAMED_GROUP = /\\.|\(\?P?<(\w+)>/gsu
const SUFFIX = '__again'

/** Go lets several groups have one name; `re2js` does not. */
function withDistinctNames(pattern: string): string {
  const seen = new Set<string>()
  return pattern.replaceAll(NAMED_GROUP, (all, name?: string) => {
    if (name === undefined) return all
    let distinct = name
    while (seen.has(distinct)) distinct += SUFFIX
    seen.add(distinct)
    return `(?P<${distinct}>`
  })
}

/** A compiled pattern; undefined when it is none. */
function compile(pattern: string, budget: Budget): Pattern | undefined {
  const text = fromBytes(pattern)
  if (fromText(text) !== pattern) return undefined
  if (text.length > LONGEST_PATTERN) {
    throw new LimitError(`a pattern of more than ${LONGEST_PATTERN} characters`)
  }
  const size = sizeOf(text)
  if (size > LARGEST_PROGRAM) throw new LimitError('a pattern whose repetitions multiply too far')
  budget.step(100 + size * 15 + (text.match(UNICODE_CLASS)?.length ?? 0) * 200)
  try {
    return { regex: RE2JS.compile(withDistinctNames(text)), size, endless: /[*+]|,\}/.test(text) }
  } catch {
    return undefined
  }
}

function mustCompile(pattern: string, budget: Budget): Pattern {
  const regex = compile(pattern, budget)
  if (regex === undefined) throw new CallError('error parsing regexp')
  return regex
}

interface Match {
  readonly start: number
  readonly end: number
  /** The text of a group, by number or name; undefined when there is none or it took no part. */
  group(name: string | number): string | undefined
}

/** A state machine in JavaScript costs some 100 ns a character, and more with every hundred instructions. */
function chargeReading(characters: number, { size }: Pattern, budget: Budget): void {
  budget.step(characters * (1 + size / 100))
}

/** What a search costs beside its reading, in characters. */
const STEPS_PER_MATCH = 12

/** How far a search read beyond its match cannot be known: an endless one pays for a part of what is left. */
const UNSEEN_PART = 2

/**
 * The matches of a pattern from left to right, as Go finds them: an empty match beside the one before is none.
 * Every search is charged for the text it may read.
 */
function* matches(pattern: Pattern, text: string, budget: Budget): Generator<Match> {
  const { regex, endless } = pattern
  const matcher = regex.matcher(text)
  const names = new Set(Object.keys(regex.namedGroups()))
  const group = (name: string | number): string | undefined => {
    if (typeof name === 'number')
      return name <= regex.groupCount() ? (matcher.group(name) ?? undefined) : undefined
    // Of several groups of one name the first that took part.
    for (let known = name; names.has(known); known += SUFFIX) {
      const text = matcher.group(known)
      if (text !== null) return text
    }
    return undefined
  }
  let previousEnd = -1
  for (let from = 0; from <= text.length; ) {
    const left = text.length - from
    chargeReading(endless ? left / UNSEEN_PART : 0, pattern, budget)
    if (!matcher.find(from)) return chargeReading(left, pattern, budget)
    const start = matcher.start()
    const end = matcher.end()
    chargeReading(end - from + STEPS_PER_MATCH, pattern, budget)
    if (end > start || start !== previousEnd) yield { start, end, group }
    previousEnd = end
    from = end > from ? end : end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1)
  }
}

/** Looking up a group costs some 1 µs. */
const STEPS_PER_REFERENCE = 3

/** Go's replacement syntax: $1, $name, ${name}, $$; a name is as long as it can be. */
function expand(template: string, match: Match): string {
  return template.replaceAll(/\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu, (all, braced, bare) => {
    if (all === '$$') return '$'
    const name = String(braced ?? bare)
    return match.group(/^\d+$/.test(name) ? Number(name) : name) ?? ''
  })
}

function replaceAll(pattern: Pattern, text: string, budget: Budget, by: (match: Match) => string): string {
  let out = ''
  let at = 0
  for (const match of matches(pattern, text, budget)) {
    out += text.slice(at, match.start) + by(match)
    budget.text(out.length)
    at = match.end
  }
  return out + text.slice(at)
}

function findAll(pattern: Pattern, text: string, limit: number, budget: Budget): Match[] {
  const found: Match[] = []
  if (limit === 0) return found
  for (const { start, end } of matches(pattern, text, budget)) {
    found.push({ start, end, group: () => text.slice(start, end) })
    if (found.length === limit) break
  }
  return found
}

function split(pattern: Pattern, source: string, text: string, limit: number, budget: Budget): string[] {
  if (limit === 0) return []
  if (source !== '' && text === '') return ['']
  const parts: string[] = []
  let at = 0
  let end = 0
  for (const match of findAll(pattern, text, limit, budget)) {
    if (limit > 0 && parts.length === limit - 1) break
    end = match.start
    if (match.end !== 0) parts.push(text.slice(at, end))
    at = match.end
  }
  return end === text.length ? parts : [...parts, text.slice(at)]
}

const texts = (found: readonly Match[]): Value => {
  const all = found.map((match) => fromText(match.group(0) ?? ''))
  return new GoSlice('string', all, all.length === 0)
}

/** A function whose pattern comes first, under its name and its `must` name. */
function both(name: string, func: Func): [string, Func][] {
  return [
    [name, func],
    [`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, func],
  ]
}

function isMatch(pattern: Pattern, s: string, budget: Budget): boolean {
  chargeReading(s.length, pattern, budget)
  return pattern.regex.matcher(toText(s)).find()
}

const replacing = (expands: boolean): Func =>
  fn(['string', 'string', 'string'], (pattern, s, by, { budget }) => {
    const compiled = mustCompile(pattern, budget)
    const template = toText(by)
    const references = expands ? template.split('$').length - 1 : 0
    const replaced = replaceAll(compiled, toText(s), budget, (match) => {
      budget.step(references * STEPS_PER_REFERENCE)
      return expands ? expand(template, match) : template
    })
    return fromText(replaced)
  })

export const REGEXES: FuncTable = new Map<string, Func>([
  [
    'regexMatch',
    fn(['string', 'string'], (pattern, s, { budget }) => {
      const compiled = compile(pattern, budget)
      return compiled !== undefined && isMatch(compiled, s, budget)
    }),
  ],
  [
    'mustRegexMatch',
    fn(['string', 'string'], (pattern, s, { budget }) => isMatch(mustCompile(pattern, budget), s, budget)),
  ],
  ...both(
    'regexFind',
    fn(['string', 'string'], (pattern, s, { budget }) => {
      const [first] = findAll(mustCompile(pattern, budget), toText(s), 1, budget)
      return fromText(first?.group(0) ?? '')
    }),
  ),
  ...both(
    'regexFindAll',
    fn(['string', 'string', 'int'], (pattern, s, n, { budget }) =>
      texts(findAll(mustCompile(pattern, budget), toText(s), Number(n), budget)),
    ),
  ),
  ...both(
    'regexSplit',
    fn(['string', 'string', 'int'], (pattern, s, n, { budget }) => {
      const compiled = mustCompile(pattern, budget)
      const parts = split(compiled, pattern, toText(s), Number(n), budget).map(fromText)
      return new GoSlice('string', parts, n === 0n)
    }),
  ),
  ...both('regexReplaceAll', replacing(true)),
  ...both('regexReplaceAllLiteral', replacing(false)),
  ['regexQuoteMeta', perCharacter(fn(['string'], (s) => s.replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&')))],
])
