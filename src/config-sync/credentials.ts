// This file is about the credentials of a repository as a Secret holds them, under the names that Argo CD and Flux use.
import { SecretText } from '../base/secret-text.ts'
import type { GitCredentials } from '../git/repository.ts'
import type { SecretObject } from '../kube/resource.ts'

export interface RepoCredentials {
  readonly is: 'credentials'
  readonly credentials: GitCredentials
  /** PEM */
  readonly certificateAuthority?: string
}

export interface WrongCredentials {
  readonly is: 'wrong'
  /** Says what to write into the Secret. Nothing secret. */
  readonly because: string
}

const wrong = (because: string): WrongCredentials => ({ is: 'wrong', because })

/** The first names are kubectl's and ours, the others Flux's and Argo CD's. */
const KEYS = {
  username: ['username'],
  password: ['password', 'token', 'bearerToken'],
  privateKey: ['sshPrivateKey', 'identity', 'ssh-privatekey'],
  knownHosts: ['known_hosts', 'sshKnownHosts'],
  authority: ['ca.crt', 'caFile', 'tlsClientCACert'],
} as const

/** Servers that take a token do not care whose name stands beside it, as long as one does. */
const ANYBODY = 'git'

export function credentialsIn(secret: SecretObject, url: string): RepoCredentials | WrongCredentials {
  const read = (names: readonly string[]): string | undefined => textOf(secret, names)
  const authority = read(KEYS.authority)
  const rest = authority === undefined ? {} : { certificateAuthority: authority }
  const username = read(KEYS.username) ?? ANYBODY
  const name = `Secret ${secret.metadata.name}`
  if (url.startsWith('ssh:')) {
    const privateKey = read(KEYS.privateKey)
    const knownHosts = read(KEYS.knownHosts)
    if (privateKey === undefined) return wrong(`${name} has no sshPrivateKey, which ${url} needs`)
    if (knownHosts === undefined) {
      return wrong(`${name} has no known_hosts: without the host key of the server it is not trusted`)
    }
    const credentials = { is: 'ssh', username, privateKey: new SecretText(privateKey), knownHosts } as const
    return { is: 'credentials', credentials, ...rest }
  }
  const password = read(KEYS.password)
  if (password === undefined && authority === undefined) {
    return wrong(`${name} has neither password nor token, which ${url} needs`)
  }
  const credentials: GitCredentials =
    password === undefined ? { is: 'none' } : { is: 'basic', username, password: new SecretText(password) }
  return { is: 'credentials', credentials, ...rest }
}

function textOf({ data = {} }: SecretObject, names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = Buffer.from(data[name] ?? '', 'base64').toString('utf8')
    if (text.trim() !== '') return text.trim()
  }
  return undefined
}
