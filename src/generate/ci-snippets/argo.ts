// This file is about steps for Argo Workflows: a container that runs before the template's own logs in.
import {
  accountIn,
  CONFIG_FOLDER,
  CONFIG_VOLUME,
  environment,
  IMAGE,
  ISSUER,
  ISSUER_HINT,
  SUBJECT,
  TOKEN_FOLDER,
  TOKEN_VOLUME,
  volumes,
} from './cluster-pods.ts'
import { indented, loginScript, scriptVariables, tokenFrom } from './login-script.ts'
import type { SnippetAsked, SystemSteps } from './snippet.ts'

export const argo: SystemSteps = {
  system: 'argo',
  title: 'Argo Workflows',
  issuer: ISSUER,
  issuerHint: ISSUER_HINT,
  subject: SUBJECT,
  comment: '#',
  steps,
}

function steps(asked: SnippetAsked): string {
  const token = tokenFrom(`$(cat ${TOKEN_FOLDER}/token)`)
  const variables = [...scriptVariables(asked), ['DOCKER_CONFIG', CONFIG_FOLDER] as const]
  const account = accountIn(asked.rule.subject)
  return `apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata:
  name: build
spec:
  entrypoint: build
${account === undefined ? '' : `  # Whose token it is.\n  serviceAccountName: ${account.name}\n`}  templates:
    - name: build
      # It runs to its end before the container below starts, in the same pod.
      initContainers:
        - name: ecr-login
          image: ${IMAGE}
${indented(environment(variables), 10)}
          volumeMounts:
            # The token is mounted here alone.
            - { name: ${TOKEN_VOLUME}, mountPath: ${TOKEN_FOLDER}, readOnly: true }
            - { name: ${CONFIG_VOLUME}, mountPath: ${CONFIG_FOLDER} }
          command: [sh, -c]
          args:
            - |
${indented(loginScript(asked, token, { is: 'config-file' }), 14)}
      container:
        image: gcr.io/go-containerregistry/crane:debug
        env:
          # Where docker, crane, buildah and kaniko look for logins.
          - { name: DOCKER_CONFIG, value: ${CONFIG_FOLDER} }
        volumeMounts:
          - { name: ${CONFIG_VOLUME}, mountPath: ${CONFIG_FOLDER} }
        command: [sh, -c]
        args: ['test -s "$DOCKER_CONFIG/config.json"']
${indented(volumes(asked), 6)}
`
}
