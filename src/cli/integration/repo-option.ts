// This file is about `--repo`: which Git repository integrations are kept in, and who we are to its remote.
import type { Command } from 'commander'
import { SecretText } from '../../base/secret-text.ts'
import type { RepoAsked } from '../../operator/commands/kept-integrations.ts'
import type { Context } from '../context.ts'
import { readSecretFile } from './secret-file.ts'

export const REPO_VARIABLE = 'EVERPULL_CONFIG_REPO'
const USERNAME = 'EVERPULL_GIT_USERNAME'
const PASSWORD = 'EVERPULL_GIT_PASSWORD'
const CERTIFICATE_AUTHORITY = 'EVERPULL_GIT_CA_FILE'

export function addRepo(command: Command, help: string): Command {
  return command
    .option('--repo <PATH|URL>', `${help}: a clone, or URL[/path][?ref=branch] [${REPO_VARIABLE}]`)
    .option(
      '--git-token-file <FILE>',
      `a file with the password or token for the remote [${PASSWORD}, with ${USERNAME}] (default: as git itself does)`,
    )
    .option(
      '--git-ca-file <FILE>',
      `the authority that signed the certificate of the remote, PEM [${CERTIFICATE_AUTHORITY}]`,
    )
}

type Read<T> =
  | { readonly is: 'repo'; readonly repo: T }
  | { readonly is: 'wrong'; readonly mistakes: readonly string[] }

export async function repoGiven(
  command: Command,
  context: Context,
  need: 'optional',
  /** Another than `--repo`, to which the same is said of who we are. */
  other?: string,
): Promise<Read<RepoAsked | undefined>>
export async function repoGiven(command: Command, context: Context, need: 'needed'): Promise<Read<RepoAsked>>
export async function repoGiven(
  command: Command,
  { root, terminal }: Context,
  need: 'optional' | 'needed',
  other?: string,
): Promise<Read<RepoAsked | undefined>> {
  const given = command.opts<{ repo?: string; gitTokenFile?: string; gitCaFile?: string }>()
  const { environment } = root
  const named = other ?? given.repo ?? nonEmpty(environment[REPO_VARIABLE])
  const repo = named ?? (need === 'needed' ? await terminal.questions?.text(ASKED) : undefined)
  if (repo === undefined) {
    if (need === 'optional') return { is: 'repo', repo: undefined }
    return {
      is: 'wrong',
      mistakes: [`missing: --repo PATH or URL, or ${REPO_VARIABLE}: where integrations are kept`],
    }
  }
  const mistakes: string[] = []
  const authority = await fileGiven(
    '--git-ca-file',
    given.gitCaFile ?? nonEmpty(environment[CERTIFICATE_AUTHORITY]),
  )
  const password =
    (await fileGiven('--git-token-file', given.gitTokenFile)) ?? nonEmpty(environment[PASSWORD])
  if (mistakes.length > 0) return { is: 'wrong', mistakes }
  // Forges take any user name beside a token.
  const username = nonEmpty(environment[USERNAME]) ?? 'git'
  return {
    is: 'repo',
    repo: {
      repo,
      ...(password === undefined ? {} : { login: { username, password: new SecretText(password) } }),
      ...(authority === undefined ? {} : { certificateAuthority: authority }),
    },
  }

  async function fileGiven(flag: string, file: string | undefined): Promise<string | undefined> {
    if (file === undefined) return undefined
    const text = await readSecretFile(terminal, file)
    if (text === undefined) mistakes.push(`${flag}: "${file}" cannot be read, or is empty`)
    return text
  }
}

const ASKED = {
  message: 'Repository of integrations (a clone, or URL[/path][?ref=branch])',
  flaw: (text: string) => (text === '' ? 'it is needed' : undefined),
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text)
