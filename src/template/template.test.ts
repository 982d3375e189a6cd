// This file is about what a template promises its callers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instant } from '../base/clock.ts'
import { Budget } from './budget.ts'
import { parseTemplate, type Rendered, type Template } from './template.ts'

const SECRET = 'sup3r-s3cret-t0ken'
const DATA = new Map<string, string | Uint8Array>([
  ['username', 'AWS'],
  ['password', SECRET],
  ['number', '31337'],
  ['json', `{"token":"${SECRET}"}`],
])

function parsed(text: string): Template {
  const result = parseTemplate('key', text)
  assert.equal(result.is, 'template', result.is === 'refused' ? result.error.message : '')
  assert.ok(result.is === 'template')
  return result.template
}

const render = (text: string, data = DATA): Rendered => parsed(text).render(data)

function textOf(rendered: Rendered): string {
  return rendered.is === 'text' ? rendered.bytes.toString('utf8') : assert.fail(rendered.error.message)
}

function errorOf(text: string): { code: string; message: string } {
  const result = parseTemplate('key', text)
  if (result.is === 'refused') return result.error
  const rendered = result.template.render(DATA)
  return rendered.is === 'failed' ? rendered.error : assert.fail('it rendered')
}

test('bytes that are no UTF-8 pass through unchanged', () => {
  const bytes = Uint8Array.from([0xff, 0x00, 0xc3, 0x28, 0x80])
  const rendered = render('{{ .raw }}|{{ .raw | b64enc | b64dec }}', new Map([['raw', bytes]]))
  assert.ok(rendered.is === 'text')
  assert.deepEqual([...rendered.bytes], [...bytes, 0x7c, ...bytes])
})

test('text without actions passes through unchanged, whatever it holds', () => {
  const text = '{ "a": {} } }} $x %s \\n <>&\u2028é🎉\r\n'
  assert.equal(textOf(render(text)), text)
})

test('a template renders many times, with nothing left from the time before', () => {
  const template = parsed(
    '{{ $d := dict }}{{ len $d }}{{ $_ := set $d .username 1 }}{{ $d }}{{ define "x" }}{{ end }}',
  )
  const first = textOf(template.render(DATA))
  assert.equal(first, '0map[AWS:1]')
  assert.equal(textOf(template.render(DATA)), first)
  assert.equal(textOf(template.render(new Map([['username', 'B']]))), '0map[B:1]')
})

test('a template cannot change the data it is given', () => {
  const data = new Map([['a', '1']])
  assert.equal(errorOf('{{ set . "a" "2" }}').code, 'execute')
  render('{{ $_ := merge (dict "a" "2") (dict "b" "3") }}', data)
  assert.deepEqual([...data], [['a', '1']])
})

test('the fields are the keys read where the dot is the data', () => {
  const text =
    '{{ .a }}{{ if .b }}{{ .c.d }}{{ end }}{{ with .e }}{{ .inner }}{{ $.f }}{{ else }}{{ .g }}{{ end }}' +
    '{{ range .h }}{{ .inner }}{{ end }}{{ define "t" }}{{ .inner }}{{ end }}{{ template "t" .i }}' +
    '{{ index . "optional" }}{{ (fromJson .j).inner }}{{ printf "%s" .k | quote }}'
  assert.deepEqual([...parsed(text).fields].toSorted(), ['a', 'b', 'c', 'e', 'f', 'g', 'h', 'i', 'j', 'k'])
})

test('a template says whether its result depends on the time or on chance', () => {
  assert.deepEqual(parsed('{{ now | date "2006" }}').varying, ['now'])
  assert.deepEqual(parsed('{{ htpasswd .username .password "bcrypt" }}').varying, ['htpasswd'])
  assert.deepEqual(parsed('{{ .username | lower }}').varying, [])
})

test('the clock is the one that is given, in UTC', () => {
  const at = instant(Date.UTC(2024, 4, 22, 4, 5, 6, 7))
  const rendered = parsed('{{ now }} {{ now.Unix }} {{ ago (int64 1716350400) }}').render(DATA, {
    clock: { now: () => at },
  })
  assert.equal(textOf(rendered), '2024-05-22 04:05:06.007 +0000 UTC 1716350706 5m6s')
})

test('a function that does not exist is refused when the template is parsed, by name', () => {
  const { code, message } = errorOf('{{ if false }}{{ .x | frobnicate }}{{ end }}')
  assert.equal(code, 'function')
  assert.equal(message, 'template: key:1: function "frobnicate" not defined')
})

test('functions that are refused say why', () => {
  for (const name of [
    'env',
    'getHostByName',
    'genPrivateKey',
    'randAlphaNum',
    'uuidv4',
    'pkcs12key',
    'getSecretKey',
  ]) {
    const { code, message } = errorOf(`{{ ${name} }}`)
    assert.equal(code, 'function')
    assert.match(message, new RegExp(`^template: key:1: function "${name}" not defined \\(.+\\)$`))
  }
})

