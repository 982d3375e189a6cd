// This file is about what is measured: everpull as its users have it, installed from a package of this checkout.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../sandbox/cache-folder.ts'
import { installPackage, packPackage } from '../test/support/installed-package.ts'

/** Where its program lies. Two checkouts that make the same package share one installation. */
export function installedEverpull(): string {
  mkdirSync(cacheFolder(), { recursive: true })
  const folder = mkdtempSync(join(cacheFolder(), 'package-'))
  try {
    const tarball = packPackage(folder)
    const digest = createHash('sha256').update(readFileSync(tarball)).digest('hex')
    const place = join(cacheFolder(), `everpull-${digest.slice(0, 16)}`)
    if (!existsSync(place)) {
      installPackage(tarball, join(folder, 'prefix'))
      renameSync(join(folder, 'prefix'), place)
    }
    return join(place, 'lib', 'node_modules', 'everpull', 'bin', 'everpull.js')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
