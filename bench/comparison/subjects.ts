// This file is about who is measured: each a process of its own, started as its users start it.
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { systemEnvironment } from '../../test/support/everpull-process.ts'
import type { Stage } from '../../test/support/stage.ts'
import { RunningOperator } from '../../test/support/stage.ts'
import type { SubjectName } from './cell.ts'

export interface Subject {
  readonly start: (stage: Stage) => Promise<RunningOperator>
}
export type OperatorName = Exclude<SubjectName, 'raw-limit'>

/** The most that its documents and its users' reports turn up. */
const BEST_FLAGS = ['--concurrent=50', '--client-qps=2000', '--client-burst=4000']

export const SUBJECTS: Readonly<Record<OperatorName, Subject>> = {
  everpull: { start: (stage) => stage.startOperator() },
  'external-secrets': { start: (stage) => startExternalSecrets(stage, []) },
  'external-secrets-best': { start: (stage) => startExternalSecrets(stage, BEST_FLAGS) },
}

const ACCOUNT = { namespace: 'external-secrets', name: 'external-secrets' }
/** Every right, which the API server grants faster than a list of them. */
const ACCOUNT_MANIFESTS = `
{apiVersion: v1, kind: Namespace, metadata: {name: external-secrets}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {namespace: external-secrets, name: external-secrets}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: external-secrets},
 roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin},
 subjects: [{kind: ServiceAccount, namespace: external-secrets, name: external-secrets}]}
`

/** What it needs before anything is measured; nothing is ordered yet. */
export async function prepareSubject(stage: Stage, name: SubjectName): Promise<void> {
  if (name === 'everpull' || name === 'raw-limit') return
  await stage.apply(ACCOUNT_MANIFESTS)
  await writeFile(kubeconfigOf(stage), await stage.sandbox.kubeconfigFor({ serviceAccount: ACCOUNT }), {
    mode: 0o600,
  })
}

const kubeconfigOf = (stage: Stage): string => join(stage.sandbox.folder, 'external-secrets.kubeconfig')

async function startExternalSecrets(stage: Stage, flags: readonly string[]): Promise<RunningOperator> {
  const { 'external-secrets': program } = await ensureParts(['external-secrets'])
  const loopback = [
    `--metrics-addr=127.0.0.1:${await freePort()}`,
    `--live-addr=127.0.0.1:${await freePort()}`,
  ]
  const child: ChildProcess = spawn(program, [...loopback, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...systemEnvironment(),
      KUBECONFIG: kubeconfigOf(stage),
      AWS_ECR_ENDPOINT: stage.sandbox.aws.url,
      AWS_STS_ENDPOINT: stage.sandbox.aws.url,
    },
  })
  return new RunningOperator(child)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
