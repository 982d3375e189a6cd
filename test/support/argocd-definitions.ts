// This file is about Argo CD's own definitions, in the release its program is built from.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from '../../sandbox/cache-folder.ts'
import { withLock } from '../../sandbox/file-lock.ts'
import { partNamed } from '../../sandbox/parts/catalog.ts'

const run = promisify(execFile)

const KINDS = ['application', 'applicationset', 'appproject'] as const

/** The files, one a kind; taken once from the module the program is built from, and kept beside it. */
export async function argocdDefinitions(): Promise<readonly string[]> {
  const part = partNamed('argocd')
  const parts = join(cacheFolder(), 'parts')
  const folder = join(parts, `argocd-definitions-${part.version}`)
  const fetch = async (): Promise<void> =>
    existsSync(folder) ? undefined : fetchInto(folder, part.module, part.source)
  if (!existsSync(folder)) await withLock(join(parts, 'build.lock'), fetch, () => {})
  return KINDS.map((kind) => join(folder, `${kind}-crd.yaml`))
}

/** The folder appears whole or not at all. */
async function fetchInto(folder: string, module: string, cwd: string): Promise<void> {
  const env = { ...process.env, GOFLAGS: '', GOWORK: 'off' }
  const { stdout } = await run('go', ['mod', 'download', '-json', module], { cwd, env })
  const { Dir } = JSON.parse(stdout) as { readonly Dir: string }
  const unfinished = await mkdtemp(`${folder}.unfinished-`)
  for (const kind of KINDS)
    await cp(join(Dir, 'manifests', 'crds', `${kind}-crd.yaml`), join(unfinished, `${kind}-crd.yaml`))
  await rename(unfinished, folder)
}
