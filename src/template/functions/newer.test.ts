// This file is about functions that only newer or older releases of the original have, where none of its answers is at hand.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { compareSync } from 'bcryptjs'
import { renderOffline } from '../offline.ts'

const vectors = readFileSync(new URL('../fixtures/function-vectors.jsonl', import.meta.url), 'utf8')
const { data } = JSON.parse(vectors.slice(0, vectors.indexOf('\n'))) as { data: Record<string, string> }
const render = (template: string): string => {
  const result = renderOffline({ data, template })
  return 'out' in result ? result.out : `error: ${result.err}`
}

const ROWS: readonly (readonly [what: string, template: string, out: string | RegExp])[] = [
  [
    'names in the order DNS, IP, mail, URI',
    '{{ certSANs .leaf }}',
    '[a.example *.b.example 10.0.0.1 2001:db8::1 x@y.z spiffe://c/ns/a?x=1]',
  ],
  ['a list of strings', '{{ certSANs .leaf | typeOf }} {{ certSANs .leaf | join "," | len }}', '[]string 68'],
  ['the first certificate alone', '{{ certSANs (print .root .leaf) | len }}', '0'],
  ['no certificate', '{{ certSANs .key }}', /^error: .*x509: malformed certificate$/],
  ['no PEM', '{{ certSANs "x" }}', /^error: .*failed to decode PEM block$/],
  ['bytes out of hexadecimal digits', '{{ hexdec "48694f" }}|{{ hexdec "C3a9" }}|{{ hexdec "" }}', 'HiO|é|'],
  ['an odd number of digits is the answer', '{{ hexdec "486" }}', 'encoding/hex: odd length hex string'],
  ['a digit that is none is the answer', '{{ hexdec "4g" }}', "encoding/hex: invalid byte: U+0067 'g'"],
  [
    'the first bad digit wins over the length',
    '{{ hexdec "4 1" }}',
    "encoding/hex: invalid byte: U+0020 ' '",
  ],
  [
    'an htpasswd line by SHA-1',
    '{{ htpasswd "u" "myPassword" "sha" }}',
    'u:{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=',
  ],
  ['a colon in the user is the answer', '{{ htpasswd "u:v" "p" "sha" }}', 'invalid username: u:v'],
  [
    'an htpasswd line has a hash by bcrypt with any other algorithm',
    '{{ htpasswd "u" "p" "x" }}',
    /^u:\$2a\$10\$[./A-Za-z0-9]{53}$/,
  ],
  ['and with none, as older releases have it', '{{ htpasswd "u" "p" }}', /^u:\$2a\$10\$[./A-Za-z0-9]{53}$/],
  [
    'four arguments are too many',
    '{{ htpasswd "u" "p" "sha" "x" }}',
    /^error: .*wrong number of args for htpasswd/,
  ],
  [
    'a password that bcrypt would cut is the answer',
    '{{ bcrypt (repeat 73 "x") }}',
    'failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes',
  ],
]

for (const [what, template, out] of ROWS) {
  test(`it gives what newer releases give: ${what}`, () => {
    const rendered = render(template)
    if (typeof out === 'string') assert.equal(rendered, out)
    else assert.match(rendered, out)
  })
}

test('a bcrypt hash is one of the password, with a salt of its own', () => {
  const [first = '', second = ''] = render('{{ bcrypt "pässword" }} {{ bcrypt "pässword" }}').split(' ')
  assert.notEqual(first, second)
  assert.ok(compareSync('pässword', first))
  assert.ok(!compareSync('password', first))
})
