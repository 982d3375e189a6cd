// This file is about the right that the token endpoint takes beside those of the operator.
import type { Grant } from './access.ts'

/** Given with `--token-endpoint` only. No name and no namespace can narrow the right to have tokens reviewed. */
export const tokenEndpointGrants = (isAsked: boolean | undefined): readonly Grant[] =>
  isAsked === true
    ? [
        {
          role: 'token-endpoint',
          feature: 'token-reviews',
          group: 'authentication.k8s.io',
          resources: ['tokenreviews'],
          verbs: ['create'],
        },
      ]
    : []
