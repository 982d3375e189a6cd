// This file is about everpull as npm installs it: packed from the checkout, somewhere else.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { CHECKOUT, systemEnvironment } from './everpull-process.ts'

/** Builds it and writes its tarball into a folder; returns the tarball's path. */
export function packPackage(folder: string): string {
  const [packed] = JSON.parse(npm('pack', '--json', '--silent', '--pack-destination', folder)) as [
    { readonly filename: string },
  ]
  return join(folder, packed.filename)
}

/** With its programs in `prefix`/bin and itself in `prefix`/lib/node_modules/everpull. */
export function installPackage(tarball: string, prefix: string): void {
  npm('install', '--global', '--prefix', prefix, '--prefer-offline', '--no-audit', '--no-fund', tarball)
}

const npm = (...args: readonly string[]): string =>
  execFileSync('npm', args, {
    cwd: CHECKOUT,
    env: systemEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  })
