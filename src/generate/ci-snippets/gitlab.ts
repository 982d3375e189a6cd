// This file is about steps for GitLab CI: a job that says `id_tokens` finds a token in its environment.
import { indented, loginScript, quoted, scriptVariables, tokenFrom } from './login-script.ts'
import type { SnippetAsked, SystemSteps } from './snippet.ts'

export const gitlab: SystemSteps = {
  system: 'gitlab',
  title: 'GitLab CI',
  issuer: 'https://gitlab.com',
  issuerHint: 'of a GitLab of your own it is its URL',
  subject: 'project_path:<GROUP>/<PROJECT>:ref_type:branch:ref:main',
  comment: '#',
  steps,
}

function steps(asked: SnippetAsked): string {
  return `# Jobs that extend this one are logged in when their own script begins.
.ecr-login:
  id_tokens:
    # GitLab puts a token for this audience into the variable of this name.
    ECR_LOGIN_TOKEN:
      aud: ${quoted(asked.rule.audience)}
  variables:
${scriptVariables(asked)
  .map(([name, value]) => `    ${name}: ${quoted(value)}`)
  .join('\n')}
  before_script:
    # The image docker:cli has no curl of its own.
    - command -v curl >/dev/null || apk add --no-cache curl
    - |
      # In a shell of its own: what is set here is not set in the job's own script.
      (
${indented(loginScript(asked, tokenFrom('$ECR_LOGIN_TOKEN'), { is: 'docker-login' }), 8)}
      )

build:
  extends: .ecr-login
  image: docker:cli
  services: [docker:dind]
  script:
    - docker info
`
}
