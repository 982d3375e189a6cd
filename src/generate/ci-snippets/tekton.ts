// This file is about steps for Tekton: the first step of a Task logs in, and the others find the login.
import {
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

export const tekton: SystemSteps = {
  system: 'tekton',
  title: 'Tekton',
  issuer: ISSUER,
  issuerHint: ISSUER_HINT,
  subject: SUBJECT,
  comment: '#',
  steps,
}

function steps(asked: SnippetAsked): string {
  const script = `#!/bin/sh\n${loginScript(asked, tokenFrom(`$(cat ${TOKEN_FOLDER}/token)`), { is: 'config-file' })}`
  return `apiVersion: tekton.dev/v1
kind: Task
metadata:
  name: build
spec:
  # For every step: where docker, crane, buildah and kaniko look for logins.
  stepTemplate:
    env:
      - { name: DOCKER_CONFIG, value: ${CONFIG_FOLDER} }
    volumeMounts:
      - { name: ${CONFIG_VOLUME}, mountPath: ${CONFIG_FOLDER} }
  steps:
    - name: ecr-login
      image: ${IMAGE}
${indented(environment(scriptVariables(asked)), 6)}
      # The token is mounted here and in no other step.
      volumeMounts:
        - { name: ${TOKEN_VOLUME}, mountPath: ${TOKEN_FOLDER}, readOnly: true }
      script: |
${indented(script, 8)}
    # From here on every step is logged in.
    - name: use
      image: gcr.io/go-containerregistry/crane:debug
      script: |
        #!/busybox/sh
        test -s "$DOCKER_CONFIG/config.json"
${indented(volumes(asked), 2)}
`
}
