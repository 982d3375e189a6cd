// This file is about `everpull check`.
import { Command } from 'commander'
import { readConfig } from '../config.ts'
import { readServiceAccount } from '../config/values.ts'
import type { CheckReport, KindChecked, WhoInAws } from '../operator/commands.ts'
import { type Context, examples, tellMistakes } from './context.ts'
import { addSettings, settingsGiven } from './setting-options.ts'
import { type Cell, renderTable } from './table.ts'
import { valueReader } from './value-reader.ts'

/** What decides the outcome; in the operator's own pod, its variables say the same. */
const SETTINGS = [
  'namespace',
  'dialect',
  'takeOver',
  'kubeconfig',
  'context',
  'serviceAccountIdentities',
  'driftWatch',
  'leaseNamespace',
] as const

export function checkCommand(context: Context): Command {
  const command = new Command('check')
    .description(
      'tell what is served, what is dormant and why, which rights are missing, and who we are in AWS',
    )
    .argument('[NAME]', 'only objects of this name')
    .option(
      '--service-account <NAMESPACE/NAME>',
      'look at this account’s rights (default: those of whoever asks)',
    )
    .addHelpText(
      'after',
      examples(context.calledAs, [
        ['check', 'everything the operator can see'],
        ['check repo-ecr --namespace argocd', 'one object'],
        ['check --service-account everpull/everpull', 'as an admin, whether the operator has its rights'],
        ['check | jq .missingRights', 'in a pipe it writes JSON'],
      ]),
    )
  addSettings(command, SETTINGS, {
    variables: true,
    help: { namespace: 'look into these namespaces only (default: all)' },
  })
  return command.action((name: string | undefined) =>
    context.run(async () => {
      const { serviceAccount, ...given } = settingsGiven(command) as ReturnType<typeof settingsGiven> & {
        serviceAccount?: string
      }
      const values = valueReader()
      const account = values.one('--service-account', serviceAccount, readServiceAccount)
      const read = readConfig(given, context.root.environment, context.root.place)
      const mistakes = [...values.mistakes, ...(read.is === 'wrong' ? read.mistakes : [])]
      if (mistakes.length > 0 || read.is === 'wrong') return tellMistakes(context, mistakes)
      const report = await context.root.check(read.config, {
        ...(name === undefined ? {} : { name }),
        ...(account === undefined ? {} : { account }),
      })
      const { terminal } = context
      terminal.out(
        terminal.isWatched ? reportText(report, terminal.hasColours) : `${JSON.stringify(report, null, 2)}\n`,
      )
      return isWell(report) ? 0 : 1
    }),
  )
}

const isWell = (report: CheckReport): boolean =>
  report.missingRights.length === 0 && report.objects.every((o) => o.state !== 'failing')

function reportText(report: CheckReport, colours: boolean): string {
  const sections = [
    [
      `AWS identity: ${whoText(report.aws)}\n`,
      ...report.operatorSecrets.map((one) => `AWS identity in Secret ${one.secret}: ${whoText(one)}\n`),
    ].join(''),
    renderTable(
      {
        head: ['KIND', 'DIALECT', 'VERSION', 'NOTE'],
        rows: report.kinds.map((k) => [k.kind, k.dialect, versionCell(k), k.note ?? '']),
      },
      colours,
    ),
    renderTable(
      {
        head: ['OBJECT', 'NAMESPACE', 'STATE', 'SECRETS', 'EXPIRES', 'WHY'],
        rows: report.objects.map((o) => [
          `${o.kind} ${o.name}`,
          o.namespace,
          stateCell(o.state),
          o.targets.join(', '),
          o.expiresAt ?? '',
          o.because ?? '',
        ]),
      },
      colours,
    ),
    renderTable(
      {
        head: ['MISSING RIGHT', 'NAMESPACE', 'NEEDED FOR'],
        rows: report.missingRights.map((r) => [
          { text: `${r.verb} ${r.resource}`, tone: 'bad' },
          r.namespace ?? '(all)',
          r.neededFor,
        ]),
      },
      colours,
    ),
  ]
  return sections.filter((s) => s !== '').join('\n')
}

const whoText = (who: WhoInAws): string => (who.is === 'known' ? who.arn : `unknown: ${who.because}`)

function versionCell({ version, served }: KindChecked): Cell {
  if (version !== undefined) return version
  return served.length === 0
    ? { text: 'not installed', tone: 'faint' }
    : { text: served.join(', '), tone: 'bad' }
}

function stateCell(state: CheckReport['objects'][number]['state']): Cell {
  return { text: state, tone: ({ served: 'good', dormant: 'faint', failing: 'bad' } as const)[state] }
}
