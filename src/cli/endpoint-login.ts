// This file is about `everpull login --endpoint`: what a CI job says, and where its token is found.
import { parseDuration } from '../base/duration.ts'
import { SecretText } from '../base/secret-text.ts'
import type { Environment } from '../config.ts'
import { oneOf, readPositiveDuration } from '../config/values.ts'
import type { EndpointLoginAsked, EndpointLoginsTold } from '../operator/commands.ts'
import { type Context, type ExitCode, tellMistakes } from './context.ts'
import { dockerConfigText, passwordLine } from './revealed-login.ts'
import { valueReader } from './value-reader.ts'

export interface EndpointGiven {
  readonly registry?: string
  readonly integration?: string
  readonly endpoint?: string
  readonly tokenFile?: string
  readonly audience?: string
  readonly caFile?: string
  readonly access?: string
  readonly dockerConfig?: true
  readonly timeout?: string
}

const PATIENCE = '2m'
const AUDIENCE = 'everpull'
const TOKEN = 'EVERPULL_TOKEN'

export const ENDPOINT_HELP = `With --endpoint, the operator's token endpoint is asked by the name of an integration, and AWS is not. The token is
that of --token-file, of the variable ${TOKEN}, or one that GitHub issues to a job with permissions: id-token: write.`

/** What belongs to --endpoint alone, told where it is missing. */
export const strayOptions = (given: EndpointGiven): readonly string[] =>
  given.endpoint !== undefined
    ? []
    : (
        [
          ['--token-file', given.tokenFile],
          ['--audience', given.audience],
          ['--ca-file', given.caFile],
          ['--access', given.access],
          ['--docker-config', given.dockerConfig],
          ['--timeout', given.timeout],
        ] as const
      ).flatMap(([flag, value]) => (value === undefined ? [] : [`${flag}: needs --endpoint`]))

export async function loginAtEndpoint(context: Context, given: EndpointGiven): Promise<ExitCode> {
  const asked = await askedFor(context, given)
  if ('mistakes' in asked) return tellMistakes(context, asked.mistakes)
  return tell(context, given, await context.root.endpointLogin(asked))
}

function tell(context: Context, given: EndpointGiven, told: EndpointLoginsTold): ExitCode {
  const { terminal } = context
  const { logins, access, note } = told
  const [first] = logins
  if (first === undefined) return tellMistakes(context, ['the endpoint gave no login'])
  if (given.dockerConfig === true) terminal.out(dockerConfigText(logins))
  else if (logins.length > 1) {
    const hosts = logins.map(({ host }) => host).join(', ')
    return tellMistakes(context, [`--registry: say which one, of ${hosts}; or say --docker-config for all`])
  } else terminal.out(passwordLine(first))
  for (const { username, host, expiresAt } of logins) {
    terminal.err(
      `everpull: the password of user ${username} at ${host}, to ${access}, good until ${expiresAt}\n`,
    )
  }
  terminal.err(`everpull: ${note}\n`)
  return 0
}

async function askedFor(
  context: Context,
  given: EndpointGiven,
): Promise<EndpointLoginAsked | { readonly mistakes: readonly string[] }> {
  const values = valueReader()
  const access = values.one('--access', given.access, oneOf(['pull', 'push']))
  const patience =
    values.one('--timeout', given.timeout, readPositiveDuration) ?? parseDuration(PATIENCE) ?? 0
  const mistakes = [...values.mistakes]
  const endpoint = endpointOf(given.endpoint ?? '', mistakes)
  if (given.integration === undefined)
    mistakes.push('--integration: is missing, by which the endpoint is asked')
  const token = await tokenOf(context, given, mistakes)
  const ca = await fileText(context, '--ca-file', given.caFile, mistakes)
  if (mistakes.length > 0 || endpoint === undefined || token === undefined) return { mistakes }
  const { registry, integration = '' } = given
  return {
    endpoint,
    integration,
    token,
    patience,
    ...(registry === undefined
      ? {}
      : { registry: registry.replace(/^https?:\/\//, '').replace(/\/.*$/, '') }),
    ...(access === undefined ? {} : { access }),
    ...(ca === undefined ? {} : { ca }),
  }
}

/** What was given is not said again: it may hold a password. */
function endpointOf(text: string, mistakes: string[]): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isFit =
    url !== undefined &&
    url.protocol === 'https:' &&
    `${url.username}${url.password}${url.search}${url.hash}` === ''
  if (isFit) return url
  mistakes.push('--endpoint: is no https:// URL without user name, query and fragment')
  return undefined
}

async function tokenOf(
  context: Context,
  given: EndpointGiven,
  mistakes: string[],
): Promise<EndpointLoginAsked['token'] | undefined> {
  const { environment } = context.root
  const text =
    given.tokenFile === undefined
      ? environment[TOKEN]
      : await fileText(context, '--token-file', given.tokenFile, mistakes)
  if (text !== undefined && text.trim() !== '') return { is: 'held', token: new SecretText(text.trim()) }
  if (given.tokenFile !== undefined) {
    if (text !== undefined) mistakes.push(`--token-file: ${given.tokenFile} is empty`)
    return undefined
  }
  const issued = issuedByGithub(environment, given.audience ?? AUDIENCE)
  if (issued === undefined) {
    mistakes.push(
      `--token-file: is missing, and neither ${TOKEN} nor ACTIONS_ID_TOKEN_REQUEST_URL is set: say who asks`,
    )
  }
  return issued
}

function issuedByGithub(environment: Environment, audience: string): EndpointLoginAsked['token'] | undefined {
  const url = environment['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? ''
  const credential = environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? ''
  if (credential === '' || !URL.canParse(url) || new URL(url).protocol !== 'https:') return undefined
  return { is: 'github', url: new URL(url), credential: new SecretText(credential), audience }
}

async function fileText(
  { terminal }: Context,
  flag: string,
  file: string | undefined,
  mistakes: string[],
): Promise<string | undefined> {
  if (file === undefined) return undefined
  try {
    return await terminal.read(file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read'
    mistakes.push(`${flag}: ${file} cannot be read: ${code}`)
    return undefined
  }
}
