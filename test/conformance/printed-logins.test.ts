// This file is about the logins among the examples: each is an order once what it names is there.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { everpull } from '../../src/dialects/everpull/dialect.ts'
import { aResource } from '../../src/dialects/fixtures/world.ts'
import { aServiceAccount, aWorld, shareOf } from '../../src/dialects/everpull/fixtures/resources.ts'
import { GROUP, REGISTRY_LOGIN } from '../../src/dialects/everpull/kinds.ts'
import type { World } from '../../src/dialects/dialect.ts'
import { printedExamples } from '../support/printed-examples.ts'

/** Whatever is named is there; an integration is lent to everybody, with a role that can be narrowed. */
const WORLD: World = aWorld([], {
  get: (ref) => ({
    is: 'present',
    resource:
      ref.kind === 'ServiceAccount'
        ? { ...aServiceAccount(ref.name), ref }
        : aResource(ref, {
            spec: {
              region: 'eu-west-1',
              auth: { iamRole: { roleArn: 'arn:aws:iam::123456789012:role/ecr' } },
              allowedRoles: ['arn:aws:iam::*:role/*'],
              sharing: { namespaces: { names: ['*'] } },
            },
          }),
  }),
})

describe('it is an order,', () => {
  for (const { where, manifests } of printedExamples()) {
    for (const { apiVersion, kind, metadata, spec } of manifests) {
      if (apiVersion !== `${GROUP}/v1alpha1` || !kind.endsWith('RegistryLogin')) continue
      test(`${kind} ${metadata.name} of ${where}, without a warning`, () => {
        const { namespace = 'default', name } = metadata
        const asked = aResource({ group: GROUP, kind, namespace, name }, { apiVersion, spec })
        const isCluster = kind !== REGISTRY_LOGIN.kind
        const translation = everpull.translate(isCluster ? shareOf(asked, 'team-a') : asked, WORLD)
        assert.ok(translation.is === 'order', JSON.stringify(translation))
        assert.ok(translation.deliveries.length > 0)
        assert.deepEqual(translation.warnings, [])
      })
    }
  }
})
