// This file is about random values as templates write them: texts, numbers, patterns, layouts, documents.
import type { Random } from '../../src/base/random.ts'
import { LITERALS } from './words.ts'

const PIECES = [
  'a',
  'b',
  'x',
  'Foo',
  'bar',
  'HTTP',
  'Server',
  'hello',
  'k',
  'one two',
  'AWS',
  'eyJ',
  '0',
  '7',
  '42',
  '2xx',
  '1.5',
  '-3',
  '1e3',
  ' ',
  '  ',
  '\t',
  '\n',
  '\r\n',
  '-',
  '_',
  '.',
  '/',
  '//',
  '..',
  ',',
  ':',
  ';',
  '=',
  '==',
  '+',
  '%',
  '%s',
  '%41',
  '"',
  '\\',
  "'",
  '`',
  '<',
  '>',
  '&',
  '?',
  '#',
  '@',
  '|',
  '*',
  '$',
  '$1',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  '{{',
  '}}',
  '~',
  '!',
  '^',
  '\0',
  '\x07',
  '\x7f',
  'é',
  'É',
  '→',
  '🎉',
  'ß',
  'ſ',
  'İ',
  'ı',
  'ǆ',
  'ǅ',
  'Σ',
  'ς',
  '中',
  'ü',
  'e\u0301',
  '\u00a0',
  '\u0085',
  '\u2028',
  '\u200b',
  '\ufeff',
  '\ufffd',
  '٣',
  'Ⅷ',
  '²',
] as const
/** Bytes that are no UTF-8, as escapes of a template's string. */
const BROKEN = ['\\xff', '\\xc3', '\\xa0', '\\x85', '\\xe2\\x82', '\\xed\\xa0\\x80', '\\xf0\\x9f'] as const

const ESCAPED: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/** A text as a string literal in double quotes. */
const quoted = (text: string): string =>
  `"${text.replaceAll(/["\\\n\r\t]/g, (c) => ESCAPED[c] ?? c).replaceAll(/[\0-\x1f\x7f\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`

