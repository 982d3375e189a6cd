// This file is about what steps in pods have in common: the kubelet gives each pod a token of its service account.
import { quoted, type scriptVariables } from './login-script.ts'
import type { SnippetAsked } from './snippet.ts'

export const TOKEN_FOLDER = '/var/run/secrets/ecr-login'
/** Where logins are left for the other containers of the pod. */
export const CONFIG_FOLDER = '/ecr-login'
export const TOKEN_VOLUME = 'ecr-login-token'
export const CONFIG_VOLUME = 'ecr-login-config'
/** Any image with sh, curl and sed does. */
export const IMAGE = 'docker.io/curlimages/curl:8.11.1'

/** A token of the cluster the operator is in is reviewed by its API server. */
export const ISSUER = 'kubernetes'
export const ISSUER_HINT =
  'of another cluster it is what kubectl get --raw /.well-known/openid-configuration calls "issuer"'
export const SUBJECT = 'system:serviceaccount:<NAMESPACE>:<SERVICE-ACCOUNT>'

/** The account a subject means; undefined while it is open, or a pattern. */
export function accountIn(
  subject: string,
): { readonly namespace: string; readonly name: string } | undefined {
  const match = /^system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)$/.exec(subject)
  return match === null ? undefined : { namespace: match[1] ?? '', name: match[2] ?? '' }
}

/** Of the pod, two: the token, and what it is exchanged for. */
export const volumes = (asked: SnippetAsked): string => `volumes:
  - name: ${TOKEN_VOLUME}
    projected:
      sources:
        - serviceAccountToken:
            # Good for this audience alone, and for ten minutes; the kubelet renews it.
            audience: ${quoted(asked.rule.audience)}
            expirationSeconds: 600
            path: token
  - name: ${CONFIG_VOLUME}
    # Kept in memory, gone with the pod.
    emptyDir: { medium: Memory }`

export const environment = (variables: ReturnType<typeof scriptVariables>): string =>
  `env:\n${variables.map(([name, value]) => `  - { name: ${name}, value: ${quoted(value)} }`).join('\n')}`
