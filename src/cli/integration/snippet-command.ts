// This file is about `everpull integration snippet`: CI steps that log in to ECR by an integration's name.
import { Command } from 'commander'
import { oneOf, readNamespace, type Value } from '../../config/values.ts'
import type {
  CiAccessEntry,
  CiSystem,
  SnippetAsked,
  SystemSteps,
} from '../../generate/ci-snippets/snippet.ts'
import { type Context, examples, tellMistakes } from '../context.ts'
import { type ValueReader, valueReader } from '../value-reader.ts'

interface Given {
  readonly for?: string
  readonly endpoint?: string
  readonly registry?: string
  readonly access?: string
  readonly audience?: string
  readonly issuer?: string
  readonly subject?: string
  readonly caFile?: string
  readonly rule?: true
}

const SYSTEMS = ['github', 'gitlab', 'jenkins', 'tekton', 'argo'] as const satisfies readonly CiSystem[]

/** What the endpoint itself takes unless told. */
const AUDIENCE = 'everpull'

const ABOUT = `
The steps show the operator's token endpoint a token that CI itself gives to the job, and get logins for it.
Beside them stands the rule that lets these jobs in, for spec.ciAccess of the integration; nobody comes without one.
Parts of it in angle brackets are to be replaced; they match no token as they are.
`

export function snippetCommand(context: Context): Command {
  const command = new Command('snippet')
    .description('print CI steps that log in to ECR by the name of an integration, with no secret in CI')
    .argument('<NAME>', 'the integration')
    .option('--for <SYSTEM>', `the CI system: ${SYSTEMS.join(', ')}`)
    .option('--endpoint <URL>', 'where CI reaches the token endpoint of the operator, https')
    .option('--registry <HOST>', 'log in to this registry only (default: to all the integration names)')
    .option('--access <ACCESS>', 'what the login is for: pull, push (default: pull)')
    .option('--audience <AUDIENCE>', 'what the token is issued for (default: everpull)')
    .option('--subject <PATTERN>', 'whose token it is; * stands for anything but / and :')
    .option(
      '--issuer <ISSUER>',
      'who gives the token (default: that of github.com, gitlab.com, this cluster)',
    )
    .option('--ca-file <FILE>', 'where CI has the certificate of who signed that of the endpoint, as PEM')
    .option('--rule', 'the rule alone, as YAML')
    .addHelpText(
      'after',
      `${ABOUT}${examples(context.calledAs, [
        [
          'integration snippet ecr-prod --for github --endpoint https://everpull.example.com --subject repo:org/app:ref:refs/heads/main',
          'for the main branch of one repository',
        ],
        [
          'integration snippet ecr-prod --for tekton --endpoint https://everpull.everpull.svc:8443 --access push --subject system:serviceaccount:builds:pusher',
          'for the pods of one service account',
        ],
      ])}`,
    )
  return command.action((name: string) => context.run(() => print(context, name, command.opts<Given>())))
}

async function print(context: Context, name: string, given: Given): Promise<0 | 2> {
  const values = valueReader()
  const integration = values.one('NAME', name, readNamespaceLike)
  const system = needed(values, '--for', given.for, oneOf(SYSTEMS), `which CI: ${SYSTEMS.join(', ')}`)
  const { ciSnippet, isUnfinished, ruleYaml, stepsFor } = await import(
    '../../generate/ci-snippets/ci-snippet.ts'
  )
  const steps = system === undefined ? undefined : stepsFor(system)
  const asked = readAsked(values, given, steps)
  if (integration === undefined || steps === undefined || asked === undefined || values.mistakes.length > 0) {
    return tellMistakes(context, values.mistakes) as 2
  }
  const { terminal } = context
  const { rule } = asked
  terminal.out(given.rule === true ? ruleYaml(rule) : ciSnippet(steps.system, { ...asked, integration }))
  if (isUnfinished(rule.subject)) {
    terminal.err(
      `everpull: replace what is in angle brackets in the rule's subject, or say --subject: ${rule.subject}\n`,
    )
  }
  return 0
}

function readAsked(
  values: ValueReader,
  given: Given,
  steps: SystemSteps | undefined,
): Omit<SnippetAsked, 'integration'> | undefined {
  const endpoint = needed(
    values,
    '--endpoint',
    given.endpoint,
    readEndpoint,
    'the URL that CI reaches the operator at',
  )
  const registry = values.one('--registry', given.registry, readHost)
  const certificateAuthority = values.one('--ca-file', given.caFile, readPlain)
  const rule = readRule(values, given, steps)
  if (endpoint === undefined || rule === undefined) return undefined
  return {
    endpoint,
    rule,
    ...(registry === undefined ? {} : { registry }),
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
  }
}

function readRule(
  values: ValueReader,
  given: Given,
  steps: SystemSteps | undefined,
): CiAccessEntry | undefined {
  const access = values.one('--access', given.access, oneOf(['pull', 'push'])) ?? 'pull'
  const audience = values.one('--audience', given.audience, readPlain) ?? AUDIENCE
  const subject = values.one('--subject', given.subject, readPlain) ?? steps?.subject
  const issuer = values.one('--issuer', given.issuer, readIssuer) ?? steps?.issuer
  if (steps !== undefined && issuer === undefined && given.issuer === undefined) {
    values.mistakes.push(`--issuer is missing: who gives the token; ${steps.issuerHint}`)
  }
  if (issuer === undefined || subject === undefined) return undefined
  return { issuer, audience, subject, access, ...(steps?.reuse === true ? { reuse: true } : {}) }
}

function needed<T>(
  values: ValueReader,
  flag: string,
  given: string | undefined,
  read: (text: string) => Value<T>,
  what: string,
): T | undefined {
  if (given === undefined) values.mistakes.push(`${flag} is missing: ${what}`)
  return values.one(flag, given, read)
}

const value = <T>(v: T): Value<T> => ({ is: 'value', value: v })
const wrong = (because: string): Value<never> => ({ is: 'wrong', because })

const readNamespaceLike = (text: string): Value<string> =>
  readNamespace(text).is === 'value'
    ? value(text)
    : wrong('is no name of an integration: lower-case letters, digits and -')

/** What stands in shell, YAML and Groovy alike as it is. */
const readPlain = (text: string): Value<string> =>
  /^[^\s"'`$\\{}]{1,512}$/.test(text)
    ? value(text)
    : wrong('is empty, or holds blanks, quotes, $, \\ or braces')

const readHost = (text: string): Value<string> =>
  /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/.test(text) ? value(text) : wrong('is no host name')

const readIssuer = (text: string): Value<string> =>
  text === 'kubernetes' || text.startsWith('https://')
    ? readPlain(text)
    : wrong('is no https:// URL, and not kubernetes')

function readEndpoint(text: string): Value<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:') return wrong('is no https:// URL: a login is not sent in the clear')
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return wrong('has more in it than host, port and path')
  return readPlain(text.replace(/\/+$/, ''))
}