test('a missing key is told apart from other errors', () => {
  assert.deepEqual(errorOf('{{ .nope | default "x" }}'), {
    code: 'missing-key',
    message: 'template: key:1:3: executing "key" at <.nope>: map has no entry for key "nope"',
  })
  assert.equal(errorOf('{{ (fromJson .json).nope }}').code, 'missing-key')
  assert.equal(errorOf('{{ .username | until }}').code, 'execute')
  assert.equal(errorOf('{{ .username').code, 'parse')
})

test('errors name line and byte as Go counts them', () => {
  assert.match(errorOf('a\né {{ .username }}{{ .nope }}').message, /^template: key:2:21: /)
  assert.match(errorOf('{{ $x := 1 }}\n\n{{ .username | upper 1 }}').message, /^template: key:3:15: /)
  assert.match(errorOf('x\n{{ "a" }}\n{{ end }}').message, /^template: key:3: unexpected \{\{end\}\}$/)
})

test('no error message holds a value of the data', () => {
  const templates = [
    '{{ fail .password }}',
    '{{ range .password }}{{ end }}',
    '{{ range $i, $v := int .number }}{{ end }}',
    '{{ index (list 1) (int .number) }}',
    '{{ eq (dict "a" .password) (dict "a" .password) }}',
    '{{ eq (list .password) 1 }}',
    '{{ (dict "a" .password).b }}',
    '{{ mustFromJson .password }}',
    '{{ regexFind (print "(" .password) "x" }}',
    '{{ semver .password }}',
    '{{ semverCompare .password "1.0.0" }}',
    '{{ mustToDate "2006" .password }}',
    '{{ mustDateModify .password now }}',
    '{{ dig .password "x" 1 .password }}',
    '{{ first .password }}',
    '{{ slice .password 1 2 }}',
    '{{ substr (int .number) -1 .password }}',
    '{{ template "nope" .password }}',
    '{{ .password.foo }}',
    '{{ call .password }}',
    '{{ div (int .number) 0 }}',
    '{{ repeat (int (print .number "000000")) .password }}',
    '{{ printf "%d" .password | until }}',
    '{{ htpasswd .username .password "sha" .password }}',
    '{{ bcrypt (print .password "\\xff") }}',
    '{{ filterPEM "CERTIFICATE" .password }}',
    '{{ filterCertChain "leaf" (print "-----BEGIN X-----\\n" (b64enc .password) "\\n-----END X-----\\n") }}',
    '{{ certSANs .password }}',
    '{{ jwkPublicKeyPem .password }}',
    '{{ jwkPrivateKeyPem (dict "kty" "RSA" "d" .password | toJson) }}',
    '{{ rsaDecrypt .password "" "" "" }}',
    '{{ rsaDecrypt "RSA-OAEP" .password .password .password }}',
    '{{ decryptAES .password .password }}',
    '{{ buildCustomCert .password .password }}',
    '{{ urlParse (print "http://h:" .password) }}',
    '{{ urlJoin (dict "host" (list .password)) }}',
    '{{ set (index (dict) "x") .password 1 }}',
    '{{ upper (list .password) }}',
    '{{ lt .password 1 }}',
    '{{ hasKey . .password }}',
    '{{ len (int .number) }}',
    '{{ with $x := .password }}{{ $x.y }}{{ end }}',
    '{{ until (int64 .number) }}',
  ]
  for (const template of templates) {
    const { message } = errorOf(template)
    assert.ok(!message.includes(SECRET), message)
    assert.ok(!message.includes('31337'), message)
  }
})

test('a secret source is not quoted in messages', () => {
  const rows: Readonly<Record<string, string>> = {
    'hunter2 {{ .nope }}': 'template: key:1:11: it names a key that the data lack',
    'x\n{{ "hunter2" | upper 1 }}': 'template: key:2:15: it cannot be executed with these data',
    '{{ hunter2 }}': 'template: key:1: it calls a function that does not exist or is refused',
    '{{ "hunter2" "': 'template: key:1: it does not parse',
    '{{ range 1000000000 }}hunter2{{ end }}': 'template: key:1:22: it is too costly',
  }
  for (const [text, message] of Object.entries(rows)) {
    const result = parseTemplate('key', text, { secretSource: true })
    if (result.is === 'refused') {
      assert.equal(result.error.message, message)
      continue
    }
    const rendered = result.template.render(DATA)
    assert.ok(rendered.is === 'failed')
    assert.equal(rendered.error.message, message)
  }
})

test('a source that is itself too long is refused', () => {
  assert.equal(errorOf('x'.repeat(1024 * 1024 + 1)).code, 'limit')
})

test('limits can be set tighter', () => {
  const template = parsed('{{ range until 100 }}x{{ end }}')
  assert.equal(textOf(template.render(DATA)).length, 100)
  const few = template.render(DATA, { budget: new Budget({ steps: 50, bytes: 1000, depth: 10 }) })
  assert.ok(few.is === 'failed')
  assert.equal(few.error.code, 'limit')
  const short = template.render(DATA, { budget: new Budget({ steps: 5000, bytes: 99, depth: 10 }) })
  assert.ok(short.is === 'failed')
  assert.equal(short.error.code, 'limit')
})
