// This file is about steps for GitHub Actions: the job asks GitHub for a token that says which repository and branch it is of.
import { indented, loginScript, quoted, scriptVariables } from './login-script.ts'
import type { SnippetAsked, SystemSteps } from './snippet.ts'

export const github: SystemSteps = {
  system: 'github',
  title: 'GitHub Actions',
  issuer: 'https://token.actions.githubusercontent.com',
  issuerHint: 'of GitHub Enterprise Server it is https://HOST/_services/token',
  subject: 'repo:<OWNER>/<REPOSITORY>:ref:refs/heads/main',
  comment: '#',
  steps,
}

const TOKEN = `# GitHub gives a token to whoever shows what it put into this job's environment.
asked=$(printf 'Authorization: Bearer %s' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" |
  curl --silent --show-error --fail-with-body --connect-timeout 10 --max-time 30 --retry 3 \\
    --header @- --get --data-urlencode "audience=$AUDIENCE" "$ACTIONS_ID_TOKEN_REQUEST_URL") || {
  printf 'no token from GitHub: %s\\n' "$asked" >&2
  exit 1
}
token=$(printf '%s\\n' "$asked" | field value)
[ -n "$token" ] || { echo 'GitHub gave no token: the job needs "id-token: write"' >&2; exit 1; }
# What is masked shows as *** in the log, wherever it turns up.
echo "::add-mask::$token"`

function steps(asked: SnippetAsked): string {
  const variables = [...scriptVariables(asked), ['AUDIENCE', asked.rule.audience] as const]
  return `name: build
on:
  push:
    branches: [main]
permissions:
  contents: read
  # Lets the job ask for a token that says what it is; it allows nothing else.
  id-token: write
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - name: Log in to Amazon ECR as ${asked.integration}
        shell: sh
        env:
${variables.map(([name, value]) => `          ${name}: ${quoted(value)}`).join('\n')}
        run: |
${indented(loginScript(asked, TOKEN, { is: 'docker-login', mask: true }), 10)}
      # From here on docker is logged in.
`
}
