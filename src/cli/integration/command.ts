// This file is about `everpull integration`: named access to ECR, from its settings to its end.
import { Command } from 'commander'
import { type Context, examples } from '../context.ts'
import { createCommand } from './create-command.ts'
import { deleteCommand } from './delete-command.ts'
import { editCommand } from './edit-command.ts'
import { importCommand } from './import-command.ts'
import { listCommand } from './list-command.ts'
import { showCommand } from './show-command.ts'
import { snippetCommand } from './snippet-command.ts'
import { testCommand } from './test-command.ts'

export function integrationCommand(context: Context): Command {
  return new Command('integration')
    .description('set up, test, share and remove named integrations with ECR, kept in a Git repository')
    .addCommand(createCommand(context))
    .addCommand(editCommand(context))
    .addCommand(testCommand(context))
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(deleteCommand(context))
    .addCommand(importCommand(context))
    .addCommand(snippetCommand(context))
    .addHelpText(
      'after',
      examples(context.calledAs, [
        ['integration create', 'set one up, by questions'],
        ['integration list', 'which there are, and how they are'],
        ['integration delete ecr-old --repo .', 'remove one, after naming who uses it'],
      ]),
    )
}
