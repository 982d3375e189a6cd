// This file is about what the External Secrets Operator itself brings, in the release templates are compared with: its
// definitions, and the examples in its documents.
import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { cacheFolder } from '../../sandbox/cache-folder.ts'
import { withLock } from '../../sandbox/file-lock.ts'
import { pinnedVersion } from '../../sandbox/parts/catalog.ts'

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
const KIND_NAMES =
  /^(ExternalSecret|ClusterExternalSecret|ECRAuthorizationToken|STSSessionToken|ClusterGenerator)$/

export interface Example {
  /** Below the folder of the documents. */
  readonly file: string
  readonly apiVersion: string
  readonly kind: string
  readonly spec: object
}

/** A stream of YAML documents, one a kind that we serve too. */
export const upstreamDefinitions = async (): Promise<string> =>
  readFile(join(await upstreamFolder(), 'definitions.yaml'), 'utf8')

/** Every manifest of such a kind in its documents that can be read; those for people to fill in are among them. */
export const upstreamExamples = async (): Promise<readonly Example[]> =>
  JSON.parse(await readFile(join(await upstreamFolder(), 'examples.json'), 'utf8')) as Example[]

/** Fetched once from the Go module proxy, and kept beside the parts. */
async function upstreamFolder(): Promise<string> {
  const version = pinnedVersion(readFileSync(join(SOURCE, 'go.mod'), 'utf8'), MODULE) ?? ''
  const parts = join(cacheFolder(), 'parts')
  const folder = join(parts, `upstream-external-secrets-${version}`)
  if (existsSync(folder)) return folder
  const fetch = async (): Promise<void> => (existsSync(folder) ? undefined : fetchInto(folder))
  await withLock(join(parts, 'build.lock'), fetch, () => {})
  return folder
}

/** The folder appears whole or not at all. */
async function fetchInto(folder: string): Promise<void> {
  const env = { ...process.env, GOFLAGS: '', GOWORK: 'off' }
  const { stdout } = await run('go', ['mod', 'download', '-json', MODULE], { cwd: SOURCE, env })
  const { Dir } = JSON.parse(stdout) as { readonly Dir: string }
  await mkdir(dirname(folder), { recursive: true })
  const unfinished = await mkdtemp(`${folder}.unfinished-`)
  const texts = KINDS.map((kind) =>
    readFileSync(join(Dir, 'config', 'crds', 'bases', `${kind}.yaml`), 'utf8'),
  )
  await writeFile(join(unfinished, 'definitions.yaml'), texts.map((text) => `---\n${text}`).join(''))
  await writeFile(join(unfinished, 'examples.json'), JSON.stringify(examplesIn(join(Dir, 'docs'))))
  await rename(unfinished, folder)
}

const examplesIn = (docs: string): readonly Example[] =>
  globSync('**/*.{yaml,md}', { cwd: docs })
    .toSorted()
    .flatMap((file) =>
      blocksOf(file, readFileSync(join(docs, file), 'utf8')).map((block) => ({ file, block })),
    )
    .flatMap(({ file, block }) => manifestsIn(block).map((manifest) => ({ file, ...manifest })))

function blocksOf(file: string, text: string): readonly string[] {
  const plain = text.replaceAll(/\{% ?(raw|endraw) ?%\}/g, '')
  if (file.endsWith('.yaml')) return [plain]
  return [...plain.matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)].map(([, block = '']) => block)
}

/** Some examples are drafts that no parser takes. */
function manifestsIn(block: string): readonly Omit<Example, 'file'>[] {
  const documents = parseAllDocuments(block)
  if (!Array.isArray(documents)) return []
  return documents.flatMap((document) => {
    if (document.errors.length > 0) return []
    const manifest = readable(() => document.toJS() as Partial<Example> | null)
    const { apiVersion = '', kind = '', spec } = manifest ?? {}
    return KIND_NAMES.test(kind) && spec !== undefined ? [{ apiVersion, kind, spec }] : []
  })
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
