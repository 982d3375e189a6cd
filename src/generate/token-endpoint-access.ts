// This file is about the right that the token endpoint takes beside those of the operator.

/** Given with `--token-endpoint` only. No name and no namespace can narrow the right to have tokens reviewed. */
export const tokenEndpointGrants = (isAsked: boolean | undefined) =>
  isAsked === true
    ? [
        {
          role: 'token-endpoint' as const,
          group: 'authentication.k8s.io',
          resources: ['tokenreviews'],
          verbs: ['create' as const],
          neededFor:
            'have tokens of service accounts reviewed that ask the token endpoint for logins; given with --token-endpoint only',
        },
      ]
    : []
