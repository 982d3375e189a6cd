// This file is about the reference page of template functions, out of the vocabulary that templates are parsed with.
import type { Func } from '../src/template/func.ts'
import { FUNCTION_GROUPS, VOCABULARY } from '../src/template/functions/vocabulary.ts'

const signature = ({ params, rest }: Func): string =>
  [...params, ...(rest === undefined ? [] : [`${rest}…`])].join(', ') || 'none'

const row = ([name, func]: readonly [string, Func]): string =>
  `| \`${name}\` | ${signature(func)} | ${func.readsClock ? 'differs at every rendering' : ''} |`

const byName = (a: readonly [string, unknown], b: readonly [string, unknown]): number =>
  a[0] < b[0] ? -1 : 1

/** The lines below the title. */
export function templateFunctionsLines(): readonly string[] {
  const groups = FUNCTION_GROUPS.flatMap(([title, functions]) => [
    `## ${title}`,
    '',
    '| function | parameters | note |',
    '|---|---|---|',
    ...[...functions].toSorted(byName).map(row),
    '',
  ])
  return [
    'Templates are Go templates, with the functions of the template engine v2 of External Secrets.',
    'A value comes last in a pipeline: `{{ .password | b64enc }}` is `{{ b64enc .password }}`.',
    'The templates of a target are rendered when a login is written, and at no other time; what differs at every rendering changes then.',
    'In the `transform` of a rewrite, which is applied whenever the object is looked at, functions that differ are refused: keys must stay the same.',
    'What the templates of one object cost together is bounded, hashes by `bcrypt` and `htpasswd` to four; beyond that nothing is written and the object says so.',
    'A template that calls a function that is not here is refused when it is first read, by the name of the function.',
    '',
    ...groups,
    '## Refused',
    '',
    '| function | why |',
    '|---|---|',
    ...[...VOCABULARY.refused].toSorted(byName).map(([name, why]) => `| \`${name}\` | ${why} |`),
  ]
}
