// This file is about Flux's own definitions, of the two kinds that bring a repository to a cluster.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const DEFINITIONS = [
  ['github.com/fluxcd/source-controller@v1.8.5', 'source.toolkit.fluxcd.io_gitrepositories.yaml'],
  ['github.com/fluxcd/kustomize-controller@v1.7.3', 'kustomize.toolkit.fluxcd.io_kustomizations.yaml'],
] as const

/** The files, out of the Go module cache. */
export const fluxDefinitions = (folder: string): Promise<readonly string[]> =>
  Promise.all(
    DEFINITIONS.map(async ([module, file]) => {
      const env = { ...process.env, GOFLAGS: '', GOWORK: 'off' }
      const { stdout } = await run('go', ['mod', 'download', '-json', module], { cwd: folder, env })
      const { Dir } = JSON.parse(stdout) as { readonly Dir: string }
      return join(Dir, 'config', 'crd', 'bases', file)
    }),
  )
