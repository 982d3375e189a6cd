// This file is about templates that parse, most of them: ordinary ones, ones that vary at every rendering, and slow ones.
import * as fc from 'fast-check'

const OPERANDS: readonly string[] = [
  '.username',
  '.password',
  '.proxy_endpoint',
  '.value',
  '.none',
  '.',
  '"text"',
  '7',
  'now',
  '(now | unixEpoch)',
  '(now).UnixNano',
  '(ago 0)',
  '(date "150405" "x")',
  '(bcrypt "x")',
  '(htpasswd "user" "x")',
  '(repeat 9000 "x")',
  '(until 500)',
  '(list 1 "two" nil)',
  '(dict "a" 1)',
]

const STAGES: readonly string[] = [
  'upper',
  'lower',
  'trunc 12',
  'b64enc',
  'b64dec',
  'quote',
  'len',
  'toString',
  'toJson',
  'fromJson',
  'fromYaml',
  'sha256sum',
  'camelcase',
  'default "x"',
  'printf "%v"',
  'replace "a" "b"',
  'regexReplaceAll "(.*?)a|b+" . "$1"',
  'bcrypt',
  'date "2006"',
  'split ""',
]

const pipeline = fc
  .tuple(fc.constantFrom(...OPERANDS), fc.array(fc.constantFrom(...STAGES), { maxLength: 3 }))
  .map((parts) => parts.flat().join(' | '))

const { body } = fc.letrec<{ body: string; statement: string }>((tie) => ({
  body: fc.array(tie('statement'), { maxLength: 3 }).map((statements) => statements.join('')),
  statement: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: fc.constantFrom('a', '-', '_', '.', '\n', ': ', 'key: value\n') },
    { weight: 6, arbitrary: pipeline.map((pipe) => `{{ ${pipe} }}`) },
    { weight: 2, arbitrary: pipeline.map((pipe) => `{{ $x := ${pipe} }}{{ $x }}`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('if', 'with', 'range'), pipeline, tie('body'), tie('body'))
        .map(
          ([word, pipe, then, otherwise]) => `{{ ${word} ${pipe} }}${then}{{ else }}${otherwise}{{ end }}`,
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(3, 20, 900), tie('body'))
        .map(([rounds, inner]) => `{{ range until ${rounds} }}${inner}{{ end }}`),
    },
  ),
}))

const SLOW = '{{ range until 20 }}{{ $x := sha256sum (repeat 9000 "x") }}{{ end }}'

export const templates: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: body },
  { weight: 1, arbitrary: body.map((text) => SLOW + text) },
)

/** They keep the key, and do something beside it. */
const transforms = fc
  .tuple(templates, fc.integer({ min: 1, max: 40 }))
  .map(([text, times]) =>
    Array.from({ length: times }, () => ({ transform: { template: `${text}{{ .value | trunc 12 }}` } })),
  )

const ofKeys = (values: fc.Arbitrary<string>): fc.Arbitrary<Record<string, string>> =>
  fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), values, { maxKeys: 6 })

/** Specs of ExternalSecrets that are right but for what their templates do. */
export const templatedSpecs: fc.Arbitrary<unknown> = fc
  .record({
    rewrite: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: transforms }),
    data: ofKeys(templates),
    labels: ofKeys(templates),
    literals: fc.array(templates, { maxLength: 3 }),
  })
  .map(({ rewrite, data, labels, literals }) => ({
    dataFrom: [{ sourceRef: { generatorRef: { kind: 'ECRAuthorizationToken', name: 'ecr' } }, rewrite }],
    target: {
      template: {
        mergePolicy: 'Merge',
        data,
        metadata: { labels },
        templateFrom: literals.map((literal) => ({ literal })),
      },
    },
  }))
