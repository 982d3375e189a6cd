// This file is about what the operator's process may do: which files it reads and writes, and whether it starts programs.
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where what is mounted into a pod lies: tokens of accounts, of web identities and of EKS Pod Identity. */
const MOUNTS = ['/var/run/secrets/*', '/run/secrets/*']
/** What the process metrics read. */
const OWN_FIGURES = ['status', 'stat', 'fd', 'limits'].map((name) => `/proc/self/${name}`)

/** Files that a kubeconfig, or a profile of AWS, names; both forms of YAML, and INI. */
const NAMED_FILE =
  /["']?(?:certificate-authority|client-certificate|client-key|tokenFile|web_identity_token_file|ca_bundle)["']?\s*[:=]\s*(?:"([^"]*)"|'([^']*)'|([^"'\s,}\]][^,}\]\n]*))/g
/** Plugins and commands that hand out credentials. */
const STARTS_PROGRAMS =
  /["']?(?:exec|auth-provider)["']?\s*:\s*[^\s~n]|["']?(?:exec|auth-provider)["']?\s*:\s*$|\bcredential_process\s*=/m

/**
 * Node's flags for the operator, as its arguments and its environment stand: the network, reading its own code and what
 * these name, and nothing else.
 * @param {readonly string[]} args of the command line
 * @param {Readonly<Record<string, string | undefined>>} env
 */
export function permissionFlags(args, env) {
  const asked = (flag) => valueOf(args, flag) ?? env[`EVERPULL_${flag.toUpperCase().replaceAll('-', '_')}`]
  const home = env.HOME || homedir()
  const kubeconfigs = kubeconfigFiles(asked('kubeconfig'), env, home)
  const profiles = [
    env.AWS_CONFIG_FILE || join(home, '.aws', 'config'),
    env.AWS_SHARED_CREDENTIALS_FILE || join(home, '.aws', 'credentials'),
  ].map((path) => (path.startsWith('~/') ? join(home, path.slice(2)) : path))
  const texts = [...kubeconfigs, ...profiles].map((path) => ({ path, text: textOf(path) }))
  const isSyncing = Boolean(asked('config-repo'))
  const caches = existing([join(home, '.aws', 'sso', 'cache'), join(home, '.aws', 'login', 'cache')])
  const compiled = env.NODE_COMPILE_CACHE || join(tmpdir(), 'node-compile-cache')
  const writes = [compiled, `${compiled}/*`, ...caches, ...(isSyncing ? [tmpdir()] : [])]
  const reads = [
    ...ownCode(),
    ...MOUNTS,
    ...OWN_FIGURES,
    ...kubeconfigs,
    ...profiles,
    ...texts.flatMap(({ path, text }) => namedIn(text).map((file) => resolve(dirname(path), file))),
    ...existing([join(home, '.aws')]),
    ...(asked('allow-read') ?? '').split(','),
    env.AWS_WEB_IDENTITY_TOKEN_FILE,
    env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
    env.AWS_CA_BUNDLE,
    env.NODE_EXTRA_CA_CERTS,
    asked('token-endpoint-cert'),
    asked('token-endpoint-key'),
    ...writes,
  ].filter(Boolean)
  const startsPrograms = isSyncing || texts.some(({ text }) => STARTS_PROGRAMS.test(text))
  return [
    '--permission',
    '--allow-net',
    ...(startsPrograms ? ['--allow-child-process'] : []),
    ...unique(reads).map((path) => `--allow-fs-read=${path}`),
    ...unique(writes).map((path) => `--allow-fs-write=${path}`),
    // That the model of network permissions is young is nothing a user could act on.
    '--disable-warning=ExperimentalWarning',
  ]
}

/** `--flag=value` or `--flag value`; the last one counts. */
function valueOf(args, flag) {
  let value
  args.forEach((arg, i) => {
    if (arg.startsWith(`--${flag}=`)) value = arg.slice(flag.length + 3)
    else if (arg === `--${flag}`) value = args[i + 1]
  })
  return value
}

function kubeconfigFiles(asked, env, home) {
  if (asked) return [resolve(asked)]
  const named = (env.KUBECONFIG ?? '').split(':').filter(Boolean)
  return (named.length > 0 ? named : [join(home, '.kube', 'config')]).map((path) => resolve(path))
}

/** The package, and the packages beside it where it was installed as one of them. */
function ownCode() {
  const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '')
  const shared = root.indexOf(`${sep}node_modules${sep}`)
  const beside = shared < 0 ? [] : [root.slice(0, shared + `${sep}node_modules`.length)]
  const code = existing([
    ...['bin', 'src', 'dist', 'node_modules', 'package.json'].map((name) => join(root, name)),
    ...beside,
  ])
  // Modules are loaded from where links lead, and what is beside them says which kind they are.
  const real = code.map((path) => realpathSync(path))
  return [...code, ...real, ...existing(real.map((path) => join(dirname(path), 'package.json')))]
}

const namedIn = (text) =>
  [...text.matchAll(NAMED_FILE)].map(([, a, b, c]) => (a ?? b ?? c ?? '').trim()).filter(Boolean)

const existing = (paths) => paths.filter((path) => existsSync(path))

const unique = (paths) => [...new Set(paths.map((path) => resolve(path)))]

function textOf(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
