// This file is about EcrIntegrations to test with, and a world around them.
import { instant } from '../../base/clock.ts'
import { type Ref, refKey } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'
import { ParsedTemplates } from '../../template/parsed-templates.ts'
import type { Looked, World } from '../dialect.ts'
import { integrationRef } from './lending.ts'

export const someTime = instant(Date.parse('2026-05-04T10:00:00Z'))

const plain = (ref: Ref): Resource => ({
  ref,
  apiVersion: ref.group === '' ? 'v1' : `${ref.group}/v1alpha1`,
  uid: `uid-of-${ref.name}`,
  resourceVersion: '7',
  generation: 3,
  createdAt: someTime,
  changedAt: someTime,
  labels: {},
  annotations: {},
  finalizers: [],
  statusWriters: [],
})

/** The operator's own identity, shared with nobody else. */
export const integrationSpec = { region: 'eu-west-1', auth: { ambient: {} } }

export const anIntegration = (changed: object = {}, rest: Partial<Resource> = {}): Resource => ({
  ...plain(integrationRef('ecr-prod')),
  spec: { ...integrationSpec, ...changed },
  ...rest,
})

export const aNamespace = (name: string, labels: Readonly<Record<string, string>> = {}): Resource => ({
  ...plain({ group: '', kind: 'Namespace', namespace: '', name }),
  labels,
})

export const aSecret = (namespace: string, name: string): Resource =>
  plain({ group: '', kind: 'Secret', namespace, name })

export const aUser = (namespace: string, name: string): Ref => ({
  group: 'everpull.dev',
  kind: 'RegistryLogin',
  namespace,
  name,
})

/** A world whose operator is "default" and lives in "everpull"; what is not named is absent. */
export function aWorld(there: readonly Resource[] = [], changed: Partial<World> = {}): World {
  const looked = new Map<string, Looked>(
    there.map((resource) => [refKey(resource.ref), { is: 'present', resource }]),
  )
  return {
    operatorNamespace: 'everpull',
    usersOf: () => [],
    runtime: 'default',
    ambientOpenTo: [],
    templates: new ParsedTemplates(),
    get: (ref) => looked.get(refKey(ref)) ?? { is: 'absent' },
    list: () => ({ is: 'listed', resources: [] }),
    ...changed,
  }
}