/** A document as a literal: raw where it can be. */
const written = (text: string): string => (/[`\r\0\ufeff]/.test(text) ? quoted(text) : `\`${text}\``)

export class Literals {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)]
    if (picked === undefined) throw new Error('nothing to pick from')
    return picked
  }

  chance(share: number): boolean {
    return this.#random() < share
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  /** A literal of a kind: mostly one of those that are known to matter, else one nobody thought of. */
  of(kind: string): string {
    const known = LITERALS[kind]
    const invent = this.#inventions[kind]
    if (invent !== undefined && (known === undefined || this.chance(0.35))) return invent()
    return this.pick(known ?? LITERALS['any'] ?? [])
  }

  readonly #inventions: Readonly<Record<string, () => string>> = {
    string: () => this.#string(),
    int: () => this.#integer(),
    float: () => this.#float(),
    format: () => quoted(this.#format()),
    regex: () => quoted(this.#regex(2)),
    replacement: () =>
      quoted(
        this.#several(4, [
          '$1',
          '${1}',
          '$0',
          '$$',
          '$',
          '${n}',
          '$n',
          '$1a',
          '${',
          '}',
          'x',
          '-',
          'é',
          '\\',
          '$10',
          '${2}',
        ]),
      ),
    layout: () => quoted(this.#several(6, LAYOUT)),
    time: () => quoted(this.#time()),
    duration: () => quoted(this.#several(3, DURATION)),
    version: () => quoted(this.#version()),
    constraint: () => quoted(this.#constraint()),
    path: () =>
      quoted(this.#several(6, ['a', 'b.txt', '.', '..', '/', '//', 'c.tar.gz', 'é', ' ', '.hidden'])),
    json: () => written(this.#spoilt(this.#json(3))),
    base64: () => quoted(this.#spoilt(Buffer.from(this.#text()).toString('base64'))),
    base32: () =>
      quoted(
        this.#spoilt(
          this.#several(4, ['MFRGG', 'MZXW6YTB', 'AE', '=', '==', '====', '======', 'A', '\n', 'a']),
        ),
      ),
    hex: () => quoted(this.#spoilt(Buffer.from(this.#text()).toString('hex'))),
    url: () => quoted(this.#url()),
    // Not spoilt: how much broken YAML is still read differs from one parser to the next.
    yaml: () => written(this.#yaml(0)),
    list: () => `(list ${Array.from({ length: this.below(5) }, () => this.of('scalar')).join(' ')})`,
    dict: () =>
      `(dict ${Array.from({ length: this.below(4) }, () => `${this.of('key')} ${this.of('scalar')}`).join(' ')})`,
    scalar: () => this.of(this.pick(['string', 'int', 'float', 'bool', 'int64'])),
  }

  #several(most: number, from: readonly string[]): string {
    return Array.from({ length: 1 + this.below(most) }, () => this.pick(from)).join('')
  }

  #text(): string {
    return Array.from({ length: this.below(6) }, () => this.pick(PIECES)).join('')
  }

  #string(): string {
    const text = this.#text()
    if (this.chance(0.15) && !/[`\0\x07\ufeff]/.test(text)) return `\`${text}\``
    if (this.chance(0.06))
      return `"${this.pick(['a', '', 'é', ' '])}${this.pick(BROKEN)}${this.pick(['', 'b', ' ', 'é'])}"`
    return quoted(text)
  }

  #integer(): string {
    return this.chance(0.2)
      ? this.pick([
          '9223372036854775807',
          '-9223372036854775808',
          '18446744073709551615',
          '4294967296',
          '2147483648',
          '65536',
          '1_000',
          '0o17',
          '0X1f',
          '0x_F',
          "'\\n'",
          "'é'",
          "'\\''",
          '1e2',
          '+3',
          '08',
          '0xg',
          '2i',
        ])
      : String(this.below(2 ** this.below(24)) * (this.chance(0.2) ? -1 : 1))
  }

  #float(): string {
    if (this.chance(0.2))
      return this.pick([
        '1e100',
        '5e-324',
        '.5',
        '1.',
        '0x1p-2',
        '1e-5',
        '0.1',
        '1e5',
        '123456.789',
        '1e20',
        '1e6',
        '999999.5',
        '-0.0',
        '1_0.5',
        '1.5i',
      ])
    return `${this.chance(0.2) ? '-' : ''}${this.below(10 ** this.below(7))}.${this.below(10 ** this.below(5))}`
  }

  #format(): string {
    const fields = Array.from({ length: 1 + this.below(3) }, () => {
      const flags = this.chance(0.5) ? '' : this.#several(2, ['+', '-', '#', ' ', '0'])
      const width = this.chance(0.6) ? '' : this.pick(['1', '3', '8', '12', '*', '[1]*', '[2]'])
      const precision = this.chance(0.7)
        ? ''
        : this.pick(['.', '.0', '.1', '.3', '.10', '.*', '.[1]*', '.-1'])
      const index = this.chance(0.93) ? '' : this.pick(['[1]', '[2]', '[3]', '[0]', '[x]', '['])
      return `${this.pick(['', '', '|', 'a ', 'é'])}%${flags}${width}${precision}${index}${this.pick([...VERBS, 'é', ''])}`
    })
    return fields.join('')
  }

  #regex(depth: number): string {
    const atoms = [
      'a',
      'b',
      'x',
      'l',
      '.',
      '[a-z]',
      '[^a-z0-9]',
      '\\d',
      '\\D',
      '\\w',
      '\\W',
      '\\s',
      '\\S',
      '\\b',
      '\\B',
      '^',
      '$',
      '\\A',
      '\\z',
      '\\.',
      '\\pL',
      '\\p{Greek}',
      '\\PL',
      '[[:alpha:]]',
      '[[:^digit:]]',
      '[\\pL-]',
      '\\x41',
      '\\Q.*\\E',
      'é',
      '[é→]',
      '(?i)',
      '(?s)',
      '(?m)',
      '(?U)',
      '\\C',
      '\\1',
      '(?=a)',
      '[b-a]',
      '\\n',
    ]
    const several = Array.from({ length: 1 + this.below(3) }, () => {
      const group = depth > 0 && this.chance(0.3)
      const atom = group
        ? `${this.pick(['(', '(?:', '(?P<n>', '(?i:', '(?<m>', '((?s)'])}${this.#regex(depth - 1)})`
        : this.pick(atoms)
      const closed = atom.startsWith('((') ? `${atom})` : atom
      return (
        closed +
        (this.chance(0.6)
          ? ''
          : this.pick(['*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{0,}', '{,2}', '**', '{3,1}']))
      )
    })
    return several.join(this.pick(['', '', '', '|']))
  }

  #time(): string {
    const two = (limit: number): string => String(this.below(limit)).padStart(2, '0')
    const day = `${1970 + this.below(80)}-${two(14)}-${two(33)}`
    const clock = `${two(25)}:${two(61)}:${two(61)}`
    const zone = this.pick(['Z', '+02:00', '-0730', ' UTC', ' CET', ' PST', '+00:00', ''])
    return this.pick([
      day,
      `${day} ${clock}`,
      `${day}T${clock}${zone}`,
      `${day}T${clock}.${this.below(1e9)}${zone}`,
      clock,
      `${this.pick(['Mon', 'Friday', 'mon', 'Fr'])} ${this.pick(['Jan', 'February', 'may', '13'])} ${this.below(40)} ${clock} ${this.pick(['2024', '24', '99'])}`,
    ])
  }

  #version(): string {
    const n = (): string =>
      this.pick(
        ['0', '1', '2', '3', '10', '01', 'x', '99999999999999999999'].slice(0, this.chance(0.9) ? 5 : 8),
      )
    const core = Array.from({ length: this.chance(0.85) ? 3 : 1 + this.below(4) }, n).join('.')
    const pre = this.chance(0.7)
      ? ''
      : `-${this.pick(['alpha', 'rc.1', 'rc.10', '0', '01', 'a-b', '', 'x.7.z.92'])}`
    return `${this.pick(['', '', '', 'v', 'V', ' '])}${core}${pre}${this.chance(0.9) ? '' : this.pick(['+build', '+', '+a.b-c', '+ä'])}`
  }

  #constraint(): string {
    const term = (): string => {
      const op = this.pick([
        '',
        '=',
        '!=',
        '>',
        '<',
        '>=',
        '=>',
        '<=',
        '=<',
        '~',
        '~>',
        '^',
        '==',
        '> ',
        '^ ',
      ])
      const wild = this.chance(0.15)
        ? this.pick(['*', '1.x', '1.2.X', 'x', '1.*', 'x.1', ''])
        : this.#version()
      return op + wild
    }
    const terms = Array.from({ length: 1 + this.below(3) }, term)
    return terms.join(this.pick([' ', ', ', ',', ' || ', '||', ' - ']))
  }

  #json(depth: number): string {
    const scalars = [
      'null',
      'true',
      'false',
      '0',
      '-1',
      '1.5',
      '1e3',
      '12345678',
      '1E400',
      '-0',
      '0.1e-7',
      '""',
      '"a"',
      '"é"',
      '"\\u00e9\\n"',
      '"\\ud83c\\udf89"',
      '"\\ud83c"',
      '"<&>"',
      '"\u2028"',
      '9007199254740993',
      '1e21',
      '123456789012345678901234567890',
    ]
    if (depth === 0 || this.chance(0.5)) return this.pick(scalars)
    const space = this.pick(['', '', ' ', '\n  '])
    const members = Array.from({ length: this.below(4) }, () => this.#json(depth - 1))
    if (this.chance(0.4)) return `[${space}${members.join(`,${space}`)}${space}]`
    const key = (): string => this.pick(['"a"', '"b"', '"k"', '"é"', '""', '"n"', '"__proto__"', '"\\u0061"'])
    return `{${space}${members.map((member) => `${key()}:${space}${member}`).join(`,${space}`)}}`
  }

  #yaml(depth: number): string {
    const indent = '  '.repeat(depth)
    const value = (): string => {
      const r = this.below(10)
      if (depth < 2 && r < 2) return `\n${this.#yaml(depth + 1)}`
      if (depth < 2 && r === 2) return `\n${indent}- ${this.pick(SCALARS)}\n${indent}- ${this.pick(SCALARS)}`
      // On one line: the YAML library reads no brackets that close left of the block they stand in, as Go's does.
      if (r === 3) return ` ${this.#json(2).replaceAll(/\n */g, ' ')}`
      return ` ${this.pick(SCALARS)}`
    }
    const entries = Array.from(
      { length: 1 + this.below(3) },
      () => `${indent}${this.pick(['a', 'b', 'k', 'n', '"q"', 'é', '1', 'true'])}:${value()}`,
    )
    return entries.join('\n')
  }

  #url(): string {
    const part = (share: number, make: () => string): string => (this.chance(share) ? make() : '')
    const scheme = part(0.8, () =>
      this.pick(['https://', 'http://', 'oci://', '//', 'mailto:', 'HTTP://', '1x://', ':', 'a+b.c-d://']),
    )
    const user = part(0.25, () =>
      this.pick(['u@', 'u:p@', 'u:p:q@', 'ü@', 'u%40:p%2f@', '@', 'a b@', ':@', '%zz@']),
    )
    const host = part(0.85, () =>
      this.pick([
        'example.com',
        '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
        'h:80',
        'h:',
        'h:x',
        '[::1]',
        '[::1]:443',
        '[fe80::1%25en0]',
        '[::1',
        'é.com',
        'a b',
        'h%20x',
        '%41',
        '127.0.0.1:5000',
        'h<i>',
      ]),
    )
    const path = part(0.6, () =>
      this.#several(4, [
        '/',
        'a',
        'b%20c',
        '%2F',
        'é',
        '..',
        ' ',
        '%zz',
        ':',
        '*',
        ';x',
        '=',
        '+',
        '\\',
        '"',
        '//',
      ]),
    )
    const query = part(
      0.4,
      () => `?${this.#several(3, ['a=1', '&', 'b=%zz', 'é', ' ', '', '?', '"', '%41'])}`,
    )
    const fragment = part(
      0.3,
      () => `#${this.#several(3, ['f', '%20', 'é', ' ', '%zz', '#', '', '<', '%41'])}`,
    )
    return scheme + user + host + path + query + fragment + part(0.02, () => this.pick(['\x7f', '\n', '\0']))
  }

  /** Sometimes one character is gone, doubled or another. */
  #spoilt(text: string): string {
    if (this.chance(0.75) || text === '') return text
    const at = this.below(text.length)
    return (
      text.slice(0, at) +
      this.pick(['', text.charAt(at).repeat(2), '=', ',', ' ', '"', 'é', '\n']) +
      text.slice(at + 1)
    )
  }

  /** A template with one character changed: the lexer and the parser meet what nobody writes on purpose. */
  mutated(template: string): string {
    const at = this.below(template.length + 1)
    const to = at + this.below(3)
    return (
      template.slice(0, at) +
      this.pick([
        '',
        '',
        '{',
        '}',
        '(',
        ')',
        '"',
        '`',
        "'",
        '|',
        '.',
        ' ',
        '$',
        '-',
        ',',
        '=',
        ':=',
        '\n',
        'é',
        '/*',
        '*/',
        '{{',
        '}}',
        '{{-',
        '-}}',
        '0',
        'x',
        '\\',
      ]) +
      template.slice(to)
    )
  }
}

