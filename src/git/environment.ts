// This file is about the environment git runs in: what of ours it sees, what it may do, and credentials, which stand nowhere else.
import { writeFile } from 'node:fs/promises'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { failWith } from './fault.ts'
import type { GitAccess, GitCredentials } from './repository.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface GitEnvironment {
  readonly environment: Environment
  /** Never to be told. */
  readonly secrets: readonly string[]
}

/** Settings given to git by environment: they win over every file, and stand in no list of processes. */
type Settings = readonly (readonly [string, string])[]

/** What git takes of the environment where it is to behave as on the user's own terminal. */
const AMBIENT_GIT =
  /^GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|SSL_CAINFO|SSL_CAPATH|(AUTHOR|COMMITTER)_(NAME|EMAIL))$/
/** The way to the remote, and whom to trust there: no matter of who asks. */
const WAYS = /^(PATH|(https?|no|all)_proxy|GIT_SSL_CAINFO|GIT_SSL_CAPATH|SSL_CERT_FILE|SSL_CERT_DIR)$/i

/** `url`: where the credentials are to go, and nowhere else. `scratch`: a private folder for what has to be a file. */
export async function gitEnvironment(
  access: GitAccess,
  url: string | undefined,
  scratch: string,
): Promise<GitEnvironment> {
  const { credentials, environment, location } = access
  const isAmbient = credentials.is === 'ambient'
  const own = isAmbient ? ambient(environment) : bare(environment, scratch)
  const ssh = isAmbient ? undefined : await sshCommand(credentials, scratch)
  const settings = [
    ...always,
    ...(isAmbient
      ? []
      : ([
          ['http.followRedirects', 'false'],
          ['credential.helper', ''],
        ] as const)),
    ...(await authority(access, scratch)),
    ...basicHeader(credentials, url),
  ]
  return {
    secrets: secretsOf(credentials),
    environment: {
      ...own,
      // It would win over the authority that was given.
      ...(access.certificateAuthority !== undefined && { GIT_SSL_CAINFO: undefined }),
      ...asVariables(settings, isAmbient ? environment : {}),
      ...(ssh !== undefined && { GIT_SSH_COMMAND: ssh, GIT_SSH_VARIANT: 'ssh' }),
      GIT_ALLOW_PROTOCOL: location.is === 'remote' ? 'https:ssh' : 'https:http:ssh:git:file',
      GIT_TERMINAL_PROMPT: '0',
      SSH_ASKPASS_REQUIRE: 'never',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_NO_REPLACE_OBJECTS: '1',
      LC_ALL: 'C',
    },
  }
}

/** Nothing of a repository may run, and what is fetched again and again is tidied up. */
const always: Settings = [
  ['core.hooksPath', devNull],
  ['core.fsmonitor', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['gc.autoDetach', 'false'],
  ['push.gpgSign', 'false'],
  ['push.followTags', 'false'],
]

function ambient(given: Environment): Environment {
  const kept = Object.entries(given).filter(
    ([name]) => !/^(GIT_|LC_|LANG|SSH_ASKPASS)/.test(name) || AMBIENT_GIT.test(name),
  )
  return Object.fromEntries(kept)
}

function bare(given: Environment, scratch: string): Environment {
  const kept = Object.entries(given).filter(([name]) => WAYS.test(name))
  return { ...Object.fromEntries(kept), HOME: scratch, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: devNull }
}

/** After those that the environment gives already. */
function asVariables(settings: Settings, given: Environment): Environment {
  const before = Number(given.GIT_CONFIG_COUNT ?? '0')
  const first = Number.isInteger(before) && before > 0 ? before : 0
  return {
    GIT_CONFIG_COUNT: String(first + settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], i) => [
        [`GIT_CONFIG_KEY_${first + i}`, key],
        [`GIT_CONFIG_VALUE_${first + i}`, value],
      ]),
    ),
  }
}

async function authority({ certificateAuthority }: GitAccess, scratch: string): Promise<Settings> {
  if (certificateAuthority === undefined) return []
  const file = join(scratch, 'ca.pem')
  await writeFile(file, certificateAuthority, { mode: 0o600 })
  return [['http.sslCAInfo', file]]
}

const basicText = (username: string, password: string): string =>
  Buffer.from(`${username}:${password}`).toString('base64')

function basicHeader(credentials: GitCredentials, url: string | undefined): Settings {
  if (credentials.is !== 'basic') return []
  const parsed = url !== undefined && URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'https:') {
    failWith('refused', 'a user name with a password or token is for https:// only; ssh takes a private key')
  }
  const text = basicText(credentials.username, credentials.password.reveal())
  return [[`http.${parsed.origin}/.extraHeader`, `Authorization: Basic ${text}`]]
}

async function sshCommand(credentials: GitCredentials, scratch: string): Promise<string> {
  const options = [
    `-F ${devNull}`,
    ...['BatchMode=yes', 'IdentitiesOnly=yes', 'IdentityAgent=none', 'StrictHostKeyChecking=yes'].map(option),
    option(`GlobalKnownHostsFile=${devNull}`),
  ]
  if (credentials.is !== 'ssh') {
    return ['ssh', ...options, option(`UserKnownHostsFile=${devNull}`)].join(' ')
  }
  if (!/^[A-Za-z0-9_.][A-Za-z0-9_.-]*$/.test(credentials.username)) {
    failWith('refused', 'the user name for ssh is none that ssh takes')
  }
  const [key, hosts] = [join(scratch, 'ssh-key'), join(scratch, 'known_hosts')]
  await writeFile(key, `${credentials.privateKey.reveal().trimEnd()}\n`, { mode: 0o600 })
  await writeFile(hosts, `${credentials.knownHosts.trimEnd()}\n`, { mode: 0o600 })
  const files = [option(`IdentityFile=${key}`), option(`UserKnownHostsFile=${hosts}`)]
  return ['ssh', ...options, ...files, '-l', credentials.username].join(' ')
}

/** Git hands the command to a shell, so a folder with a quote in its name must not end the word. */
const option = (text: string): string => `-o '${text.replaceAll("'", `'\\''`)}'`

function secretsOf(credentials: GitCredentials): readonly string[] {
  if (credentials.is === 'ssh') return [credentials.privateKey.reveal()]
  if (credentials.is !== 'basic') return []
  const password = credentials.password.reveal()
  return [password, encodeURIComponent(password), basicText(credentials.username, password)]
}
