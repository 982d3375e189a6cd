// This file is about our AWS and the registry front as one part of the sandbox, and what is written down for both.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { extname, join } from 'node:path'
import type { DemoPrincipals } from './aws/seed.ts'
import type { Part } from './part.ts'
import { writeWhole } from './whole-file.ts'

/** What the process is started with; it holds no secret. */
export interface AwsSetup {
  readonly port: number
  readonly proxyPort: number
  /** The registry behind the front. */
  readonly registry: string
  /** The API server, whose service accounts may take roles: `https://127.0.0.1:PORT`. */
  readonly issuer: string
  /** PEM file with the certificate it answers with. */
  readonly apiServerCertificate: string
  /** For the first start; later it is a setting of the emulator. */
  readonly tokenLifeSeconds?: number
}

const setupFile = (folder: string): string => join(folder, 'aws', 'setup.json')
const principalsFile = (folder: string): string => join(folder, 'aws', 'principals.json')

export const awsUrl = (port: number): string => `http://127.0.0.1:${port}`
/** Users, roles, keys, settings, and what seals tokens: all that must survive a restart. */
export const awsStateFile = (folder: string): string => join(folder, 'aws', 'state.json')
export const certificateAuthorityFolder = (folder: string): string => join(folder, 'aws', 'ca')
/** To be trusted by whoever talks to the registries. */
export const certificateAuthorityFile = (folder: string): string =>
  join(certificateAuthorityFolder(folder), 'ca.pem')

export const readAwsSetup = (folder: string): AwsSetup =>
  JSON.parse(readFileSync(setupFile(folder), 'utf8')) as AwsSetup
export const readPrincipals = (folder: string): DemoPrincipals =>
  JSON.parse(readFileSync(principalsFile(folder), 'utf8')) as DemoPrincipals
export const writePrincipals = (folder: string, principals: DemoPrincipals): void =>
  writeWhole(principalsFile(folder), JSON.stringify(principals))

export function awsPart(folder: string, setup: AwsSetup): Part<'aws'> {
  const program = join(import.meta.dirname, `aws-main${extname(import.meta.filename)}`)
  return {
    name: 'aws',
    ports: [setup.port, setup.proxyPort],
    // Clients that hang by a scripted fault would never let it end.
    graceMs: 1000,
    command: () => {
      writeWhole(setupFile(folder), JSON.stringify(setup))
      return { name: 'aws', file: process.execPath, args: [program, folder] }
    },
    // The proxy listens last, after the users and roles are there.
    ready: async () => (await isHealthy(setup.port)) && (await listens(setup.proxyPort)),
  }
}

const isHealthy = (port: number): Promise<boolean> =>
  fetch(`${awsUrl(port)}/_sandbox/health`, { signal: AbortSignal.timeout(2000) }).then(
    (answer) => answer.ok,
    () => false,
  )

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const tell = (open: boolean) => (): void => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', tell(true)).once('error', tell(false))
  })
