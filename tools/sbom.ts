// This file is about `make sbom`: what is installed with everpull, as CycloneDX, from the lock file alone.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
/** It goes with the package, as `dist/` does. */
export const SBOM_FILE = 'dist/everpull.cdx.json'

interface Locked {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly integrity?: string
  readonly license?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export interface Lock {
  readonly name: string
  readonly version: string
  readonly packages: Readonly<Record<string, Locked>>
}

/**
 * The same for the same lock file, wherever and whenever it is made: no time, no path, no registry, and every platform's
 * packages.
 */
export function sbomOf(lock: Lock, description: string) {
  const shipped = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true)
  const components = distinct(shipped.map(([path, locked]) => componentOf(path, locked)))
  const self = {
    'bom-ref': refOf(lock.name, lock.version),
    type: 'application',
    name: lock.name,
    version: lock.version,
    description,
    purl: purlOf(lock.name, lock.version),
    licenses: licensesOf(lock.packages['']?.license),
  }
  const dependencies = [['', lock.packages[''] ?? {}] as const, ...shipped].map(([path, locked]) => ({
    ref: path === '' ? self['bom-ref'] : refOf(nameOf(path), locked.version),
    dependsOn: dependsOn(lock, path, locked),
  }))
  const content = {
    metadata: { component: self },
    components,
    dependencies: distinct(dependencies, ({ ref }) => ref),
  }
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(content))}`,
    version: 1,
    ...content,
  }
}

function componentOf(path: string, { version = '', optional, integrity, license }: Locked) {
  const name = nameOf(path)
  return {
    'bom-ref': refOf(name, version),
    type: 'library',
    name,
    version,
    scope: optional === true ? ('optional' as const) : ('required' as const),
    hashes: hashesOf(integrity),
    licenses: licensesOf(license),
    purl: purlOf(name, version),
  }
}

const nameOf = (path: string): string =>
  path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

const refOf = (name: string, version = ''): string => `${name}@${version}`

const purlOf = (name: string, version: string): string => `pkg:npm/${name.replace('@', '%40')}@${version}`

/** An expression covers single ids too. */
const licensesOf = (license: string | undefined): readonly object[] =>
  license === undefined ? [] : [{ expression: license }]

const ALGORITHMS: Readonly<Record<string, string>> = { sha512: 'SHA-512', sha1: 'SHA-1' }

function hashesOf(integrity = ''): readonly { readonly alg: string; readonly content: string }[] {
  return integrity.split(' ').flatMap((one) => {
    const [algorithm = '', digest = ''] = one.split(/-(.*)/)
    const alg = ALGORITHMS[algorithm]
    return alg === undefined ? [] : [{ alg, content: Buffer.from(digest, 'base64').toString('hex') }]
  })
}

/** As Node resolves them: beside the package itself, else one folder further out. */
function dependsOn({ packages }: Lock, path: string, locked: Locked): readonly string[] {
  const names = Object.keys({
    ...locked.dependencies,
    ...locked.optionalDependencies,
    ...locked.peerDependencies,
  })
  return names
    .flatMap((name) => {
      for (let folder = path; ; folder = folder.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, '')) {
        const found = packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`]
        if (found !== undefined) return found.dev === true ? [] : [refOf(name, found.version)]
        if (folder === '') return []
      }
    })
    .toSorted()
}

function distinct<T>(
  all: readonly T[],
  key: (one: T) => string = (one) => JSON.stringify(one),
): readonly T[] {
  const seen = new Map(all.map((one) => [key(one), one]))
  return [...seen.keys()].toSorted().flatMap((one) => seen.get(one) ?? [])
}

/** Of the content, so that it changes only with it; marked as a UUID of one's own making. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}

/** The text of the file. */
export function sbomText(root: string = ROOT): string {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'))
  const { description } = read('package.json') as { description: string }
  return `${JSON.stringify(sbomOf(read('package-lock.json') as Lock, description), undefined, 2)}\n`
}

if (import.meta.main) {
  const file = join(ROOT, SBOM_FILE)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, sbomText())
  console.log(SBOM_FILE)
}
