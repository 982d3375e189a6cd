// This file is about `everpull completion`.
import { Argument, Command } from 'commander'
import { completionScript, SHELLS, type Shell } from './completion.ts'
import { type Context, examples } from './context.ts'

export function completionCommand(context: Context): Command {
  const command = new Command('completion')
    .description('print a script that completes this command line')
    .addArgument(new Argument('<SHELL>', 'which shell').choices(SHELLS))
    .addHelpText(
      'after',
      examples(context.calledAs, [
        ['completion bash > /etc/bash_completion.d/everpull', 'for everybody’s bash'],
        ['completion fish | source', 'for this fish'],
      ]),
    )
  return command.action((shell: Shell) =>
    context.run(async () => {
      const program = command.parent
      if (program !== null) context.terminal.out(completionScript(shell, program))
      return 0
    }),
  )
}
