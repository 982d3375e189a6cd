// This file is about `everpull login`: one login for a laptop, as docker and its like take it on standard input.
import { Command } from 'commander'
import { readText } from '../config/values.ts'
import { CommandFailure, type LoginAsked } from '../operator/commands.ts'
import { type Context, examples, tellMistakes } from './context.ts'
import { ENDPOINT_HELP, type EndpointGiven, loginAtEndpoint, strayOptions } from './endpoint-login.ts'
import { addLooking, lookingGiven } from './looking.ts'
import { passwordLine } from './revealed-login.ts'
import { valueReader } from './value-reader.ts'

interface Given extends EndpointGiven {
  readonly region?: string
}

export function loginCommand(context: Context): Command {
  const command = new Command('login')
    .description('print the password of a registry, for docker login --password-stdin')
    .argument('[NAME]', 'as this RegistryLogin of the cluster does, or whatever else keeps one')
    .option('--registry <HOST>', 'the registry; with NAME, which of its registries')
    .option('--region <REGION>', 'of a registry whose host does not tell it')
    .option('--integration <NAME>', 'as this EcrIntegration, in the name of the namespace')
    .option('--endpoint <URL>', 'ask the token endpoint of an operator for the login, by --integration')
    .option('--token-file <FILE>', 'the token that says who asks, - for standard input')
    .option('--audience <AUDIENCE>', 'what GitHub issues the token for (default: everpull)')
    .option('--ca-file <FILE>', 'trust the certificates in this PEM file for --endpoint')
    .option('--access <ACCESS>', 'pull or push (default: all that is given)')
    .option('--docker-config', 'print a docker config for all registries of the integration')
    .option('--timeout <DURATION>', 'give up at --endpoint after this long (default: 2m)')
    .addHelpText(
      'after',
      `\nWithout NAME and --integration, AWS is asked with the credentials of this machine, and no cluster is reached.
The password alone goes to standard output. For docker to ask by itself, write this into ~/.docker/config.json:
  {"credHelpers": {"123456789012.dkr.ecr.eu-west-1.amazonaws.com": "everpull"}}
It runs docker-credential-everpull, which comes along; EVERPULL_LOGIN_INTEGRATION and EVERPULL_LOGIN_NAMESPACE
have it ask through an integration.

${ENDPOINT_HELP}\n${examples(context.calledAs, [
        [
          'login --registry $HOST | docker login --username AWS --password-stdin $HOST',
          'with the AWS credentials of this machine',
        ],
        ['login --registry $HOST --integration ecr-prod -n builds', 'as objects of that namespace do'],
        ['login pull -n builds', 'as one object does'],
        [
          'login --integration ecr-prod --endpoint https://everpull.example.com --docker-config >~/.docker/config.json',
          'in a CI job, with its token',
        ],
      ])}`,
    )
  addLooking(command, 'of NAME, or in whose name (default: that of the context)')
  return command.action((name: string | undefined) =>
    context.run(async () => {
      const given = command.opts<Given>()
      if (given.endpoint !== undefined) {
        const mistakes = beside(name, given)
        return mistakes.length > 0 ? tellMistakes(context, mistakes) : loginAtEndpoint(context, given)
      }
      const read = lookingGiven(command, context)
      const values = valueReader()
      values.one('--registry', given.registry, readText)
      const mistakes = [
        ...values.mistakes,
        ...(read.is === 'wrong' ? read.mistakes : []),
        ...strayOptions(given),
        ...contradictions(name, given),
      ]
      if (read.is === 'wrong' || mistakes.length > 0) return tellMistakes(context, mistakes)
      const { config, namespace } = read.looking
      const login = await context.root.login(config, askedFor(name, given, namespace))
      if (login.is === 'not-ecr') {
        throw new CommandFailure(`"${given.registry}" is no Amazon ECR host: ${login.because}`, true)
      }
      const { terminal } = context
      terminal.out(passwordLine(login))
      terminal.err(
        `everpull: the password of user ${login.username} at ${login.host}, good until ${login.expiresAt}\n`,
      )
      return 0
    }),
  )
}

/** The operator there knows its cluster and its regions. */
const beside = (name: string | undefined, { region }: Given): readonly string[] => [
  ...(name === undefined ? [] : ['NAME: --endpoint asks by --integration: leave out one of the two']),
  ...(region === undefined ? [] : ['--region: the integration says which: leave it out']),
]

function contradictions(
  name: string | undefined,
  { registry, region, integration }: Given,
): readonly string[] {
  if (name === undefined) return registry === undefined ? ['say NAME, or --registry HOST'] : []
  return [
    ...(integration === undefined ? [] : ['--integration: NAME says who asks: leave out one of the two']),
    ...(region === undefined ? [] : ['--region: NAME says which region: leave out one of the two']),
  ]
}

function askedFor(name: string | undefined, given: Given, namespace: string | undefined): LoginAsked {
  const { registry, region, integration } = given
  const host = registry === undefined ? undefined : registry.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
  if (name !== undefined) return { is: 'object', name, namespace, ...(host === undefined ? {} : { host }) }
  return {
    is: 'registry',
    host: host ?? '',
    ...(region === undefined ? {} : { region }),
    ...(integration === undefined ? {} : { integration: { name: integration, namespace } }),
  }
}
