// This file is about `everpull convert`: manifests of other tools, turned into those of our own API.
import { Command } from 'commander'
import type { Value } from '../config/values.ts'
import { readNamespace, readText } from '../config/values.ts'
import { CommandFailure } from '../operator/commands.ts'
import { type Context, examples, tellMistakes } from './context.ts'
import { addOutput, type OutputFormat, tell } from './output-format.ts'
import { valueReader } from './value-reader.ts'

export function convertCommand(context: Context): Command {
  const command = new Command('convert')
    .description(
      'turn manifests of External Secrets, the ECR Secret Operator, k8s-ecr-login-renew, registry-creds and the ArgoCD ECR Updater into those of Everpull; nothing is changed in any cluster',
    )
    .argument('<FILE...>', 'manifests, YAML or JSON; - is standard input')
    .option('--account <ID>', 'the AWS account of registries that no manifest names')
    .option('--region <REGION>', 'the AWS region where no manifest says it')
    .option('-n, --namespace <NAMESPACE>', 'of manifests that name none (default: default)')
    .addHelpText(
      'after',
      `\nWhat has no counterpart is said in comments; what is left to do by hand is told, and makes it exit 1.\n${examples(
        context.calledAs,
        [
          ['convert external-secrets.yaml > logins.yaml', 'a file, to be read before it is applied'],
          [
            'convert *.yaml --account 123456789012 | kubectl apply --dry-run=server -f -',
            'whether a cluster takes it',
          ],
          [
            'convert - <<< "$(kubectl get cronjob,serviceaccount -A -o yaml)"',
            'what a cluster has, whatever it is',
          ],
        ],
      )}`,
    )
  addOutput(command, ['yaml', 'json', 'name'], 'as what it is printed (default: yaml, with comments)')
  return command.action((files: readonly string[]) =>
    context.run(async () => {
      const given = command.opts<{
        account?: string
        region?: string
        namespace?: string
        output?: OutputFormat
      }>()
      const values = valueReader()
      const hints = {
        account: values.one('--account', given.account, readAccount),
        region: values.one('--region', given.region, readText),
        namespace: values.one('--namespace', given.namespace, readNamespace),
      }
      if (values.mistakes.length > 0) return tellMistakes(context, values.mistakes)
      const sources = await Promise.all(files.map((file) => sourceIn(context, file)))
      const { convert, conversionYaml } = await import('../generate/convert.ts')
      const conversion = convert(sources, {
        ...(hints.account === undefined ? {} : { account: hints.account }),
        ...(hints.region === undefined ? {} : { region: hints.region }),
        ...(hints.namespace === undefined ? {} : { namespace: hints.namespace }),
      })
      const { terminal } = context
      const manifests = conversion.objects.map(({ manifest }) => manifest)
      if (given.output === undefined || given.output === 'yaml') terminal.out(conversionYaml(conversion))
      else {
        tell(terminal, given.output, {
          table: () => '',
          value: { apiVersion: 'v1', kind: 'List', items: manifests },
          names: manifests.map(({ kind, metadata }) => `${kind.toLowerCase()}.everpull.dev/${metadata.name}`),
        })
      }
      for (const text of conversion.unfinished) terminal.err(`everpull: ${text}\n`)
      return conversion.unfinished.length === 0 ? 0 : 1
    }),
  )
}

const sourceIn = async (context: Context, file: string) => ({
  file: file === '-' ? 'standard input' : file,
  text: await context.terminal.read(file).catch((error: unknown) => {
    const because = error instanceof Error ? error.message : String(error)
    throw new CommandFailure(`cannot read ${file}: ${because}`, true)
  }),
})

const readAccount = (text: string): Value<string> =>
  /^[0-9]{12}$/.test(text)
    ? { is: 'value', value: text }
    : { is: 'wrong', because: 'is no AWS account: twelve digits' }
