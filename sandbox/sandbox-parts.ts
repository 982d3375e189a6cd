// This file is about which parts a sandbox has, put together on the ports and keys of its folder.
import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { awsPart } from './aws-part.ts'
import { apiServerCertificate, type ControlPlane, controlPlaneIn } from './control-plane/control-plane.ts'
import type { ControlPlanePart } from './control-plane/parts.ts'
import { gitPart } from './git-part.ts'
import type { Part } from './part.ts'
import type { PartPaths } from './parts/ensure.ts'
import { portsFor } from './ports.ts'
import { registryPart, registryUrl } from './registry-part.ts'

/** In the order they are started. */
export const SANDBOX_PARTS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'registry',
  'aws',
  'git',
] as const
export type SandboxPart = (typeof SANDBOX_PARTS)[number]

export interface SandboxParts {
  readonly controlPlane: ControlPlane
  readonly registry: Part<'registry'>
  readonly aws: Part<'aws'>
  readonly git: Part<'git'>
  readonly ports: Readonly<Record<'registry' | 'aws' | 'aws-proxy' | 'git', number>>
}

export interface SandboxPartOptions {
  readonly folder: string
  readonly paths: PartPaths<ControlPlanePart | 'registry'>
  readonly audit: boolean
  readonly clusterNetwork: boolean
  readonly tokenLifeSeconds: number | undefined
}

/** The parts of a folder: on its ports and keys as they were, or on new ones. Starts nothing. */
export async function sandboxPartsIn(options: SandboxPartOptions): Promise<SandboxParts> {
  const { folder, paths, audit, clusterNetwork, tokenLifeSeconds } = options
  await mkdir(join(folder, 'aws'), { recursive: true, mode: 0o700 })
  const controlPlane = await controlPlaneIn({ folder, paths, audit, clusterNetwork })
  const ports = await portsFor(folder, ['registry', 'aws', 'aws-proxy', 'git'])
  const aws = awsPart(folder, {
    port: ports.aws,
    proxyPort: ports['aws-proxy'],
    registry: registryUrl(ports.registry),
    issuer: controlPlane.url,
    apiServerCertificate: apiServerCertificate(folder),
    ...(tokenLifeSeconds !== undefined && { tokenLifeSeconds }),
  })
  const registry = registryPart(folder, ports.registry, paths.registry)
  return { controlPlane, registry, aws, git: gitPart(folder, ports.git), ports }
}

/** What a folder's ports.json says of a part, without starting or making anything. */
export function knownPort(folder: string, part: SandboxPart): number | undefined {
  const file = join(folder, 'ports.json')
  if (!existsSync(file)) return undefined
  return (JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<SandboxPart, number>>)[part]
}
