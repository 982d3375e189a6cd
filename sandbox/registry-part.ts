// This file is about the registry that holds the images, as a part of the sandbox; clients never meet it directly.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Part } from './part.ts'
import { writeWhole } from './whole-file.ts'

export const registryUrl = (port: number): string => `http://127.0.0.1:${port}`

/** CNCF distribution with a folder for content, so that what was pushed survives a restart. */
export function registryPart(folder: string, port: number, file: string): Part<'registry'> {
  const config = join(folder, 'keys', 'registry.yaml')
  return {
    name: 'registry',
    ports: [port],
    graceMs: 5000,
    command: () => {
      writeWhole(config, stringify(settings(folder, port)))
      // Its tracer would look for a collector.
      return { name: 'registry', file, args: ['serve', config], env: { OTEL_TRACES_EXPORTER: 'none' } }
    },
    ready: () =>
      fetch(`${registryUrl(port)}/v2/`, { signal: AbortSignal.timeout(2000) }).then(
        (answer) => answer.ok,
        () => false,
      ),
  }
}

const settings = (folder: string, port: number): object => ({
  version: '0.1',
  log: { level: 'error', accesslog: { disabled: true } },
  storage: {
    filesystem: { rootdirectory: join(folder, 'registry') },
    delete: { enabled: true },
    // Nothing here lives long enough for uploads to be cleaned up.
    maintenance: { uploadpurging: { enabled: false } },
  },
  // Locations without a host: the front before it has another.
  http: { addr: `127.0.0.1:${port}`, relativeurls: true, secret: uploadSecret(folder) },
})

/** Signs the state of uploads, which may go on after a restart. */
function uploadSecret(folder: string): string {
  const file = join(folder, 'keys', 'registry-upload.secret')
  if (!existsSync(file)) writeWhole(file, randomBytes(24).toString('hex'))
  return readFileSync(file, 'utf8')
}
