// This file is about the shell of somebody who follows a page: their cluster, and the tools they are asked to have.
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { CHECKOUT, systemEnvironment } from './everpull-process.ts'
import type { Stage } from './stage.ts'

/** With kubectl, helm and everpull, and no port that somebody else may want. */
export async function userEnvironment({ sandbox }: Stage): Promise<NodeJS.ProcessEnv> {
  const bin = join(sandbox.folder, 'bin')
  await mkdir(bin)
  const { kubectl, helm } = await ensureParts(['kubectl', 'helm'])
  const tools = { kubectl, helm, everpull: join(CHECKOUT, 'bin', 'everpull.js') }
  for (const [name, path] of Object.entries(tools)) await symlink(path, join(bin, name))
  const environment = systemEnvironment()
  return {
    ...environment,
    ...sandbox.awsEnv,
    AWS_EC2_METADATA_DISABLED: 'true',
    PATH: `${bin}:${environment['PATH'] ?? ''}`,
    HOME: sandbox.folder,
    KUBECONFIG: sandbox.kubeconfigPath,
    EVERPULL_METRICS_ADDRESS: '127.0.0.1:0',
    EVERPULL_HEALTH_ADDRESS: '127.0.0.1:0',
  }
}
