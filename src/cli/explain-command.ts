// This file is about `everpull explain`: why a Secret, or the object that keeps it, is as it is.
import { Command } from 'commander'
import type { DecisionTold, Explanation, ObjectExplained, SecretExplained } from '../operator/commands.ts'
import { type Context, examples, tellMistakes } from './context.ts'
import { addLooking, lookingGiven } from './looking.ts'
import { addOutput, type OutputFormat, TABLE_OR_JSON, tell } from './output-format.ts'
import { type Cell, renderTable } from './table.ts'

export function explainCommand(context: Context): Command {
  const command = new Command('explain')
    .description(
      'tell why a Secret is as it is: who keeps it, as whom AWS is asked, how old its logins are, when they are renewed, and what keeps them from it',
    )
    .argument('<NAME>', 'a Secret, or an object that keeps some')
    .addHelpText(
      'after',
      `\nNothing is changed, and nothing secret is shown. Exits 1 where a Secret is not as it should be.\n${examples(
        context.calledAs,
        [
          ['explain ecr-pull -n builds', 'one Secret, or the object of that name'],
          ['explain everywhere', 'a ClusterRegistryLogin, with all namespaces that fail'],
          ['explain ecr-pull -n builds -o json | jq .objects[].secrets[].decision', 'for programs'],
        ],
      )}`,
    )
  addLooking(command, 'only there (default: anywhere)')
  addOutput(command, ['table', 'json', 'yaml', 'name'], TABLE_OR_JSON)
  return command.action((name: string) =>
    context.run(async () => {
      const read = lookingGiven(command, context)
      if (read.is === 'wrong') return tellMistakes(context, read.mistakes)
      const { config, namespace } = read.looking
      const explanation = await context.root.explain(config, {
        name,
        ...(namespace === undefined ? {} : { namespace }),
      })
      tell(context.terminal, command.opts<{ output?: OutputFormat }>().output, {
        table: (colours) => explanation.objects.map((one) => objectText(one, colours)).join('\n'),
        value: explanation,
        names: explanation.objects.map(({ kind, name: own }) => `${kind.toLowerCase()}/${own}`),
      })
      return isWell(explanation) ? 0 : 1
    }),
  )
}

const isSecretWell = ({ decision }: SecretExplained): boolean => decision.is === 'fresh'

const isWell = ({ objects }: Explanation): boolean =>
  objects.every(({ problem, secrets }) => problem === undefined && secrets.every(isSecretWell))

/** Beyond so many Secrets, those that are well are counted only. */
const MOST_TOLD = 10

function objectText(object: ObjectExplained, colours: boolean): string {
  const { kind, namespace, name, dialect, problem, conditions, secrets } = object
  const unwell = secrets.filter((one) => !isSecretWell(one))
  const told = secrets.length > MOST_TOLD ? unwell : secrets
  const rest = secrets.length - told.length
  return [
    `${kind} ${namespace === '' ? '' : `${namespace}/`}${name} (dialect ${dialect})\n`,
    ...(problem === undefined ? [] : [`  ${problem}\n`]),
    indented(
      renderTable(
        {
          head: ['CONDITION', 'STATUS', 'SINCE', 'REASON', 'MESSAGE'],
          rows: conditions.map((one) => [one.type, one.status, one.since ?? '', one.reason, one.message]),
        },
        colours,
      ),
    ),
    ...told.map((one) => `\n${secretText(one, colours)}`),
    ...(rest === 0 ? [] : [`\n  ${rest} more Secrets hold what is asked for (-o json tells them all)\n`]),
  ].join('')
}

function secretText(secret: SecretExplained, colours: boolean): string {
  const { logins, shape, consent, links, decision } = secret
  const facts: readonly (readonly Cell[])[] = [
    ...(shape === '' ? [] : [['holds', shape]]),
    ['decision', decisionCell(decision)],
    ...(decision.renewsAt === undefined ? [] : [['renewed', `at ${decision.renewsAt}`]]),
    ...logins.flatMap(({ scope, identity, mintedAt, expiresAt }) => [
      ...(scope === '' ? [] : [['login', `${scope}, as ${identity}`]]),
      ...(mintedAt === undefined ? [] : [['life', `minted at ${mintedAt}, dies at ${expiresAt}`]]),
    ]),
    ...(consent === undefined ? [] : [['written', `as ${consent}`]]),
    ...links.map((link) => ['linked', link]),
  ]
  return indented(renderTable({ head: ['SECRET', secret.secret], rows: facts }, colours))
}

const decisionCell = ({ is, because }: DecisionTold): Cell => ({
  text: `${is}: ${because}`,
  tone: is === 'fresh' ? 'good' : is === 'yield' ? 'faint' : 'bad',
})

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ')
