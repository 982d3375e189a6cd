// This file is about an API server that knows the definitions as they are printed, and nothing else.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { dialects } from '../../src/dialects/all.ts'
import { CLUSTER_EXTERNAL_SECRET } from '../../src/dialects/external-secrets/kinds.ts'
import { crdYaml } from '../../src/generate/crds.ts'
import type { Kind } from '../../src/model/kind.ts'
import { startControlPlane } from './control-plane.ts'
import { established } from './established.ts'
import { eventually } from './eventually.ts'

const run = promisify(execFile)

/** Every kind that brings a definition, once. */
export const DEFINED_KINDS: readonly Kind[] = [
  ...new Set([...dialects.flatMap(({ kinds }) => kinds), CLUSTER_EXTERNAL_SECRET]),
].filter(({ definition }) => definition !== undefined)

interface Answer {
  readonly status: number
  readonly body: string
}

export interface DefinedServer {
  /** Where the definitions are, as printed. */
  readonly file: string
  /** As the admin; resolves to what was printed. */
  kubectl(...args: readonly string[]): Promise<string>
  call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<Answer>
  /** As a merge patch. */
  patch(path: string, body: object): Promise<Answer>
  stop(): Promise<void>
}

/** About 6 s alone. Call `stop` in `after`. */
export async function startDefinedServer(): Promise<DefinedServer> {
  const plane = await startControlPlane({ controllerManager: false })
  const { kubectl: path } = await ensureParts(['kubectl'])
  const { admin } = plane.controlPlane
  const kubectl = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run(path, ['--kubeconfig', plane.kubeconfig, ...args])
    return stdout
  }
  const file = join(plane.folder, 'definitions.yaml')
  try {
    await writeFile(file, crdYaml(DEFINED_KINDS))
    await kubectl('apply', '--filename', file)
    await established(kubectl)
    const served = DEFINED_KINDS.flatMap(({ group, plural, versions }) =>
      versions.map((version) => `${group}/${version}/${plural}`),
    )
    for (const kind of served) {
      const isServed = async () => (await admin.call('GET', `/apis/${kind}`)).status === 200
      await eventually(`${kind} is served`, isServed)
    }
  } catch (error) {
    await plane.stop()
    throw error
  }
  return {
    file,
    kubectl,
    call: (method, at, body) => admin.call(method, at, body),
    patch: (at, body) => admin.call('PATCH', at, body, 'application/merge-patch+json'),
    stop: () => plane.stop(),
  }
}
