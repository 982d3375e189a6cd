// This file is about EcrIntegrations to test with, and a world around them.
import type { Ref } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'
import type { World } from '../dialect.ts'
import { aWorld as aBareWorld, aResource } from '../fixtures/world.ts'
import { integrationRef } from './lending.ts'

/** The operator's own identity, shared with nobody else. */
export const integrationSpec = { region: 'eu-west-1', auth: { ambient: {} } }

export const anIntegration = (changed: object = {}, rest: Partial<Resource> = {}): Resource => ({
  ...aResource(integrationRef('ecr-prod')),
  spec: { ...integrationSpec, ...changed },
  ...rest,
})

export const aNamespace = (name: string, labels: Readonly<Record<string, string>> = {}): Resource => ({
  ...aResource({ group: '', kind: 'Namespace', namespace: '', name }),
  labels,
})

export const aSecret = (namespace: string, name: string): Resource =>
  aResource({ group: '', kind: 'Secret', namespace, name })

export const aUser = (namespace: string, name: string): Ref => ({
  group: 'everpull.dev',
  kind: 'RegistryLogin',
  namespace,
  name,
})

/** Where the operator's own identity is nobody's to use but through an integration. */
export const aWorld = (there: readonly Resource[] = [], rest: Partial<World> = {}): World =>
  aBareWorld(there, { ambientOpenTo: [], ...rest })
