// This file is about the shell script in all CI steps: it shows a token to the endpoint, and hands the logins on.
import type { SnippetAsked } from './snippet.ts'

/** How logins are handed on. */
export type HandOver =
  /** To docker, or whatever is called so. */
  | { readonly is: 'docker-login'; readonly mask?: true }
  /** To whoever reads `$DOCKER_CONFIG/config.json`: programs in containers of the same pod, under users of their own. */
  | { readonly is: 'config-file' }

/**
 * POSIX sh with curl, sed, grep and tr. It expects ENDPOINT, INTEGRATION and what the others are named for in its
 * environment; `token` is the part that sets the variable of that name. No secret is ever an argument of a program:
 * printf is a command of the shell's own, and whoever may list processes sees arguments.
 */
export const loginScript = (asked: SnippetAsked, token: string, over: HandOver): string =>
  [
    'set -eu',
    '# From here on no command is shown: it would show the password too.',
    'set +x',
    '',
    '# Reads one field of JSON on one line, so that nothing but sed is needed.',
    'field() { sed -n "s/.*\\"$1\\" *: *\\"\\([^\\"]*\\)\\".*/\\1/p"; }',
    '',
    token.trim(),
    '',
    '# The token is all the proof there is. It goes in by standard input: who lists processes sees arguments.',
    '# --fail-with-body (curl 7.76) fails at a refusal, and keeps the sentence that says why.',
    'answer=$(printf \'Authorization: Bearer %s\' "$token" |',
    '  curl --silent --show-error --fail-with-body --proto =https --connect-timeout 10 --max-time 60 \\',
    `    --retry 3 --retry-connrefused ${certificateAuthority(asked)}--header @- \\`,
    '    --request POST "$ENDPOINT/v1/integrations/$INTEGRATION/login") || {',
    '  printf \'no login by %s: %s\\n\' "$ENDPOINT" "$answer" >&2',
    '  exit 1',
    '}',
    '',
    '# One login a line.',
    `logins=$(printf '%s\\n' "$answer" | tr '{' '\\n' | grep '"password"'${chosen(asked)}) || {`,
    `  echo ${asked.registry === undefined ? "'the answer holds no login'" : '"the answer holds no login for $REGISTRY"'} >&2`,
    '  exit 1',
    '}',
    ...(over.is === 'docker-login' ? dockerLogin(over) : configFile),
  ].join('\n')

const certificateAuthority = (asked: SnippetAsked): string =>
  asked.certificateAuthority === undefined ? '' : '--cacert "$CA_FILE" '

const chosen = (asked: SnippetAsked): string =>
  asked.registry === undefined ? '' : ' | grep -F "\\"$REGISTRY\\""'

const dockerLogin = (over: { readonly mask?: true }): readonly string[] => [
  'printf \'%s\\n\' "$logins" | while read -r login; do',
  '  registry=$(printf \'%s\' "$login" | field registry)',
  '  username=$(printf \'%s\' "$login" | field username)',
  '  password=$(printf \'%s\' "$login" | field password)',
  ...(over.mask === true ? ['  echo "::add-mask::$password"'] : []),
  '  printf \'%s\' "$password" | docker login --username "$username" --password-stdin "$registry"',
  'done',
]

const configFile: readonly string[] = [
  'auths=$(printf \'%s\\n\' "$logins" | while read -r login; do',
  '  registry=$(printf \'%s\' "$login" | field registry)',
  '  username=$(printf \'%s\' "$login" | field username)',
  '  password=$(printf \'%s\' "$login" | field password)',
  '  auth=$(printf \'%s:%s\' "$username" "$password" | base64 | tr -d \'\\n\')',
  '  printf \'"%s":{"auth":"%s"},\' "$registry" "$auth"',
  'done)',
  '# The next container may run as another user, so all may read it; the volume is of this pod alone.',
  'umask 022',
  'mkdir -p "$DOCKER_CONFIG"',
  'printf \'{"auths":{%s}}\' "${auths%,}" > "$DOCKER_CONFIG/config.json"',
]

/** A token that lies in a file or a variable. */
export const tokenFrom = (expression: string): string =>
  `token=${expression}\n[ -n "$token" ] || { echo 'there is no token' >&2; exit 1; }`

/** What the script reads, by name. */
export const scriptVariables = (asked: SnippetAsked): readonly (readonly [name: string, value: string])[] => [
  ['ENDPOINT', asked.endpoint],
  ['INTEGRATION', asked.integration],
  ...(asked.registry === undefined ? [] : [['REGISTRY', asked.registry] as const]),
  ...(asked.certificateAuthority === undefined ? [] : [['CA_FILE', asked.certificateAuthority] as const]),
]

/** Every line that says something, further in. */
export const indented = (text: string, by: number): string => text.replaceAll(/^(?=.)/gm, ' '.repeat(by))

/** YAML takes every JSON string. */
export const quoted = (text: string): string => JSON.stringify(text)
