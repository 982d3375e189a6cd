// This file is about `everpull integration`: named access to ECR, from its settings to its end.
import { Command } from 'commander'
import { type Context, examples } from '../context.ts'
import { listCommand } from './list-command.ts'
import { snippetCommand } from './snippet-command.ts'

export function integrationCommand(context: Context): Command {
  return new Command('integration')
    .description('set up, test, share and remove named integrations with ECR, kept in a Git repository')
    .addCommand(listCommand(context))
    .addCommand(snippetCommand(context))
    .addHelpText(
      'after',
      examples(context.calledAs, [['integration list', 'which there are, and how they are']]),
    )
}
