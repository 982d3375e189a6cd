// This file is about testing that hosts go into and out of a docker config without anything else in it being touched.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { changedHosts, dropHosts, hostsFlaw, pickHosts, putHosts } from './config-hosts.ts'

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const OTHER = 'ghcr.io'
const entry = (password: string) => ({ username: 'AWS', password, auth: btoa(`AWS:${password}`) })
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const ours = (password = 'new', ...hosts: readonly string[]): Buffer =>
  json({ auths: Object.fromEntries([HOST, ...hosts].map((host) => [host, entry(password)])) })
const read = (value: Buffer): unknown => JSON.parse(value.toString())

describe('hosts put into a docker config', () => {
  const theirs = { username: 'me', password: 'p' }
  const rows: readonly (readonly [string, there: unknown, after: unknown])[] = [
    [
      'leave other hosts',
      { auths: { [OTHER]: theirs } },
      { auths: { [OTHER]: theirs, [HOST]: entry('new') } },
    ],
    [
      'leave other members',
      { credHelpers: { [OTHER]: 'gh' }, auths: {}, HttpHeaders: { a: 'b' } },
      { credHelpers: { [OTHER]: 'gh' }, auths: { [HOST]: entry('new') }, HttpHeaders: { a: 'b' } },
    ],
    [
      'come with auths where there are none',
      { credsStore: 'x' },
      { credsStore: 'x', auths: { [HOST]: entry('new') } },
    ],
    [
      'replace what was there of them',
      { auths: { [HOST]: { auth: 'old', email: 'e' } } },
      { auths: { [HOST]: entry('new') } },
    ],
    ...[`https://${HOST}`, `https://${HOST}/v1/`, `https://${HOST}/v2/`, `${HOST}/`, HOST.toUpperCase()].map(
      (spelling) =>
        [
          `take off ${spelling}`,
          { auths: { [spelling]: entry('old'), [OTHER]: theirs } },
          { auths: { [OTHER]: theirs, [HOST]: entry('new') } },
        ] as const,
    ),
    [
      'leave a path, a port and a host that only begin alike',
      { auths: { [`${HOST}/team`]: theirs, [`${HOST}:5000`]: theirs, [`${HOST}.cn`]: theirs } },
      {
        auths: {
          [`${HOST}/team`]: theirs,
          [`${HOST}:5000`]: theirs,
          [`${HOST}.cn`]: theirs,
          [HOST]: entry('new'),
        },
      },
    ],
  ]
  for (const [name, there, after] of rows) {
    it(name, () => assert.deepEqual(read(putHosts(json(there), ours())), after))
  }

  it('are all there is where nothing was', () => {
    assert.deepEqual(putHosts(undefined, ours()), ours())
  })

  it('leave numbers as they were spelled, and names that mean something to JavaScript', () => {
    const there = `{"n":12345678901234567890,"m":1.0,"__proto__":{"a":1},"auths":{"__proto__":{"auth":"x"}}}`
    const after = putHosts(Buffer.from(there), ours()).toString()
    assert.equal(after, `${there.slice(0, -2)},"${HOST}":${JSON.stringify(entry('new'))}}}`)
  })

  it('leave everything else, whatever it is, and put in twice are as put in once', () => {
    const auths = fc.dictionary(fc.domain(), fc.jsonValue())
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), auths, (others, foreign) => {
        const there = json({ ...others, auths: foreign })
        const after = putHosts(there, ours())
        assert.deepEqual(read(after), read(json({ ...others, auths: { ...foreign, [HOST]: entry('new') } })))
        assert.deepEqual(putHosts(after, ours()), after)
        assert.deepEqual(read(dropHosts(after, [HOST])), read(there))
      }),
    )
  })
})

