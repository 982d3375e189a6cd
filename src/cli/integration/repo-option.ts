// This file is about `--repo`: which Git repository integrations are kept in, and who we are to its remote.
import type { Command } from 'commander'
import { SecretText } from '../../base/secret-text.ts'
import type { RepoAsked } from '../../operator/commands/kept-integrations.ts'
import type { Context } from '../context.ts'
import { readSecretFile } from './secret-file.ts'

export const REPO_VARIABLE = 'EVERPULL_CONFIG_REPO'
const USERNAME = 'EVERPULL_GIT_USERNAME'
const PASSWORD = 'EVERPULL_GIT_PASSWORD'

export function addRepo(command: Command, help: string): Command {
  return command
    .option('--repo <PATH|URL>', `${help}: a clone, or URL[/path][?ref=branch] [${REPO_VARIABLE}]`)
    .option(
      '--git-token-file <FILE>',
      `password or token for the remote (default: [${PASSWORD}], else as git does)`,
    )
}

type Read<T> =
  | { readonly is: 'repo'; readonly repo: T }
  | { readonly is: 'wrong'; readonly mistakes: readonly string[] }

export async function repoGiven(
  command: Command,
  context: Context,
  need: 'optional',
): Promise<Read<RepoAsked | undefined>>
export async function repoGiven(command: Command, context: Context, need: 'needed'): Promise<Read<RepoAsked>>
export async function repoGiven(
  command: Command,
  { root, terminal }: Context,
  need: 'optional' | 'needed',
): Promise<Read<RepoAsked | undefined>> {
  const given = command.opts<{ repo?: string; gitTokenFile?: string }>()
  const { environment } = root
  const named = given.repo ?? nonEmpty(environment[REPO_VARIABLE])
  const repo = named ?? (need === 'needed' ? await terminal.questions?.text(ASKED) : undefined)
  if (repo === undefined) {
    if (need === 'optional') return { is: 'repo', repo: undefined }
    return {
      is: 'wrong',
      mistakes: [`missing: --repo PATH or URL, or ${REPO_VARIABLE}: where integrations are kept`],
    }
  }
  const file = given.gitTokenFile
  const text = file === undefined ? nonEmpty(environment[PASSWORD]) : await readSecretFile(terminal, file)
  if (text === undefined && file !== undefined) {
    return { is: 'wrong', mistakes: [`--git-token-file: "${file}" cannot be read, or is empty`] }
  }
  if (text === undefined) return { is: 'repo', repo: { repo } }
  // Forges take any user name beside a token.
  const username = nonEmpty(environment[USERNAME]) ?? 'git'
  return { is: 'repo', repo: { repo, login: { username, password: new SecretText(text) } } }
}

const ASKED = {
  message: 'Repository of integrations (a clone, or URL[/path][?ref=branch])',
  flaw: (text: string) => (text === '' ? 'it is needed' : undefined),
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text)
