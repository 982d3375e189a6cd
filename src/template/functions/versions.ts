// This file is about semantic versions and constraints on them, as Masterminds/semver reads them.
import { RE2JS } from 're2js'
import { CallError } from '../errors.ts'
import { fn, type Func, type FuncTable } from '../func.ts'
import { MAX_UINT64 } from '../numbers.ts'
import { GoMap, SizedInt, type Struct, type Value } from '../values.ts'

const PRERELEASE = '(-([0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*))?'
const METADATA = '(\\+([0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*))?'
const VERSION = new RegExp(`^v?([0-9]+)(\\.[0-9]+)?(\\.[0-9]+)?${PRERELEASE}${METADATA}$`)
const PATTERN = `v?([0-9|x|X|*]+)(\\.[0-9|x|X|*]+)?(\\.[0-9|x|X|*]+)?${PRERELEASE}${METADATA}`
const OPERATOR = '=||!=|>|<|>=|=>|<=|=<|~|~>|\\^'
/** What Go's \\s is: ASCII only. */
const SPACE = '[\\t\\n\\f\\r ]'
const RANGE = new RegExp(`${SPACE}*(${PATTERN})${SPACE}+-${SPACE}+(${PATTERN})${SPACE}*`, 'g')

/** Longer constraints are nobody's; the parser below reads them term by term. */
const LONGEST = 256

export class Version implements Struct {
  readonly typeName = '*semver.Version'
  readonly kind = 'ptr'
  readonly isStringer = true
  readonly core: readonly [bigint, bigint, bigint]
  readonly prerelease: string
  readonly metadata: string
  readonly original: string
  constructor(core: Version['core'], prerelease: string, metadata: string, original: string) {
    this.core = core
    this.prerelease = prerelease
    this.metadata = metadata
    this.original = original
  }
  text(): string {
    const pre = this.prerelease === '' ? '' : `-${this.prerelease}`
    return `${this.core.join('.')}${pre}${this.metadata === '' ? '' : `+${this.metadata}`}`
  }
  jsonText(): string {
    return this.text()
  }
  get fields(): GoMap {
    const [major, minor, patch] = this.core
    return new GoMap(
      'interface {}',
      new Map<string, Value>([
        ['major', uint64(major)],
        ['minor', uint64(minor)],
        ['patch', uint64(patch)],
        ['pre', this.prerelease],
        ['metadata', this.metadata],
        ['original', this.original],
      ]),
    )
  }
}

export const NO_VERSION = new Version([0n, 0n, 0n], '', '', '')

function parseVersion(text: string): Version {
  const parts = text.length > LONGEST ? null : VERSION.exec(text)
  if (parts === null) throw new CallError('Invalid Semantic Version')
  const number = (part: string | undefined): bigint => BigInt((part ?? '0').replace('.', ''))
  const core = [number(parts[1]), number(parts[2]), number(parts[3])] as const
  if (core.some((n) => n > MAX_UINT64)) throw new CallError('Error parsing version segment')
  const prerelease = parts[5] ?? ''
  if (prerelease.split('.').some((part) => /^0[0-9]+$/.test(part))) {
    throw new CallError('Version segment starts with 0')
  }
  return new Version(core, prerelease, parts[8] ?? '', text)
}

function comparePart(a: string, b: string): number {
  if (a === b) return 0
  if (a === '') return -1
  if (b === '') return 1
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (x && y) return BigInt(a) > BigInt(b) ? 1 : -1
  if (x !== y) return x ? -1 : 1
  return a > b ? 1 : -1
}

function comparePrerelease(a: string, b: string): number {
  if (a === b) return 0
  if (a === '') return 1
  if (b === '') return -1
  const [xs, ys] = [a.split('.'), b.split('.')]
  for (let i = 0; i < Math.max(xs.length, ys.length); i++) {
    const order = comparePart(xs[i] ?? '', ys[i] ?? '')
    if (order !== 0) return order
  }
  return 0
}

function compare(a: Version, b: Version): number {
  for (const i of [0, 1, 2] as const) {
    if (a.core[i] !== b.core[i]) return a.core[i] > b.core[i] ? 1 : -1
  }
  return comparePrerelease(a.prerelease, b.prerelease)
}

/** How much of a constraint's version is written: `1.x` says only the major. */
type Written = 'nothing' | 'major' | 'minor' | 'all'
interface Constraint {
  readonly operator: string
  readonly version: Version
  readonly written: Written
}

const TERM = new RegExp(`^${SPACE}*(${OPERATOR})${SPACE}*(${PATTERN})${SPACE}*$`)
const isWildcard = (part: string | undefined): boolean => part === undefined || /^\.?[xX*]$/.test(part)

function parseTerm(text: string): Constraint {
  const parts = TERM.exec(text)
  if (parts === null) throw new CallError('improper constraint')
  const [, operator = '', , major, minor, patch, prerelease = ''] = parts
  if (isWildcard(major)) return { operator, version: parseVersion(`0.0.0${prerelease}`), written: 'nothing' }
  if (isWildcard(minor)) {
    return { operator, version: parseVersion(`${major}.0.0${prerelease}`), written: 'major' }
  }
  if (isWildcard(patch)) {
    return { operator, version: parseVersion(`${major}${minor}.0${prerelease}`), written: 'minor' }
  }
  return { operator, version: parseVersion(`${major}${minor}${patch}${prerelease}`), written: 'all' }
}

