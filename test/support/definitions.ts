// This file is about an API server that knows the definitions as they are printed, or others, and nothing else.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { dialects } from '../../src/dialects/all.ts'
import { crdYaml } from '../../src/generate/crds.ts'
import type { Kind } from '../../src/model/kind.ts'
import { startControlPlane } from './control-plane.ts'
import { established } from './established.ts'
import { eventually } from './eventually.ts'

const run = promisify(execFile)

const defined = dialects.flatMap(({ kinds }) => kinds).filter(({ definition }) => definition !== undefined)

/** Every kind that brings a definition, once, whichever dialects read it. */
export const DEFINED_KINDS: readonly Kind[] = [
  ...new Map(defined.map((kind) => [`${kind.plural}.${kind.group}`, kind])).values(),
]

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

/** The definitions as printed, or others. About 6 s alone. Call `stop` in `after`. */
export async function startDefinedServer(definitions = crdYaml(DEFINED_KINDS)): Promise<DefinedServer> {
  const plane = await startControlPlane({ controllerManager: false })
  const { kubectl: path } = await ensureParts(['kubectl'])
  const { admin } = plane.controlPlane
  const kubectl = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run(path, ['--kubeconfig', plane.kubeconfig, ...args])
    return stdout
  }
  const file = join(plane.folder, 'definitions.yaml')
  try {
    await writeFile(file, definitions)
    await kubectl('apply', '--filename', file)
    await established(kubectl)
    for (const path of servedPaths(definitions)) {
      await eventually(`${path} is served`, async () => (await admin.call('GET', path)).status === 200)
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

interface Defined {
  readonly spec: {
    readonly group: string
    readonly names: { readonly plural: string }
    readonly versions: readonly { readonly name: string; readonly served: boolean }[]
  }
}

const servedPaths = (definitions: string): readonly string[] =>
  parseAllDocuments(definitions).flatMap((document) => {
    const { group, names, versions } = (document.toJS() as Defined).spec
    return versions.filter(({ served }) => served).map(({ name }) => `/apis/${group}/${name}/${names.plural}`)
  })
