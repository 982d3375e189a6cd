// This file is about `everpull integration create`: a form, filled in by flags and questions, tested and committed.
import { Command } from 'commander'
import { CommandFailure } from '../../operator/commands.ts'
import { type Context, examples, tellMistakes } from '../context.ts'
import { commitOrDiscard, makeChange } from './change.ts'
import { addCommitting, addTesting, changeOptions, unanswered } from './change-options.ts'
import { type Filled, fillForm } from './form.ts'
import { addForm, formGiven } from './form-options.ts'
import { addPlace, placeGiven, withRepository } from './open-repository.ts'

export function createCommand(context: Context): Command {
  const command = new Command('create')
    .description('set up a named integration with ECR: test it, show what it comes to, and commit it')
    .argument('[NAME]', 'what CI and other objects call it')
    .addHelpText(
      'after',
      `\nAt a terminal, what flags leave out is asked for; elsewhere it is named, and nothing is done.
No flag takes a secret: it comes from a file, the environment or a question, and goes into Git sealed or not at all.
Exits 1 where the connection does not work, or the change is discarded.\n${examples(context.calledAs, [
        ['integration create', 'by questions'],
        [
          'integration create ecr-prod --all-runtimes --role arn:aws:iam::123456789012:role/ecr-read --region eu-west-1 --repo https://git.example.com/team/config.git?ref=main --yes',
          'a role, for all runtimes',
        ],
        [
          'integration create ecr-ci --selected-runtimes staging --access-key-id AKIAIOSFODNN7EXAMPLE --secret-access-key-file key.txt --cert sealing.pem --region eu-west-1 --repo . --yes',
          'an access key for one runtime, its secret sealed',
        ],
      ])}`,
    )
  addForm(command)
  addTesting(command)
  addCommitting(command)
  addPlace(command)
  return command.action((name: string | undefined) =>
    context.run(async () => {
      const { given, mistakes } = await formGiven(command, context, name)
      const place = await placeGiven(command, context)
      const options = changeOptions(command)
      const { questions } = context.terminal
      const wrong = [...mistakes, ...(place.is === 'wrong' ? place.mistakes : [])]
      if (questions === undefined) wrong.push(...(await missingIn(given)), ...missing(unanswered(options)))
      if (place.is === 'wrong' || wrong.length > 0) return tellMistakes(context, wrong)
      return withRepository(place, async ({ commands, repository, signal }) => {
        if (given.name !== undefined) refuseTaken(repository.names, given.name)
        const { region } = await commands.presets()
        const filled = await fillForm(given, {
          runtimes: repository.runtimes,
          taken: repository.names,
          asksAgain: true,
          ...(region === undefined ? {} : { region }),
          ...(questions === undefined ? {} : { questions }),
        })
        if (filled.is === 'missing') return tellMistakes(context, missing(filled.flags))
        refuseTaken(repository.names, filled.settings.name)
        return makeChange(
          { context, commands, repository, options, signal },
          { is: 'create', settings: filled.settings },
          commitOrDiscard,
        )
      })
    }),
  )

  /** Without a repository it is known already what nobody said; only the region may still come from elsewhere. */
  async function missingIn(given: Parameters<typeof fillForm>[0]): Promise<readonly string[]> {
    const filled: Filled = await fillForm(given, { runtimes: [], asksAgain: false, region: '' })
    return filled.is === 'missing' ? missing(filled.flags) : []
  }
}

export const missing = (flags: readonly string[]): readonly string[] =>
  flags.map((flag) => `missing: ${flag}`)

function refuseTaken(names: readonly string[], name: string): void {
  if (names.includes(name)) {
    throw new CommandFailure(
      `the repository has an integration ${name} already: change it with integration edit, or choose another name`,
    )
  }
}