const FIND = new RegExp(`(?:${OPERATOR})${SPACE}*(?:${PATTERN})`, 'g')
const ONE = `(?:${OPERATOR})${SPACE}*(?:${PATTERN})${SPACE}*`
/** Spaces may be shared out in many ways, which is for a pattern of linear time. */
const TERMS = RE2JS.compile(`^(?:${SPACE}*${ONE})(?:(?:${SPACE}+|,${SPACE}*)${ONE})*$`)

/** The terms of one alternative, with spaces or commas between them. */
function parseAlternative(text: string): Constraint[] {
  if (!TERMS.matches(text)) throw new CallError('improper constraint')
  return Array.from(text.matchAll(FIND), ([term]) => parseTerm(term))
}

/** Each character of a constraint is read by several patterns. */
const STEPS_PER_CHARACTER = 4

function parseConstraints(text: string): Constraint[][] {
  if (text.length > LONGEST) throw new CallError('improper constraint')
  const rewritten = text.replaceAll(RANGE, (_, from, ...rest) => `>= ${from}, <= ${rest[9]} `)
  return rewritten.split('||').map(parseAlternative)
}

const sameMajor = (a: Version, b: Version): boolean => a.core[0] === b.core[0]
const sameMinor = (a: Version, b: Version): boolean => sameMajor(a, b) && a.core[1] === b.core[1]

function tilde(v: Version, { version, written }: Constraint): boolean {
  if (compare(v, version) < 0) return false
  const zero = version.core.every((n) => n === 0n)
  if (zero && (written === 'all' || written === 'nothing')) return true
  return written === 'major' ? sameMajor(v, version) : sameMinor(v, version)
}

function caret(v: Version, { version, written }: Constraint): boolean {
  if (compare(v, version) < 0) return false
  const [major, minor, patch] = version.core
  if (major > 0n || written === 'major') return v.core[0] === major
  if (v.core[0] > 0n) return false
  if (minor > 0n || written === 'minor') return v.core[1] === minor
  return v.core[1] === 0n && v.core[2] === patch
}

function greater(v: Version, { version, written }: Constraint): boolean {
  const order = compare(v, version)
  if (written === 'all') return order > 0
  if (v.core[0] !== version.core[0]) return v.core[0] > version.core[0]
  if (written === 'major') return false
  return written === 'minor' ? v.core[1] > version.core[1] : order > 0
}

function atMost(v: Version, { version, written }: Constraint): boolean {
  if (written === 'all') return compare(v, version) <= 0
  if (v.core[0] > version.core[0]) return false
  return !(sameMajor(v, version) && v.core[1] > version.core[1] && written !== 'major')
}

function differs(v: Version, { version, written }: Constraint): boolean {
  if (written === 'all' || written === 'nothing') return compare(v, version) !== 0
  if (!sameMajor(v, version)) return true
  if (written === 'major') return false
  if (v.core[1] !== version.core[1]) return true
  return v.prerelease !== version.prerelease
}

function holds(v: Version, constraint: Constraint): boolean {
  const { operator, version, written } = constraint
  switch (operator) {
    case '':
    case '=':
      return written === 'all' ? compare(v, version) === 0 : tilde(v, constraint)
    case '!=':
      return differs(v, constraint)
    case '>':
      return greater(v, constraint)
    case '<':
      return compare(v, version) < 0
    case '>=':
    case '=>':
      return compare(v, version) >= 0
    case '<=':
    case '=<':
      return atMost(v, constraint)
    case '^':
      return caret(v, constraint)
    default:
      return tilde(v, constraint)
  }
}

function satisfies(constraint: string, version: string): boolean {
  const alternatives = parseConstraints(constraint)
  const v = parseVersion(version)
  return alternatives.some((terms) => {
    // A pre-release satisfies only alternatives that name one.
    const excluded = v.prerelease !== '' && terms.every((term) => term.version.prerelease === '')
    return !excluded && terms.every((term) => holds(v, term))
  })
}

export const VERSIONS: FuncTable = new Map([
  ['semver', fn(['string'], parseVersion)],
  [
    'semverCompare',
    fn(['string', 'string'], (constraint, version, { budget }) => {
      budget.step(20 + constraint.length * STEPS_PER_CHARACTER)
      return satisfies(constraint, version)
    }),
  ],
])

const asVersion = (v: Value): Version => {
  if (v instanceof Version) return v
  throw new CallError('not a version')
}
const reads = (read: (v: Version) => Value): Func => fn(['any'], (v) => read(asVersion(v)))
const uint64 = (n: bigint): SizedInt => new SizedInt('uint64', n)

export const VERSION_METHODS: FuncTable = new Map([
  ['Major', reads((v) => uint64(v.core[0]))],
  ['Minor', reads((v) => uint64(v.core[1]))],
  ['Patch', reads((v) => uint64(v.core[2]))],
  ['Prerelease', reads((v) => v.prerelease)],
  ['Metadata', reads((v) => v.metadata)],
  ['Original', reads((v) => v.original)],
  ['String', reads((v) => v.text())],
  ['Compare', fn(['any', 'any'], (a, b) => BigInt(compare(asVersion(a), asVersion(b))))],
  ['Equal', fn(['any', 'any'], (a, b) => compare(asVersion(a), asVersion(b)) === 0)],
  ['GreaterThan', fn(['any', 'any'], (a, b) => compare(asVersion(a), asVersion(b)) > 0)],
  ['LessThan', fn(['any', 'any'], (a, b) => compare(asVersion(a), asVersion(b)) < 0)],
])
