// This file is about what git says when it fails, turned into what a user can do about it.
import type { GitFault } from './repository.ts'

/** A fault on its way out of this layer, where it becomes a value again. */
export class GitFailure extends Error {
  override name = 'GitFailure'
  readonly fault: GitFault
  constructor(fault: GitFault) {
    super(fault.message)
    this.fault = fault
  }
}

export const gitFault = (kind: GitFault['kind'], message: string): GitFault => ({
  is: 'git-fault',
  kind,
  message,
})

export function failWith(kind: GitFault['kind'], message: string): never {
  throw new GitFailure(gitFault(kind, message))
}

/** The value, or the fault that was thrown on the way; anything else thrown is a bug and goes on. */
export async function faultAsValue<T>(work: () => Promise<T>): Promise<T | GitFault> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof GitFailure) return error.fault
    throw error
  }
}

interface Saying {
  readonly heard: RegExp
  readonly kind: GitFault['kind']
  /** What it means and what to do; `where` is the repository. */
  readonly told: (where: string) => string
}

/** First match wins: what is narrower stands first. Git speaks English to us, as it runs with LC_ALL=C. */
const SAYINGS: readonly Saying[] = [
  {
    heard: /Host key verification failed|host key is known|REMOTE HOST IDENTIFICATION/i,
    kind: 'refused',
    told: (where) => `the host key of ${where} is not a known one: add the line of its host to known_hosts`,
  },
  {
    heard:
      /could not read (Username|Password)|terminal prompts disabled|Authentication failed|error: 401|Invalid username or (password|token)/i,
    kind: 'refused',
    told: (where) =>
      `${where} refuses the credentials, or wants some and was given none: check user name and token, and that the repository is there`,
  },
  {
    heard:
      /error: 403|Permission to \S+ denied|not allowed to (push|upload)|You are not allowed|access denied|insufficient permission/i,
    kind: 'refused',
    told: (where) =>
      `${where} lets these credentials in, but not do this: give them write access to the repository`,
  },
  {
    heard: /Permission denied \(|Load key .*(invalid format|error in libcrypto)|no mutual signature/i,
    kind: 'refused',
    told: (where) =>
      `${where} refuses the ssh key: check that it belongs to a user who may use the repository`,
  },
  {
    heard:
      /repository .*not found|Repository not found|does not appear to be a git repository|not a git repository|error: 404|does not exist/i,
    kind: 'no-repository',
    told: (where) => `there is no repository at ${where}, or these credentials may not see it`,
  },
  {
    heard: /couldn't find remote ref|Remote branch .* not found/i,
    kind: 'no-branch',
    told: (where) => `${where} has no such branch`,
  },
  {
    heard: /certificate|SSL_connect|gnutls_handshake|TLS connect error/i,
    kind: 'unreachable',
    told: (where) =>
      `the certificate of ${where} is not trusted: give the certificate of the authority that signed it`,
  },
  {
    heard: /redirect|error: 30[1278]/i,
    kind: 'unreachable',
    told: (where) =>
      `${where} leads to another address, where credentials are not sent: give the address it leads to`,
  },
  {
    heard:
      /Could not resolve|Failed to connect|Couldn't connect|Connection (refused|timed out|reset|closed)|Operation timed out|No route to host|Network is unreachable|error: 5\d\d|error: 429|early EOF|unexpected disconnect|hung up|transfer closed|Empty reply|RPC failed|proxy|Recv failure|recv error|SSL_read|Could not read from remote/i,
    kind: 'unreachable',
    told: (where) => `${where} cannot be reached`,
  },
]

/** What git said, as a fault with a sentence of ours and git's own last words. */
export function heardFault(stderr: string, where: string): GitFault {
  const saying = SAYINGS.find(({ heard }) => heard.test(stderr))
  const words = lastWords(stderr)
  const said = words === '' ? '' : ` (git: ${words})`
  if (saying === undefined) return gitFault('failed', `git failed on ${where}${said}`)
  return gitFault(saying.kind, `${saying.told(where)}${said}`)
}

const LONGEST = 300

/** The lines that tell most, on one line. */
function lastWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim())
  const telling = lines.filter((line) => /^(fatal|error|remote|ssh|ERROR):|denied|failed/i.test(line))
  const text = (telling.length > 0 ? telling : lines.filter((line) => line !== '')).slice(0, 3).join('; ')
  return text.length > LONGEST ? `${text.slice(0, LONGEST).toWellFormed()}…` : text
}

/** Without user-info of URLs, headers of authorization and what else is known to be secret; and nothing a terminal obeys. */
export function scrubbed(text: string, secrets: readonly string[]): string {
  const hidden = secrets
    .filter((secret) => secret.length > 3)
    .toSorted((a, b) => b.length - a.length)
    .reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text)
  return hidden
    .replace(/:\/\/[^/@\s']+@/g, '://')
    .replace(/(authorization:\s*).*/gi, '$1[redacted]')
    .replace(/\u001b\[[0-9;]*[A-Za-z]|[^\n\t\u0020-\u007e\u00a0-\uffff]/g, '')
}
