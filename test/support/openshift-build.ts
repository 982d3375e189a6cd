// This file is about OpenShift builds: which Secret one pushes with, and the push itself by real clients.
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { run } from '../../demo/program.ts'
import { tarGz } from '../../sandbox/seed/archive.ts'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import type { AccountList } from '../../src/model/link.ts'
import { CHECKOUT, systemProgram } from './everpull-process.ts'
import type { SecretSeen, Stage } from './stage.ts'

/** The parts of a BuildConfig that decide where the image goes, and with which login. */
export interface BuildConfig {
  readonly metadata: { readonly namespace: string; readonly name: string }
  readonly spec: {
    readonly serviceAccount?: string
    readonly output: {
      readonly to: { readonly name: string }
      readonly pushSecret?: { readonly name: string }
    }
  }
}

export const readExample = (file: string): Promise<string> =>
  readFile(join(CHECKOUT, 'deploy', 'examples', 'openshift-build', file), 'utf8')

export const exampleBuild = async (): Promise<BuildConfig> =>
  parse(await readExample('build-config.yaml')) as BuildConfig

/** By the type of the Secret that holds it. */
const DOCKER_CONFIGS: Readonly<Record<string, string>> = {
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
  'kubernetes.io/dockercfg': '.dockercfg',
}

interface AccountSeen {
  readonly imagePullSecrets?: readonly { readonly name: string }[]
  readonly secrets?: readonly { readonly name: string }[]
}

/**
 * The docker config that the build controller mounts into a build: that of the push Secret named; or the first in the
 * list of the build's account that has a login for the image's host, or the first docker config there at all. From
 * OpenShift 4.16 on the list is imagePullSecrets, before it was secrets.
 */
export async function pushConfigOf(
  stage: Stage,
  { metadata: { namespace }, spec }: BuildConfig,
  list: AccountList,
): Promise<string | undefined> {
  const { pushSecret, to } = spec.output
  const account = await stage.get<AccountSeen>(
    'serviceaccount',
    spec.serviceAccount ?? 'builder',
    '-n',
    namespace,
  )
  const names = pushSecret === undefined ? (account?.[list] ?? []) : [pushSecret]
  const configs: string[] = []
  for (const { name } of names) configs.push(...dockerConfigIn(await stage.secret(namespace, name)))
  return configs.find((config) => covers(config, to.name)) ?? configs[0]
}

function dockerConfigIn(secret: SecretSeen | undefined): readonly string[] {
  const config = secret?.data[DOCKER_CONFIGS[secret.type] ?? '']
  return config === undefined ? [] : [config]
}

const covers = (config: string, name: string): boolean => {
  const { auths = {} } = JSON.parse(config) as { auths?: Readonly<Record<string, unknown>> }
  const host = name.split('/')[0]
  return Object.keys(auths).some((key) => key.replace(/^https?:\/\//, '').split('/')[0] === host)
}

/** Pushes with nothing but a docker config, as a build's last step does; each image is one of its own. */
export interface Pusher {
  readonly name: 'crane' | 'skopeo'
  /** Rejects with ProgramFailed and the client's own words. */
  push(config: string, image: string): Promise<void>
}

/** skopeo comes with the operating system or not at all. */
export async function pushers(stage: Stage): Promise<readonly Pusher[]> {
  const { crane } = await ensureParts(['crane'])
  const skopeo = systemProgram('skopeo')
  const pusher = (name: Pusher['name'], command: (archive: string, to: string) => Command): Pusher => ({
    name,
    push: (config, to) =>
      inBuild(stage, config, async (home, env) => {
        const archive = await built(crane, home)
        await run(command(archive, to), { env })
      }),
  })
  const byCrane = pusher('crane', (archive, to) => [crane, 'push', archive, to])
  if (skopeo === undefined) return [byCrane]
  // Its policy about signatures is a file of the system's, which not every system has.
  const copy = [skopeo, '--insecure-policy', 'copy'] as const
  const bySkopeo = pusher('skopeo', (archive, to) => [...copy, `docker-archive:${archive}`, `docker://${to}`])
  return [byCrane, bySkopeo]
}

type Command = readonly [string, ...string[]]

async function inBuild(
  stage: Stage,
  config: string,
  work: (home: string, env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'everpull-build-'))
  try {
    await writeFile(join(home, 'config.json'), config)
    const env = { HOME: home, DOCKER_CONFIG: home, REGISTRY_AUTH_FILE: join(home, 'config.json') }
    await work(home, { ...env, ...stage.sandbox.proxyEnv })
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

/** An image no registry has seen, as an archive. */
async function built(crane: string, home: string): Promise<string> {
  const [layer, archive] = [join(home, 'layer.tar.gz'), join(home, 'image.tar')]
  await writeFile(layer, tarGz({ 'built.txt': randomUUID() }))
  const append = [
    crane,
    'append',
    '--new_layer',
    layer,
    '--new_tag',
    'built:latest',
    '--output',
    archive,
  ] as const
  await run(append, { env: { HOME: home } })
  return archive
}

/** The platform has a server of its own for this kind; here it is taken as it comes. */
export const BUILD_CONFIG_DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: buildconfigs.build.openshift.io }
spec:
  group: build.openshift.io
  names: { kind: BuildConfig, listKind: BuildConfigList, plural: buildconfigs, singular: buildconfig }
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`
