// This file is about `everpull check`.
import { Command } from 'commander'
import { readConfig } from '../config.ts'
import { readServiceAccount } from '../config/values.ts'
import type { CheckReport, KindChecked, ObjectProbed, StepTold, WhoInAws } from '../operator/commands.ts'
import { type Context, examples, tellMistakes } from './context.ts'
import { addOutput, type OutputFormat, TABLE_OR_JSON, tell } from './output-format.ts'
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
  'leaseName',
  'shards',
  'selector',
  'argocdNamespace',
  'nudgeArgocd',
  'runtime',
  'configRepo',
  'configRepoSecret',
  'ambientCredentials',
] as const

export function checkCommand(context: Context): Command {
  const command = new Command('check')
    .description(
      'tell what is served, what is dormant and why, which rights are missing, and who we are in AWS',
    )
    .argument(
      '[NAME]',
      'only objects of this name; and their connections are tested, step by step, with what would help',
    )
    .option('--push', 'with NAME: test whether pushing is allowed too')
    .option(
      '--service-account <NAMESPACE/NAME>',
      'look at this account’s rights (default: those of whoever asks)',
    )
    .addHelpText(
      'after',
      examples(context.calledAs, [
        ['check', 'everything the operator can see'],
        ['check ecr-prod', 'test an integration: each permission, and what to change where one is missing'],
        ['check pull --namespace builds --push', 'test what one object asks AWS for'],
        ['check --service-account everpull/everpull', 'as an admin, whether the operator has its rights'],
        ['check | jq .missingRights', 'in a pipe it writes JSON'],
      ]),
    )
  addSettings(command, SETTINGS, {
    variables: true,
    help: { namespace: 'look into these namespaces only (default: all)' },
  })
  addOutput(command, ['table', 'json', 'yaml', 'name'], TABLE_OR_JSON)
  return command.action((name: string | undefined) =>
    context.run(async () => {
      const { serviceAccount, output, push, ...given } = settingsGiven(command) as ReturnType<
        typeof settingsGiven
      > & { serviceAccount?: string; output?: OutputFormat; push?: boolean }
      const values = valueReader()
      const account = values.one('--service-account', serviceAccount, readServiceAccount)
      const read = readConfig(given, context.root.environment, context.root.place)
      const mistakes = [...values.mistakes, ...(read.is === 'wrong' ? read.mistakes : [])]
      if (mistakes.length > 0 || read.is === 'wrong') return tellMistakes(context, mistakes)
      const report = await context.root.check(read.config, {
        ...(name === undefined ? {} : { name }),
        ...(account === undefined ? {} : { account }),
        ...(push === true ? { push } : {}),
      })
      tell(context.terminal, output, {
        table: (colours) => reportText(report, colours),
        value: report,
        names: report.objects.map((one) => `${one.kind.toLowerCase()}/${one.name}`),
      })
      return isWell(report) ? 0 : 1
    }),
  )
}

const isWell = (report: CheckReport): boolean =>
  report.missingRights.length === 0 &&
  report.objects.every((o) => o.state !== 'failing') &&
  (report.probes ?? []).every(({ steps }) => !steps.some(isBroken))

/** Not having what is nice to have fails nothing. */
const isBroken = ({ result, optional }: StepTold): boolean =>
  optional !== true && (result === 'denied' || result === 'failed')

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
    renderTable(
      {
        head: ['WARNING', 'ABOUT', 'WHY'],
        rows: report.warnings.map((w) => [{ text: w.reason, tone: 'bad' }, w.object, w.message]),
      },
      colours,
    ),
    ...(report.probes ?? []).map((probed) => probeText(probed, colours)),
  ]
  return sections.filter((s) => s !== '').join('\n')
}

/** Remedies are told in full under the table: they have several lines. */
function probeText({ kind, namespace, name, identity, arn, steps }: ObjectProbed, colours: boolean): string {
  const where = namespace === '' ? '' : `${namespace}/`
  const who = arn === undefined ? identity : `${identity}, which is ${arn}`
  const table = renderTable(
    {
      head: ['TRIED', 'ON', 'RESULT', 'WHY'],
      rows: steps.map((step) => [step.name, step.on ?? '', resultCell(step), step.message ?? '']),
    },
    colours,
  )
  const remedies = steps.flatMap(({ name: tried, remedy }) =>
    remedy === undefined ? [] : [`\nTo mend ${tried}:\n${remedy.replaceAll(/^(?=.)/gm, '  ')}\n`],
  )
  return `Connection of ${kind} ${where}${name}, as ${who}\n${table}${[...new Set(remedies)].join('')}`
}

const resultCell = ({ result }: StepTold): Cell => ({
  text: result,
  tone: ({ passed: 'good', denied: 'bad', failed: 'bad', skipped: 'faint' } as const)[result],
})

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
