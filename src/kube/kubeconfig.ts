// This file is about kubeconfig files: merging them, and turning one context into a way to the cluster.
//
// Tokens, certificates and files are read here. Only exec plugins and OIDC go through @kubernetes/client-node, which is
// imported when a user entry asks for it, because loading it costs a second and 80 MB.
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import type { ClusterAccess, Presented } from './access.ts'
import type { LoadPresented } from './credential.ts'
import { watchedCredential } from './credential.ts'
import { proxyFromEnvironment } from './proxy.ts'

const text = z.string().optional()

const Cluster = z.object({
  server: z.string(),
  'certificate-authority': text,
  'certificate-authority-data': text,
  'tls-server-name': text,
  'insecure-skip-tls-verify': z.boolean().optional(),
  'proxy-url': text,
})
type Cluster = z.infer<typeof Cluster>

const User = z.looseObject({
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  exec: z.unknown().optional(),
  'auth-provider': z.unknown().optional(),
})
type User = z.infer<typeof User>

const Context = z.object({ cluster: z.string(), user: z.string().default(''), namespace: text })

const Named = z.looseObject({ name: z.string() })
const File = z.object({
  'current-context': text,
  clusters: z.array(Named).nullish(),
  users: z.array(Named).nullish(),
  contexts: z.array(Named).nullish(),
})

export interface KubeconfigOptions {
  readonly clock: Clock
  /** For HTTPS_PROXY and NO_PROXY, where the cluster entry names no proxy. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Where kubectl would look: $KUBECONFIG (one or several files), else ~/.kube/config. */
export const kubeconfigPath = (env: Readonly<Record<string, string | undefined>>): string =>
  env['KUBECONFIG'] ?? join(homedir(), '.kube', 'config')

/** Reads `path` (several files as in $KUBECONFIG: the first to name something wins) and one context of it. */
export async function loadKubeconfig(
  path: string,
  context: string | undefined,
  { clock, env = {} }: KubeconfigOptions,
): Promise<ClusterAccess> {
  const merged = await mergedFiles(path)
  const chosen = context ?? merged.current
  if (chosen === undefined || chosen === '') throw new Error(`${path}: no context is chosen; name one`)
  const found = Context.parse(merged.entry('contexts', chosen, 'context').value)
  const clusterEntry = merged.entry('clusters', found.cluster, 'cluster')
  const cluster = Cluster.parse(clusterEntry.value)
  const userEntry = found.user === '' ? { value: {}, folder: '.' } : merged.entry('users', found.user, 'user')
  const user = User.parse(userEntry.value)
  const load = loader(cluster, clusterEntry.folder, user, userEntry.folder, found.user)
  return {
    server: cluster.server,
    credential: watchedCredential(clock, load),
    serverName: cluster['tls-server-name'],
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] ?? false,
    proxyUrl: cluster['proxy-url'] ?? proxyFromEnvironment(cluster.server, env),
    namespace: found.namespace ?? 'default',
    inCluster: false,
  }
}

interface Entry {
  readonly value: unknown
  /** Relative paths in it start here. */
  readonly folder: string
}

interface Merged {
  readonly current: string | undefined
  /** Throws when there is no such entry. */
  entry(list: 'clusters' | 'users' | 'contexts', name: string, member: string): Entry
}

async function mergedFiles(path: string): Promise<Merged> {
  const paths = path.split(delimiter).filter((one) => one !== '')
  const files = await Promise.all(paths.map((one) => parsedFile(one, paths.length > 1)))
  const present = files.filter((file) => file !== undefined)
  return {
    current: present
      .map(({ file }) => file['current-context'])
      .find((name) => name !== undefined && name !== ''),
    entry: (list, name, member) => {
      for (const { file, folder } of present) {
        const entry = file[list]?.find((one) => one.name === name)
        if (entry !== undefined) return { value: entry[member], folder }
      }
      throw new Error(`${path}: there is no ${member} named ${JSON.stringify(name)}`)
    },
  }
}

/** One of several files may be missing, as kubectl sees it. */
async function parsedFile(
  path: string,
  optional: boolean,
): Promise<{ file: z.infer<typeof File>; folder: string } | undefined> {
  const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (optional && error.code === 'ENOENT') return undefined
    throw error
  })
  if (content === undefined) return undefined
  const file = File.safeParse(parse(content, { logLevel: 'silent', prettyErrors: false }) ?? {})
  if (!file.success) throw new Error(`${path} is not a kubeconfig: ${z.prettifyError(file.error)}`)
  return { file: file.data, folder: dirname(resolve(path)) }
}

function loader(
  cluster: Cluster,
  clusterFolder: string,
  user: User,
  userFolder: string,
  name: string,
): LoadPresented {
  const ca = material(cluster['certificate-authority-data'], cluster['certificate-authority'], clusterFolder)
  if (user.exec != null || user['auth-provider'] != null) {
    const plugin = pluginLoader(cluster, user, name)
    return async (refused) => ({ ...(await plugin(refused)), ca: await ca() })
  }
  const cert = material(user['client-certificate-data'], user['client-certificate'], userFolder)
  const key = material(user['client-key-data'], user['client-key'], userFolder)
  return async () => ({
    authorization: await authorizationOf(user, userFolder),
    ca: await ca(),
    cert: await cert(),
    key: await key(),
  })
}

/** PEM from inline base64, or from a file that is read each time, as it may be rotated. */
function material(
  data: string | undefined,
  file: string | undefined,
  folder: string,
): () => Promise<string | undefined> {
  if (data !== undefined && data !== '') {
    const decoded = Buffer.from(data, 'base64').toString()
    return async () => decoded
  }
  if (file === undefined || file === '') return async () => undefined
  return () => readFile(resolve(folder, file), 'utf8')
}

/** A token file beats a token, as in kubectl. */
async function authorizationOf(user: User, folder: string): Promise<string | undefined> {
  if (user.tokenFile !== undefined && user.tokenFile !== '') {
    return `Bearer ${(await readFile(resolve(folder, user.tokenFile), 'utf8')).trim()}`
  }
  if (user.token !== undefined && user.token !== '') return `Bearer ${user.token}`
  if (user.username === undefined || user.username === '') return undefined
  return `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`
}

type Applied = { headers: Record<string, string>; cert?: string; key?: string }

/** The library caches what a plugin gave until it expires; a refusal makes a new one, with an empty cache. */
function pluginLoader(cluster: Cluster, user: User, name: string): LoadPresented {
  const configured = async () => {
    const { KubeConfig } = await import('@kubernetes/client-node')
    const config = new KubeConfig()
    config.loadFromClusterAndUser(
      {
        name: 'cluster',
        server: cluster.server,
        skipTLSVerify: cluster['insecure-skip-tls-verify'] ?? false,
      },
      { name, exec: user.exec, authProvider: user['auth-provider'] },
    )
    return config
  }
  let config: Awaited<ReturnType<typeof configured>> | undefined
  return async (refused): Promise<Presented> => {
    if (config === undefined || refused) config = await configured()
    const applied: Applied = { headers: {} }
    await config.applyToHTTPSOptions(applied)
    return {
      authorization: applied.headers['Authorization'],
      cert: applied.cert,
      key: applied.key,
    }
  }
}
