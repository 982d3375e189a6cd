// This file is about templates that try to cost too much: each ends in a clear error.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTemplate } from './template.ts'

const long = (count: number, of = 'x'): string => `(repeat ${count} ${JSON.stringify(of)})`
const forEver = (body: string): string => `{{ range until 90000 }}${body}{{ end }}`
const call = (expression: string): string => forEver(`{{ $x := ${expression} }}`)

const HOSTILE: Readonly<Record<string, string>> = {
  'loops within loops': '{{ range until 2000 }}{{ range until 2000 }}{{ end }}{{ end }}',
  'an empty loop over a large number': '{{ range 1000000000000 }}{{ end }}',
  'a text that doubles': '{{ $s := "x" }}{{ range until 100 }}{{ $s = print $s $s }}{{ end }}',
  'a list that doubles': '{{ $l := list 1 }}{{ range until 60 }}{{ $l = concat $l $l }}{{ end }}',
  'a list that holds itself twice, many times over':
    '{{ $l := list 1 }}{{ range until 80 }}{{ $l = list $l $l }}{{ end }}{{ $l }}',
  'a list within a list within a list':
    '{{ $l := list }}{{ range until 9000 }}{{ $l = list $l }}{{ end }}{{ $l }}',
  'a map that holds itself, printed': '{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $d }}',
  'a map that holds itself, as JSON': '{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ toJson $d }}',
  'a map that holds itself, merged': '{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ merge $d $d }}',
  'a map that holds itself, copied': '{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ deepCopy $d }}',
  'a map that holds itself, compared':
    '{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $e := dict }}{{ $_ := set $e "a" $e }}{{ deepEqual $d $e }}',
  'a template that includes itself': '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}',
  'deep parentheses': `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`,
  'deep blocks': '{{ if true }}'.repeat(5000) + '{{ end }}'.repeat(5000),
  'a long chain of else-if': `{{ if .a }}${'{{ else if .a }}'.repeat(5000)}{{ end }}`,
  'very many actions': '{{ 1 }}'.repeat(100_000),
  'very many comments': '{{/**/}}'.repeat(100_000),
  'very many variables': '{{ $x := 1 }}'.repeat(10_000),
  'a wide field': '{{ printf "%999999d%999999d" 1 2 }}',
  'a long precision': forEver('{{ $x := printf "%.9999f" 1.5 }}'),
  'a deep indent': '{{ indent 123456789 "x" }}',
  'a long repeat': '{{ repeat 1000000000 "xxxxxxxxx" }}',
  'a large until': '{{ until 1000000000 }}',
  'a replacement of every gap': `{{ replace "" ${long(1000)} ${long(1_000_000)} }}`,
  'quoting control characters': call(`quote ${long(100_000, '\u0001')}`),
  'case mapping beyond ASCII': call(`upper ${long(100_000, 'é')}`),
  'escaping for JSON': call(`toJson ${long(100_000, '<')}`),
  'splitting into characters': call(`splitList "" ${long(100_000)}`),
  'wrapping without spaces': call(`wrapWith 1 "-" ${long(100_000)}`),
  'snake case': call(`snakecase ${long(50_000, 'aB')}`),
  'comparing every item with every other': '{{ uniq (until 50000) }}',
  'JSON nested deep': `{{ fromJson (print ${long(90_000, '[')} ${long(90_000, ']')}) }}`,
  'a long integer': call(`int (print 1 ${long(100_000, '0')})`),
  'arithmetic with far apart exponents': call('addf 1e300 1e-300'),
  'time zones': call('dateInZone "MST" 0 "Europe/Berlin"'),
  'a long time layout': call(`date ${long(1000, '2006')} 0`),
  'a constraint of many alternatives': call(`semverCompare (print ${long(25, '>=1 || ')} "1") "0.1.0"`),
  'a pattern that backtracks elsewhere': call(`regexMatch "^(a+)+$" (print ${long(1000, 'a')} "!")`),
  'a search that reads to the end each time': `{{ regexFindAll "(a.*z)|a" ${long(100_000, 'a')} -1 }}`,
  'a pattern that unrolls': '{{ regexMatch "(([a-z]{30}){30}){30}" "a" }}',
}

/** Far above what counting allows (some 50 ms), far below what these would cost without it. */
const SECONDS = 20

for (const [what, template] of Object.entries(HOSTILE)) {
  test(`it ends with a limit: ${what}`, { timeout: SECONDS * 1000 }, () => {
    const parsed = parseTemplate('k', template)
    if (parsed.is === 'refused') return assert.equal(parsed.error.code, 'limit', parsed.error.message)
    const rendered = parsed.template.render(new Map([['a', '']]))
    assert.ok(rendered.is === 'failed', 'it rendered')
    const { code, message } = rendered.error
    assert.ok(code === 'limit' || /more than \d+ integers|slice bounds/.test(message), message)
    assert.ok(message.length < 600, 'the message is short')
  })
}

test('what people write stays far below the limits', () => {
  const rows = Array.from(
    { length: 100 },
    (_, i) => `{{ printf "%s-${i}" .a | upper | b64enc | quote }}\n`,
  ).join('')
  const parsed = parseTemplate('k', rows)
  assert.ok(parsed.is === 'template')
  const rendered = parsed.template.render(new Map([['a', 'x'.repeat(3000)]]))
  assert.equal(rendered.is, 'text')
})

test('a value of a whole Secret can be encoded and decoded', () => {
  const parsed = parseTemplate('k', '{{ .a | b64enc | b64dec | trim }}')
  assert.ok(parsed.is === 'template')
  const rendered = parsed.template.render(new Map([['a', 'x'.repeat(700_000)]]))
  assert.ok(rendered.is === 'text')
  assert.equal(rendered.bytes.length, 700_000)
})
