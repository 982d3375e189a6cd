// This file is about steps for Jenkins: its OpenID Connect Provider plugin gives tokens as credentials.
import { indented, loginScript, scriptVariables, tokenFrom } from './login-script.ts'
import type { SnippetAsked, SystemSteps } from './snippet.ts'

export const jenkins: SystemSteps = {
  system: 'jenkins',
  title: 'Jenkins',
  issuerHint: 'Jenkins shows it at the credential, under Update; mostly it is https://HOST/oidc',
  subject: 'https://<HOST>/job/<JOB>/',
  // Its tokens carry no id of their own by which a second use could be told.
  reuse: true,
  comment: '//',
  steps,
}

/** What the credential is called. */
const CREDENTIAL = 'ecr-login-token'

function steps(asked: SnippetAsked): string {
  // With a shebang Jenkins starts the shell without -x, which would show every command.
  const script = `#!/bin/sh\n${loginScript(asked, tokenFrom('$ECR_LOGIN_TOKEN'), { is: 'docker-login' })}`
  return `// Needs the plugin "OpenID Connect Provider" and a credential of its kind "OpenID Connect id token"
// with the id ${CREDENTIAL} and the audience ${asked.rule.audience}
pipeline {
  agent any
  stages {
    stage('Build') {
      environment {
${scriptVariables(asked)
  .map(([name, value]) => `        ${name} = ${groovy(value)}`)
  .join('\n')}
      }
      steps {
        // Logins stay in the folder of this build, and go with it.
        withEnv(["DOCKER_CONFIG=\${pwd(tmp: true)}/docker"]) {
          withCredentials([string(credentialsId: '${CREDENTIAL}', variable: 'ECR_LOGIN_TOKEN')]) {
            sh '''${indented(escaped(script), 14).trimStart()}
            '''
          }
          // From here on docker is logged in.
          sh 'docker info'
        }
      }
      post {
        always { dir("\${pwd(tmp: true)}/docker") { deleteDir() } }
      }
    }
  }
}
`
}

/** Groovy's strings take a backslash for the beginning of an escape. */
const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'''", "\\'\\'\\'")

const groovy = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
