// This file is about `everpull integration delete`: who uses it is named first, and only the word DELETE removes it.
import { Command } from 'commander'
import { CommandFailure } from '../../operator/commands.ts'
import type { UsersTold } from '../../operator/commands/kept-integrations.ts'
import { type Context, examples, tellMistakes } from '../context.ts'
import { type ChangeParts, makeChange } from './change.ts'
import { addCommitting, changeOptions, unanswered } from './change-options.ts'
import { missing } from './create-command.ts'
import { notThere } from './edit-command.ts'
import { nameGiven } from './form-options.ts'
import { addPlace, placeGiven, withRepository } from './open-repository.ts'

const WORD = 'DELETE'

export function deleteCommand(context: Context): Command {
  const command = new Command('delete')
    .description('remove an integration and its secret from the repository, after naming who uses it')
    .argument('<NAME>', 'which one')
    .addHelpText(
      'after',
      `\nWhoever refers to it by name stops getting logins. The operator keeps it in the cluster until nothing uses it.\n${examples(
        context.calledAs,
        [
          ['integration delete ecr-old --repo .', `after the word ${WORD}`],
          ['integration delete ecr-old --repo . --yes', 'in a script'],
        ],
      )}`,
    )
  addCommitting(command)
  addPlace(command)
  return command.action((name: string) =>
    context.run(async () => {
      const place = await placeGiven(command, context)
      const options = changeOptions(command)
      nameGiven(name)
      const wrong = place.is === 'wrong' ? [...place.mistakes] : []
      if (context.terminal.questions === undefined) wrong.push(...missing(unanswered(options)))
      if (place.is === 'wrong' || wrong.length > 0) return tellMistakes(context, wrong)
      return withRepository(place, async ({ commands, repository, signal }) => {
        if (!repository.names.includes(name)) throw new CommandFailure(notThere(repository, name))
        context.terminal.err(usersText(name, await commands.usersOf(name, signal)))
        return makeChange(
          { context, commands, repository, options, signal },
          { is: 'delete', name },
          wordOrDiscard,
        )
      })
    }),
  )
}

function usersText(name: string, users: UsersTold | { readonly unknown: string }): string {
  if ('unknown' in users) return `everpull: who uses ${name} cannot be told: ${users.unknown}\n`
  const { count, first } = users
  if (count === 0) return `everpull: nothing in the cluster uses ${name}\n`
  const rest = count > first.length ? `  and ${count - first.length} more\n` : ''
  const objects = count === 1 ? '1 object of the cluster uses' : `${count} objects of the cluster use`
  return `everpull: ${objects} ${name}:\n${first.map((user) => `  ${user}\n`).join('')}${rest}`
}

async function wordOrDiscard({ context, options }: ChangeParts): Promise<boolean> {
  const { questions } = context.terminal
  if (options.yes || questions === undefined) return options.yes
  return (await questions.text({ message: `Write ${WORD} to remove it, anything else to leave it` })) === WORD
}
