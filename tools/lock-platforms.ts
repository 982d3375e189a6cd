// This file is about package-lock.json on every platform: npm ci wants an entry for each optional package, also for those
// a mirror does not carry, which npm install leaves out. Run it after npm install: node tools/lock-platforms.ts
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'

export interface LockedPackage {
  readonly version?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly dev?: boolean
  readonly optional?: boolean
}

export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

/** Entries the lock lacks, by their place in it. */
export function missingEntries(lock: LockFile): Record<string, LockedPackage> {
  const missing: Record<string, LockedPackage> = {}
  for (const [owner, one] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(one.optionalDependencies ?? {})) {
      const place = `node_modules/${name}`
      if (place in lock.packages || `${owner}/${place}` in lock.packages) continue
      missing[place] = {
        version,
        ...platformOf(name),
        ...(one.dev === true ? { dev: true } : {}),
        optional: true,
      }
    }
  }
  return missing
}

const CPUS = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'wasm32']
const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']

/** Native packages are named after the platform they are for: "binding-linux-x64-musl". */
function platformOf(name: string): Pick<LockedPackage, 'cpu' | 'os' | 'libc'> {
  const words = name.split(/[-/]/)
  const cpu = CPUS.find((word) => words.includes(word))
  const os = SYSTEMS.find((word) => words.includes(word))
  if (cpu === undefined || os === undefined) throw new Error(`cannot tell the platform of ${name}`)
  const musl = words.some((word) => word.startsWith('musl'))
  return { cpu: [cpu], os: [os], ...(musl ? { libc: ['musl'] } : {}) }
}

if (argv[1] === import.meta.filename) {
  const file = join(import.meta.dirname, '..', 'package-lock.json')
  const lock = JSON.parse(readFileSync(file, 'utf8')) as LockFile
  const all = Object.entries({ ...lock.packages, ...missingEntries(lock) })
  const packages = Object.fromEntries(all.toSorted(([a], [b]) => a.localeCompare(b, 'en')))
  writeFileSync(file, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`)
}