describe('a value that hosts cannot be put into', () => {
  const rows: readonly (readonly [string, Buffer, RegExp | undefined])[] = [
    ['is no JSON', Buffer.from('wJalrXUtnFEMI'), /no JSON object/],
    ['is empty', Buffer.alloc(0), /no JSON object/],
    ['is a list', json([]), /no JSON object/],
    ['is null', json(null), /no JSON object/],
    ['is a number', Buffer.from('1e400'), /no JSON object/],
    ['has a list as auths', json({ auths: [] }), /"auths" is no object/],
    ['has null as auths', json({ auths: null }), /"auths" is no object/],
    ['has an endless number as auths', Buffer.from('{"auths":1e400}'), /"auths" is no object/],
    ['is no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /no JSON object/],
    ['begins with a byte order mark', Buffer.from('\ufeff{"auths":{}}'), /no JSON object/],
    ['is nested without end', Buffer.from(`{"x":${'['.repeat(1e5)}${']'.repeat(1e5)}}`), /no JSON object/],
    ['is not one without auths', json({}), undefined],
    ['is not one with auths', json({ auths: { a: {} } }), undefined],
  ]
  for (const [name, value, flaw] of rows) {
    it(name, () => {
      const found = hostsFlaw(value)
      if (flaw === undefined) assert.equal(found, undefined)
      else assert.match(found ?? '', flaw)
      assert.doesNotMatch(found ?? '', /wJalr/)
    })
  }
})

describe('hosts picked from a docker config', () => {
  it('read as they were put in, whoever has rewritten it since', () => {
    const put = putHosts(json({ auths: { [OTHER]: {} } }), ours('new', 'b.example'))
    const { auths } = read(put) as { auths: Record<string, Record<string, string>> }
    const shuffled = Object.entries(auths)
      .toReversed()
      .map(([host, members]) => [host, Object.fromEntries(Object.entries(members).toReversed())])
    assert.deepEqual(
      pickHosts(json({ auths: Object.fromEntries(shuffled), more: 1 }), [HOST, 'b.example']),
      ours('new', 'b.example'),
    )
  })

  it('come with every other spelling that somebody has added', () => {
    const there = json({ auths: { [`https://${HOST}`]: {}, ...(read(ours()) as { auths: object }).auths } })
    assert.deepEqual(read(pickHosts(there, [HOST])), {
      auths: { [HOST]: entry('new'), [`https://${HOST}`]: {} },
    })
  })

  it('are none where there is no docker config', () => {
    for (const value of ['', '[]', '{"auths":[]}']) {
      assert.deepEqual(read(pickHosts(Buffer.from(value), [HOST])), { auths: {} })
    }
  })
})

describe('hosts taken out of a docker config', () => {
  const dropped = (entries: Readonly<Record<string, unknown>>): unknown =>
    read(dropHosts(json({ auths: entries, more: 1 }), [HOST, 'b.example']))

  it('leave the rest', () => {
    assert.deepEqual(dropped({ [HOST]: entry('a'), [OTHER]: entry('b') }), {
      auths: { [OTHER]: entry('b') },
      more: 1,
    })
  })

  it('are known by the user in auth alone too', () => {
    assert.deepEqual(dropped({ [HOST]: { auth: btoa('AWS:x') } }), { auths: {}, more: 1 })
  })

  it('stay where somebody has put in a login of his own', () => {
    const mine = { [HOST]: { username: 'me', password: 'p' }, 'b.example': { auth: btoa('me:AWS') } }
    assert.deepEqual(dropped(mine), { auths: mine, more: 1 })
  })

  it('change nothing where there are none, or no docker config', () => {
    for (const value of [json({ auths: { [OTHER]: entry('b') } }), Buffer.from('no JSON'), json([])]) {
      assert.equal(dropHosts(value, [HOST]), value)
    }
  })
})

describe('hosts that differ', () => {
  it('are those added, changed or gone, by their bare name', () => {
    const before = json({
      auths: { 'https://A.example/v1/': {}, 'b.example': entry('1'), 'c.example': entry('1') },
    })
    const after = json({ auths: { 'b.example': entry('2'), 'c.example': entry('1'), 'd.example': {} } })
    assert.deepEqual([...changedHosts(before, after)].toSorted(), ['a.example', 'b.example', 'd.example'])
    assert.deepEqual([...changedHosts(undefined, ours())], [HOST])
  })
})