const VERBS = Array.from('vvvvsssdddqqxXeEfFgGtbcoOUTp%!z')
const SCALARS = [
  '1',
  '0x1f',
  '0o17',
  '017',
  '1.5',
  '1e3',
  '.inf',
  'true',
  'no',
  'Off',
  '~',
  'null',
  '',
  'text',
  "'it''s'",
  '"x\\ty"',
  'a b # c',
  '2024-02-29',
  '{x: 1}',
  '[a, b]',
  '|\n        t',
  '>-\n        u\n        v',
  '-1',
  '+2',
  '1_000',
  'é',
  '""',
  '&x y',
  '!!str 5',
  '<<',
  '12345678901234567890',
]
const LAYOUT = [
  '2006',
  '06',
  '01',
  '1',
  'Jan',
  'January',
  '02',
  '2',
  '_2',
  '002',
  '__2',
  'Mon',
  'Monday',
  '15',
  '03',
  '3',
  '04',
  '4',
  '05',
  '5',
  '.000',
  ',000',
  '.999',
  '.000000000',
  '.0',
  '.9',
  'PM',
  'pm',
  'MST',
  'Z0700',
  'Z07:00',
  'Z07',
  '-0700',
  '-07:00',
  '-07',
  '-07:00:00',
  'Z070000',
  ' ',
  '-',
  ':',
  '/',
  'T',
  'é',
  'x',
  '12',
  '0',
  'Janu',
  '_',
  '.',
  'Z',
]
const DURATION = [
  '1h',
  '90m',
  '25h',
  '1.5s',
  '10ms',
  '3us',
  '2µs',
  '7ns',
  '-',
  '+',
  '5',
  'x',
  '0',
  '0.5h',
  '.5m',
  '1e3s',
  ' ',
  '9999999h',
  '3d',
  '1h1h',
  '1.',
  '.s',
  '2562047h47m16s',
]
