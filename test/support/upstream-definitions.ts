// This file is about the definitions the External Secrets Operator itself brings, in the release templates are compared with.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from '../../sandbox/cache-folder.ts'
import { withLock } from '../../sandbox/file-lock.ts'
import { pinnedVersion } from '../../sandbox/parts/catalog.ts'
import { cachedPath } from '../../sandbox/parts/lookup.ts'

const run = promisify(execFile)

const MODULE = 'github.com/external-secrets/external-secrets'
const SOURCE = join(import.meta.dirname, '..', '..', 'tools', 'template-judge')
const KINDS = [
  'external-secrets.io_externalsecrets',
  'external-secrets.io_clusterexternalsecrets',
  'generators.external-secrets.io_ecrauthorizationtokens',
  'generators.external-secrets.io_stssessiontokens',
  'generators.external-secrets.io_clustergenerators',
] as const

/** A stream of YAML documents, one a kind that we serve too; fetched once from the Go module proxy, as it is. */
export async function upstreamDefinitions(): Promise<string> {
  const version = pinnedVersion(readFileSync(join(SOURCE, 'go.mod'), 'utf8'), MODULE) ?? ''
  const cache = cacheFolder()
  const path = cachedPath(cache, { name: 'upstream-definitions.yaml', version })
  if (!existsSync(path)) {
    const fetch = async (): Promise<void> => (existsSync(path) ? undefined : fetchTo(path))
    await withLock(join(cache, 'parts', 'build.lock'), fetch, () => {})
  }
  return readFile(path, 'utf8')
}

async function fetchTo(path: string): Promise<void> {
  const env = { ...process.env, GOFLAGS: '', GOWORK: 'off' }
  const { stdout } = await run('go', ['mod', 'download', '-json', MODULE], { cwd: SOURCE, env })
  const { Dir } = JSON.parse(stdout) as { readonly Dir: string }
  const texts = await Promise.all(
    KINDS.map((kind) => readFile(join(Dir, 'config', 'crds', 'bases', `${kind}.yaml`), 'utf8')),
  )
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.unfinished`, texts.map((text) => `---\n${text}`).join(''))
  await rename(`${path}.unfinished`, path)
}
