// This file is about kinds of others that an operator works on, as far as rights to them go.
import type { ResourceType } from '../../../src/kube/resource.ts'

const definition = ({ group, version, plural, kind }: ResourceType) => ({
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural, kind },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
})

export const APPLICATION: ResourceType = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  plural: 'applications',
  kind: 'Application',
  namespaced: true,
}
export const SEALED_SECRET: ResourceType = {
  group: 'bitnami.com',
  version: 'v1alpha1',
  plural: 'sealedsecrets',
  kind: 'SealedSecret',
  namespaced: true,
}
export const APPLICATIONS = definition(APPLICATION)
export const SEALED_SECRETS = definition(SEALED_SECRET)
