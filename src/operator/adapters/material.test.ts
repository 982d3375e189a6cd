// This file is about who may share a login: identities that read alike to AWS, and nobody else.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import type { Endpoints } from '../../aws/endpoints.ts'
import { hours } from '../../base/duration.ts'
import { SecretText } from '../../base/secret-text.ts'
import type { RoleStep } from '../../model/identity.ts'
import { digestOf, type Material, SESSION_LIFE, SESSION_NAME } from './material.ts'

interface Asker {
  readonly material: Material
  readonly roles: readonly RoleStep[]
  readonly endpoints: Endpoints
}

/** Few texts, and those that one could be taken for another once they are joined: most pairs differ in one place. */
const text = fc.constantFrom(
  '',
  'a',
  'b',
  'a,b',
  'a"',
  '","',
  'null',
  '[]',
  '__proto__',
  'constructor',
  '\ud800',
)
const seconds = fc.constantFrom(hours(1), hours(2))
const secret = text.map((value) => new SecretText(value))

const material: fc.Arbitrary<Material> = fc.oneof(
  fc.record({ is: fc.constant('ambient' as const), fingerprint: text }),
  fc.record(
    { is: fc.constant('keys' as const), accessKeyId: secret, secretAccessKey: secret, sessionToken: secret },
    { requiredKeys: ['is', 'accessKeyId', 'secretAccessKey'] },
  ),
  fc.record({
    is: fc.constant('token-file' as const),
    roleArn: text,
    path: text,
    sessionName: text,
    namedBy: fc.constant('somebody'),
  }),
  fc.record(
    {
      is: fc.constant('service-account' as const),
      namespace: text,
      name: text,
      uid: text,
      audiences: fc.array(text, { maxLength: 2 }),
      roleArn: text,
      sessionName: text,
      duration: seconds,
      policy: text,
    },
    { requiredKeys: ['is', 'namespace', 'name', 'uid', 'audiences', 'roleArn', 'sessionName'] },
  ),
)

const tags = fc
  .array(fc.tuple(text, text), { maxLength: 2 })
  // Not by assignment: one of the keys would not become a member.
  .map((entries): Readonly<Record<string, string>> => Object.fromEntries(entries))

const role: fc.Arbitrary<RoleStep> = fc.record(
  { roleArn: text, externalId: text, sessionName: text, duration: seconds, policy: text, tags },
  { requiredKeys: ['roleArn'] },
)

const asker: fc.Arbitrary<Asker> = fc.record({
  material,
  roles: fc.array(role, { maxLength: 2 }),
  endpoints: fc.record({ sts: text, ecr: text }, { requiredKeys: [] }) as fc.Arbitrary<Endpoints>,
})

/** All that AWS learns of who asks, with its defaults written out, and secrets in the open. */
function plain({ material: from, roles, endpoints }: Asker): unknown {
  const { namedBy: _words, ...source } = { namedBy: undefined, ...from }
  const open = Object.entries(source).map(([key, value]) => [
    key,
    value instanceof SecretText ? value.reveal() : value,
  ])
  const defaults = from.is === 'service-account' ? { duration: SESSION_LIFE } : {}
  const steps = roles.map((step) => ({
    sessionName: SESSION_NAME,
    duration: SESSION_LIFE,
    tags: {},
    ...step,
  }))
  // Objects without a prototype are like any other.
  return structuredClone([{ ...defaults, ...Object.fromEntries(open) }, steps, endpoints])
}

const key = ({ material: from, roles, endpoints }: Asker): string => digestOf(from, roles, endpoints)

test('two who differ in any input of authentication never share a login, and two who do not always do', () => {
  fc.assert(
    fc.property(asker, asker, (one, other) => {
      assert.equal(key(one) === key(other), isDeepStrictEqual(plain(one), plain(other)))
    }),
    { numRuns: 3000 },
  )
})

/** The same asker with one thing about them changed. */
const changes: Readonly<Record<string, (asked: Asker) => Asker>> = {
  'another role on top': (asked) => ({ ...asked, roles: [...asked.roles, { roleArn: 'another' }] }),
  'another external id': (asked) => lastRole(asked, { externalId: 'another' }),
  'another session name': (asked) => lastRole(asked, { sessionName: 'another' }),
  'another session policy': (asked) => lastRole(asked, { policy: 'another' }),
  'another tag': (asked) => lastRole(asked, { tags: { another: 'tag' } }),
  'another duration': (asked) => lastRole(asked, { duration: hours(7) }),
  'another endpoint': (asked) => ({ ...asked, endpoints: { ...asked.endpoints, sts: 'another' } }),
  'another secret': (asked) => ({ ...asked, material: otherSecret(asked.material) }),
  'a session token': (asked) =>
    asked.material.is === 'keys'
      ? { ...asked, material: { ...asked.material, sessionToken: new SecretText('another') } }
      : { ...asked, material: otherSecret(asked.material) },
}

function lastRole({ roles, ...asked }: Asker, change: Partial<RoleStep>): Asker {
  const last = roles.at(-1) ?? { roleArn: 'r' }
  return { ...asked, roles: [...roles.slice(0, -1), { ...last, ...change }] }
}

function otherSecret(from: Material): Material {
  switch (from.is) {
    case 'keys':
      return { ...from, secretAccessKey: new SecretText('another') }
    case 'service-account':
      return { ...from, uid: 'another' }
    case 'ambient':
      return { ...from, fingerprint: 'another' }
    case 'token-file':
      return { ...from, path: 'another' }
  }
}

for (const [what, change] of Object.entries(changes)) {
  test(`${what} makes another of whoever asks`, () => {
    fc.assert(fc.property(asker, (asked) => assert.notEqual(key(change(asked)), key(asked))))
  })
}
