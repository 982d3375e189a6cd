// This file is about choosing objects by their labels, as everywhere in Kubernetes.

export interface Requirement {
  readonly key: string
  /** In, NotIn, Exists or DoesNotExist; anything else is a problem. */
  readonly operator: string
  readonly values?: readonly string[] | undefined
}

/** All of it must hold; nothing in it selects everything. */
export interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined
  readonly matchExpressions?: readonly Requirement[] | undefined
}

export interface SelectorProblem {
  /** The place below the selector: "matchExpressions[0].values". */
  readonly at: string
  readonly message: string
}

type Labels = Readonly<Record<string, string>>

/** Of a selector without problems. */
export const selects = ({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every((requirement) => holds(requirement, labels))

/** As in Kubernetes, an object without the label is not in the values. */
function holds({ key, operator, values = [] }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const DOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const LONGEST_NAME = 63
const LONGEST_DOMAIN = 253

/** `name`, or `domain/name`. */
function isKey(key: string): boolean {
  const parts = key.split('/')
  const name = parts.at(-1) ?? ''
  const [domain] = parts.length === 2 ? parts : []
  const isName = name.length <= LONGEST_NAME && NAME.test(name)
  const isDomain = domain === undefined || (domain.length <= LONGEST_DOMAIN && DOMAIN.test(domain))
  return parts.length <= 2 && isName && isDomain
}

const isValue = (value: string): boolean => value === '' || (value.length <= LONGEST_NAME && NAME.test(value))

const keyProblems = (at: string, key: string): readonly SelectorProblem[] =>
  isKey(key) ? [] : [{ at, message: `"${key}" is not a valid label key` }]

const valueProblems = (at: string, value: string): readonly SelectorProblem[] =>
  isValue(value) ? [] : [{ at, message: `"${value}" is not a valid label value` }]

function countProblems(at: string, { operator, values = [] }: Requirement): readonly SelectorProblem[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0
        ? []
        : [{ at: `${at}.values`, message: `for ${operator} values must be given` }]
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0
        ? []
        : [{ at: `${at}.values`, message: `for ${operator} no values may be given` }]
    default:
      return [
        {
          at: `${at}.operator`,
          message: `"${operator}" is not a valid label selector operator (In, NotIn, Exists and DoesNotExist are)`,
        },
      ]
  }
}

/** What the API server would refuse in a query; no schema says it. */
export const selectorProblems = ({
  matchLabels = {},
  matchExpressions = [],
}: Selector): readonly SelectorProblem[] => [
  ...Object.entries(matchLabels).flatMap(([key, value]) => [
    ...keyProblems('matchLabels', key),
    ...valueProblems(`matchLabels.${key}`, value),
  ]),
  ...matchExpressions.flatMap((requirement, i) => {
    const at = `matchExpressions[${i}]`
    return [
      ...keyProblems(`${at}.key`, requirement.key),
      ...countProblems(at, requirement),
      ...(requirement.values ?? []).flatMap((value, j) => valueProblems(`${at}.values[${j}]`, value)),
    ]
  }),
]

/** One requirement as a query spells it. */
const IN = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/
const EQUAL = /^([^\s=!]+)\s*(==?|!=)\s*(\S*)$/
const PRESENCE = /^(!?)\s*(\S+)$/

/** As kubectl and the API server's queries spell it; undefined where the API server would not take it. */
export function parseSelector(text: string): Selector | undefined {
  const matchExpressions = text.split(/,(?![^(]*\))/).map((one) => parseRequirement(one.trim()))
  const parsed = matchExpressions.filter((one) => one !== undefined)
  const isWhole = parsed.length === matchExpressions.length
  return isWhole && selectorProblems({ matchExpressions: parsed }).length === 0
    ? { matchExpressions: parsed }
    : undefined
}

function parseRequirement(text: string): Requirement | undefined {
  const [, among, operator, list] = IN.exec(text) ?? []
  if (among !== undefined && list !== undefined) {
    const values = list.split(',').map((value) => value.trim())
    return { key: among, operator: operator === 'in' ? 'In' : 'NotIn', values }
  }
  const [, compared, sign, value] = EQUAL.exec(text) ?? []
  if (compared !== undefined && value !== undefined)
    return { key: compared, operator: sign === '!=' ? 'NotIn' : 'In', values: [value] }
  const [, not, key] = PRESENCE.exec(text) ?? []
  return key === undefined ? undefined : { key, operator: not === '!' ? 'DoesNotExist' : 'Exists' }
}
