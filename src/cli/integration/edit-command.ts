// This file is about `everpull integration edit`: what is said anew is changed, the rest stays as it is.
import { Command } from 'commander'
import { CommandFailure } from '../../operator/commands.ts'
import type { IntegrationSettings } from '../../operator/commands/integrations.ts'
import type { OpenIntegrations } from '../../operator/commands/kept-integrations.ts'
import { type Context, examples, tellMistakes } from '../context.ts'
import { commitOrDiscard, makeChange } from './change.ts'
import { addCommitting, addTesting, changeOptions, unanswered } from './change-options.ts'
import { missing } from './create-command.ts'
import { fillForm } from './form.ts'
import { addForm, formGiven } from './form-options.ts'
import { addPlace, placeGiven, withRepository } from './open-repository.ts'

export function editCommand(context: Context): Command {
  const command = new Command('edit')
    .description('change an integration: only what is given, or all of the form at a terminal without flags')
    .argument('<NAME>', 'which one; its name itself cannot change, as others refer to it')
    .addHelpText(
      'after',
      examples(context.calledAs, [
        ['integration edit ecr-prod --repo .', 'by questions, with what it is as the answers offered'],
        [
          'integration edit ecr-ci --access-key-id AKIAIOSFODNN7EXAMPLE --secret-access-key-file new.txt --repo . --yes',
          'another access key',
        ],
      ]),
    )
  addForm(command)
  addTesting(command)
  addCommitting(command)
  addPlace(command)
  return command.action((name: string) =>
    context.run(async () => {
      const { given, mistakes, isTouched } = await formGiven(command, context, name)
      const place = await placeGiven(command, context)
      const options = changeOptions(command)
      const { questions } = context.terminal
      const wrong = [...mistakes, ...(place.is === 'wrong' ? place.mistakes : [])]
      if (questions === undefined) {
        const flags = isTouched ? [] : ['a flag of the form, such as --region: what to change']
        wrong.push(...missing([...flags, ...unanswered(options)]))
      }
      if (place.is === 'wrong' || wrong.length > 0) return tellMistakes(context, wrong)
      return withRepository(place, async ({ commands, repository, signal }) => {
        const filled = await fillForm(given, {
          runtimes: repository.runtimes,
          kept: keptIn(repository, name),
          asksAgain: !isTouched,
          ...(questions === undefined ? {} : { questions }),
        })
        if (filled.is === 'missing') return tellMistakes(context, missing(filled.flags))
        return makeChange(
          { context, commands, repository, options, signal },
          { is: 'edit', settings: filled.settings },
          commitOrDiscard,
        )
      })
    }),
  )
}

export function keptIn(repository: OpenIntegrations, name: string): IntegrationSettings {
  const kept = repository.find(name)
  if (kept !== undefined) return kept.settings
  throw new CommandFailure(notThere(repository, name))
}

export function notThere({ names, where }: OpenIntegrations, name: string): string {
  const others = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`
  return `there is no integration ${name} in ${where}: ${others}`
}
