// This file is about `everpull policy`: the least that IAM has to allow for an object or an integration.
import { Command } from 'commander'
import { CommandFailure, type PolicyTold } from '../operator/commands.ts'
import { type Context, examples, tellMistakes } from './context.ts'
import { addLooking, lookingGiven } from './looking.ts'
import { addOutput, type OutputFormat, tell } from './output-format.ts'
import { renderTable } from './table.ts'

interface Given {
  readonly trust?: boolean
  readonly repository?: boolean
  readonly of?: string
  readonly push?: boolean
  readonly caller?: string
  readonly output?: OutputFormat
}

export function policyCommand(context: Context): Command {
  const command = new Command('policy')
    .description('print the least IAM policy that an object or an integration needs, as JSON')
    .argument('<NAME>', 'an EcrIntegration, a RegistryLogin, or anything else that asks AWS for logins')
    .option('--trust', 'the trust policy of the role instead')
    .option('--repository', 'the policy for repositories of another account instead')
    .option('--of <ARN>', 'of this user, role or account, where several are on the way')
    .option('--push', 'allow pushing too')
    .option('--caller <ARN>', 'who the operator is in AWS, where only its own place knows')
    .addHelpText(
      'after',
      `\nThe document of whoever asks ECR goes to standard output, and which others there are to standard error.\n${examples(
        context.calledAs,
        [
          [
            'policy ecr-prod > policy.json && aws iam create-policy --policy-name ecr --policy-document file://policy.json',
            'let an integration pull',
          ],
          [
            'policy ecr-prod --trust --caller arn:aws:iam::123456789012:role/everpull',
            'whom its role has to trust',
          ],
          ['policy pull -n builds -o table', 'all that is needed for one object, and by whom'],
        ],
      )}`,
    )
  addLooking(command, 'only an object there (default: any)')
  addOutput(command, ['table', 'json', 'yaml', 'name'], 'all documents there are, instead of one')
  return command.action((name: string) =>
    context.run(async () => {
      const read = lookingGiven(command, context)
      if (read.is === 'wrong') return tellMistakes(context, read.mistakes)
      const given = command.opts<Given>()
      const { config, namespace } = read.looking
      const policies = await context.root.policies(config, {
        name,
        push: given.push === true,
        ...(namespace === undefined ? {} : { namespace }),
        ...(given.caller === undefined ? {} : { caller: given.caller }),
      })
      if (given.output === undefined) return printOne(context, policies, given)
      tell(context.terminal, given.output, {
        table: (colours) => policiesTable(policies, colours),
        value: { policies },
        names: policies.map(({ kind, of }) => `${kind}/${of}`),
      })
      return 0
    }),
  )
}

function printOne(context: Context, policies: readonly PolicyTold[], given: Given): 0 {
  const kind = given.trust === true ? 'trust' : given.repository === true ? 'repository' : 'identity'
  const wanted = policies.filter((one) => one.kind === kind && (given.of ?? one.of) === one.of)
  // The last on the way is who asks ECR.
  const chosen = wanted.at(-1)
  const { terminal } = context
  if (chosen === undefined) {
    const others = policies.map((one) => `${one.kind} of ${one.of}`).join(', ')
    const of = given.of === undefined ? '' : ` of ${given.of}`
    throw new CommandFailure(`there is no ${kind} policy${of} to write; there are: ${others}`)
  }
  terminal.out(`${JSON.stringify(chosen.policy, null, 2)}\n`)
  terminal.err(`everpull: the ${chosen.kind} policy of ${chosen.of}, for ${chosen.object}\n`)
  for (const other of policies.filter((one) => one !== chosen)) {
    const flag = { identity: '', trust: ' --trust', repository: ' --repository' }[other.kind]
    terminal.err(`everpull: beside it, the ${other.kind} policy of ${other.of}:${flag} --of ${other.of}\n`)
  }
  return 0
}

const policiesTable = (policies: readonly PolicyTold[], colours: boolean): string =>
  renderTable(
    {
      head: ['OBJECT', 'POLICY', 'OF', 'ALLOWS'],
      rows: policies.map(({ object, kind, of, policy }) => [object, kind, of, actionsIn(policy).join(', ')]),
    },
    colours,
  )

function actionsIn(policy: object): readonly string[] {
  const { Statement = [] } = policy as {
    readonly Statement?: readonly { readonly Action?: string | readonly string[] }[]
  }
  return Statement.flatMap(({ Action = [] }) => Action)
}
