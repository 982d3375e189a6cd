// This file is about reading RBAC rules as the API server does.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Access, AccessRule } from './access-review.ts'
import { allowedBy } from './access-review.ts'

const secrets: Access = { verb: 'get', group: '', resource: 'secrets' }
const token: Access = {
  ...secrets,
  verb: 'create',
  resource: 'serviceaccounts',
  subresource: 'token',
  name: 'a',
}

const rows: readonly (readonly [string, AccessRule, Access, boolean])[] = [
  ['a rule that names all of it', { verbs: ['get'], apiGroups: [''], resources: ['secrets'] }, secrets, true],
  ['another verb', { verbs: ['list'], apiGroups: [''], resources: ['secrets'] }, secrets, false],
  ['another group', { verbs: ['get'], apiGroups: ['apps'], resources: ['secrets'] }, secrets, false],
  ['stars', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, secrets, true],
  ['no resources at all', { verbs: ['get'] }, secrets, false],
  [
    'names, and none is asked for',
    { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a'] },
    secrets,
    false,
  ],
  [
    'empty names',
    { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: [] },
    secrets,
    true,
  ],
  [
    'the name asked for',
    { verbs: ['create'], apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: ['a'] },
    token,
    true,
  ],
  [
    'the resource without its subresource',
    { verbs: ['create'], apiGroups: [''], resources: ['serviceaccounts'] },
    token,
    false,
  ],
  [
    'the subresource of anything',
    { verbs: ['create'], apiGroups: [''], resources: ['*/token'] },
    token,
    true,
  ],
]

for (const [name, rule, access, expected] of rows) {
  test(`${name}: ${expected ? 'allowed' : 'not allowed'}`, () =>
    assert.equal(allowedBy([rule], access), expected))
}
