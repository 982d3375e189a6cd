// This file is about docker-credential-everpull: the protocol by which docker, crane and skopeo ask a program for logins.
//
// One word says what is asked, the rest comes on standard input, the answer goes to standard output; so does an error,
// with exit code 1. A login that "is not found" makes the asker go on without one, so that other registries just work.
import { readConfig } from '../config.ts'
import { CommandFailure } from '../operator/commands.ts'
import { type ExitCode, failureText, type Root } from './context.ts'
import { credentialAnswer } from './revealed-login.ts'
import type { Terminal } from './terminal.ts'

export const CREDENTIAL_HELPER = 'docker-credential-everpull'

/** The text that askers know it by. */
const NOT_FOUND = 'credentials not found in native keychain'

/** Through which integration of a cluster, and in the name of which namespace: nobody can give flags here. */
export const VARIABLES = {
  integration: 'EVERPULL_LOGIN_INTEGRATION',
  namespace: 'EVERPULL_LOGIN_NAMESPACE',
} as const

export async function runCredentialProtocol(
  argv: readonly string[],
  _calledAs: string,
  root: Root,
  terminal: Terminal,
): Promise<ExitCode> {
  try {
    return await answer(argv[0], root, terminal)
  } catch (thrown) {
    terminal.out(`${failureText(thrown)}\n`)
    return 1
  }
}

async function answer(verb: string | undefined, root: Root, terminal: Terminal): Promise<ExitCode> {
  switch (verb ?? '') {
    case 'get':
      return get(root, terminal)
    case 'list':
      terminal.out('{}\n')
      return 0
    case 'store':
    case 'erase':
      // Nothing is kept, so there is nothing to put away or to take back.
      await terminal.read('-')
      return 0
    case 'version':
      terminal.out(`${CREDENTIAL_HELPER} ${root.version}\n`)
      return 0
    default:
      terminal.err(
        `${CREDENTIAL_HELPER} is for docker and its like: write "credHelpers": {"HOST": "everpull"} into ~/.docker/config.json; it knows get, store, erase, list and version\n`,
      )
      return 2
  }
}

async function get(root: Root, terminal: Terminal): Promise<ExitCode> {
  const serverUrl = (await terminal.read('-')).trim()
  const host = serverUrl.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
  const read = readConfig({}, root.environment, root.place)
  if (read.is === 'wrong') throw new CommandFailure(read.mistakes.join('; '))
  const { [VARIABLES.integration]: name, [VARIABLES.namespace]: namespace } = root.environment
  const login = await root.login(read.config, {
    is: 'registry',
    host,
    ...(name === undefined || name === ''
      ? {}
      : { integration: { name, namespace: namespace || undefined } }),
  })
  if (login.is === 'not-ecr') {
    terminal.out(`${NOT_FOUND}\n`)
    return 1
  }
  terminal.out(credentialAnswer(serverUrl, login))
  return 0
}
