// This file is about `everpull operator`.
import { Command } from 'commander'
import { readConfig } from '../config.ts'
import { type SettingName, settings } from '../config/settings.ts'
import { type Context, examples, tellMistakes } from './context.ts'
import { addSettings, settingsGiven } from './setting-options.ts'

export function operatorCommand(context: Context): Command {
  const command = new Command('operator').description('keep Secrets fresh until told to stop').addHelpText(
    'after',
    examples(context.calledAs, [
      ['operator', 'in a cluster, as the pod’s own service account'],
      ['operator --kubeconfig ~/.kube/config --namespace team-a', 'from a workstation, for one namespace'],
      [
        'operator --dialect external-secrets --drift-watch=false',
        'without the right to list and watch Secrets',
      ],
    ]),
  )
  addSettings(command, Object.keys(settings) as SettingName[], { variables: true })
  return command.action(() =>
    context.run(async () => {
      const { environment, place } = context.root
      const read = readConfig(settingsGiven(command), environment, place)
      return read.is === 'wrong' ? tellMistakes(context, read.mistakes) : context.root.operator(read.config)
    }),
  )
}
