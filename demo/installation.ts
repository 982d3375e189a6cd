// This file is about installing: the commands a user types, typed here one after the other.
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../sandbox/cache-folder.ts'
import { logFile, runningProcess, startProcess, stopProcess } from '../sandbox/process.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { established } from '../test/support/established.ts'
import { run } from './program.ts'
import { type RecipeFile, recipe } from './recipes.ts'

const EVERPULL = join(packageRoot(), 'bin', 'everpull.js')
/** As `everpull rbac` names it. */
const ACCOUNT = { namespace: 'everpull', name: 'everpull' }
const OPERATOR = 'operator'
/** An error with its stack. */
const LAST_LINES = 20

/** Where the documents' objects go: the first names its namespace in words, the second in its manifest. */
export const ARGOCD = 'argocd'
export const BUILDS = 'test-ecr-secret-operator'
/** Of the teams that our own API serves. */
export const TEAMS = ['team-a', 'team-b'] as const

export interface Installation {
  readonly sandbox: Sandbox
  readonly kubectl: string
  readonly signal: AbortSignal
  /** Told each command as a user would type it. */
  readonly tell: (command: string) => void
}

/** Definitions, roles, credentials and the recipes' manifests: all there is before the operator starts. */
export async function install(to: Installation): Promise<void> {
  to.tell('everpull crds | kubectl apply --server-side -f -')
  await kubectl(to, ['apply', '--server-side', '-f', '-'], await everpull(to, 'crds'))
  await established((...args) => kubectl(to, args))
  to.tell('everpull rbac | kubectl apply -f -')
  await kubectl(to, ['apply', '-f', '-'], await everpull(to, 'rbac'))
  await addCredentials(to)
  await take(to, 'create', 'argocd-repository.yaml', ARGOCD)
  await take(to, 'apply', 'harness-argocd-oci-helm-ecr.yaml', ARGOCD)
  await take(to, 'apply', 'mobb-ecr-secret-operator.yaml')
  await take(to, 'apply', 'everpull-pull-secrets.yaml')
}

/** The namespaces, and the access key of an IAM user where each document wants it. */
async function addCredentials(to: Installation): Promise<void> {
  for (const namespace of [ARGOCD, BUILDS, ...TEAMS]) {
    to.tell(`kubectl create namespace ${namespace}`)
    await kubectl(to, ['create', 'namespace', namespace])
  }
  const { accessKeyId, secretAccessKey } = to.sandbox.aws.principals.bot
  await addSecret(to, ARGOCD, 'awssm-secret', {
    'access-key': accessKeyId,
    'secret-access-key': secretAccessKey,
  })
  await addSecret(to, ACCOUNT.namespace, 'aws-ecr-cloud-credentials', {
    aws_access_key_id: accessKeyId,
    aws_secret_access_key: secretAccessKey,
  })
}

async function addSecret(
  to: Installation,
  namespace: string,
  name: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const keys = Object.keys(values).map((key) => `--from-file=${key}`)
  to.tell(`kubectl create secret generic ${name} -n ${namespace} ${keys.join(' ')}`)
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, stringData: values }
  await kubectl(to, ['create', '-f', '-'], JSON.stringify(secret))
}

async function take(
  to: Installation,
  verb: 'apply' | 'create',
  file: RecipeFile,
  namespace?: string,
): Promise<void> {
  const where = namespace === undefined ? [] : ['-n', namespace]
  to.tell(['kubectl', verb, ...where, '-f', `demo/manifests/${file}`].join(' '))
  await kubectl(to, [verb, ...where, '-f', '-'], recipe(file))
}

/** Starts the operator with the rights of the account that `everpull rbac` made; its own AWS identity is none. */
export async function startOperator({ sandbox, tell }: Installation): Promise<void> {
  const kubeconfig = join(sandbox.folder, 'operator.kubeconfig')
  await writeFile(kubeconfig, await sandbox.kubeconfigFor({ serviceAccount: ACCOUNT }), { mode: 0o600 })
  tell(
    `everpull operator --kubeconfig operator.kubeconfig   # of service account ${ACCOUNT.namespace}/${ACCOUNT.name}`,
  )
  const addresses = ['--metrics-address=127.0.0.1:0', '--health-address=127.0.0.1:0']
  await startProcess(sandbox.folder, {
    name: OPERATOR,
    file: process.execPath,
    args: [EVERPULL, 'operator', `--kubeconfig=${kubeconfig}`, ...addresses],
    env: sandbox.awsEnv,
  })
}

/** Ends it as a rollout does; fine when it does not run. */
export const stopOperator = (folder: string): Promise<void> => stopProcess(folder, OPERATOR)

/** The end of its log when it runs no more, which it never should. */
export const operatorsLastWords = (folder: string): string | undefined =>
  runningProcess(folder, OPERATOR) === undefined
    ? readFileSync(logFile(folder, OPERATOR), 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n')
    : undefined

const everpull = ({ sandbox, signal }: Installation, command: string): Promise<string> =>
  run([process.execPath, EVERPULL, command], { env: { HOME: sandbox.folder }, signal })

const kubectl = (
  { sandbox, kubectl, signal }: Installation,
  args: readonly string[],
  input = '',
): Promise<string> => {
  const env = { HOME: sandbox.folder, KUBECONFIG: sandbox.kubeconfigPath }
  return run([kubectl, ...args], { env, input, signal })
}
