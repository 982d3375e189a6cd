// This file is about the shell script in all CI steps: it shows a token to the endpoint, and hands the logins on.
import type { SnippetAsked } from './snippet.ts'

/** How logins are handed on. */
export type HandOver =
  /** To docker, or whatever is called so. */
  | { readonly is: 'docker-login'; readonly mask?: true }
  /** To whoever reads `$DOCKER_CONFIG/config.json`: programs in other containers of the same pod. */
  | { readonly is: 'config-file' }

/**
 * POSIX sh with curl and sed, and tr and grep for `docker-login`. It expects what `scriptVariables` names in its environment;
 * `token` is the part that sets the variable of that name. No secret is ever an argument of a program: printf is a
 * command of the shell's own, and whoever may list processes sees arguments.
 */
export const loginScript = (asked: SnippetAsked, token: string, over: HandOver): string =>
  [
    'set -eu',
    '# From here on no command is shown: it would show the password too.',
    'set +x',
    '',
    ...(over.is === 'docker-login'
      ? ['# Reads one field of JSON on one line, so that nothing but sed is needed.', FIELD, '']
      : []),
    token.trim(),
    '',
    '# The token is all the proof there is. It goes in by standard input: who lists processes sees arguments.',
    '# --fail-with-body (curl 7.76) fails at a refusal, and keeps the sentence that says why.',
    `answer=$(printf 'Authorization: Bearer %s' "$token" |`,
    '  curl --silent --show-error --fail-with-body --proto =https --connect-timeout 10 --max-time 60 \\',
    `    --retry 3 --retry-connrefused ${certificateAuthority(asked)}--header @- \\`,
    `    --header 'Content-Type: application/json' --data '${wish(asked)}' \\`,
    `    "$ENDPOINT/v1/integrations/$INTEGRATION/${over.is === 'docker-login' ? 'login' : 'docker-config'}") || {`,
    '  # An answer that breaks off may hold a part of a password: only a refusal is shown.',
    '  case $answer in',
    `    *'"logins"'* | *'"auths"'*) answer='the answer broke off' ;;`,
    `    *'"error"'*) ;;`,
    `    *) answer='there was no answer that says why' ;;`,
    '  esac',
    `  printf 'no login by %s: %s\\n' "$ENDPOINT" "$answer" >&2`,
    '  exit 1',
    '}',
    '',
    ...(over.is === 'docker-login' ? dockerLogin(over) : CONFIG_FILE),
  ].join('\n')

const FIELD = String.raw`field() { sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p"; }`

const certificateAuthority = (asked: SnippetAsked): string =>
  asked.certificateAuthority === undefined ? '' : '--cacert "$CA_FILE" '

/** What is asked for; neither value may hold a quote. */
const wish = ({ rule: { access }, registry }: SnippetAsked): string =>
  JSON.stringify({ access, ...(registry === undefined ? {} : { registry }) })

const dockerLogin = (over: { readonly mask?: true }): readonly string[] => [
  '# One login a line.',
  `logins=$(printf '%s\\n' "$answer" | tr '{' '\\n' | grep '"password"') || {`,
  `  echo 'the answer holds no login' >&2`,
  '  exit 1',
  '}',
  `printf '%s\\n' "$logins" | while read -r login; do`,
  `  registry=$(printf '%s' "$login" | field registry)`,
  `  username=$(printf '%s' "$login" | field username)`,
  `  password=$(printf '%s' "$login" | field password)`,
  ...(over.mask === true ? ['  echo "::add-mask::$password"'] : []),
  `  printf '%s' "$password" | docker login --username "$username" --password-stdin "$registry"`,
  'done',
]

const CONFIG_FILE: readonly string[] = [
  '# The answer is a docker config as it is; curl puts what it was told at earlier tries before it.',
  `config=$(printf '%s\\n' "$answer" | sed -n 's/.*\\({"auths".*\\)/\\1/p')`,
  `[ -n "$config" ] || { echo 'the answer holds no login' >&2; exit 1; }`,
  '# The next container may run as another user, so all may read it; the volume is of this pod alone.',
  'umask 022',
  'mkdir -p "$DOCKER_CONFIG"',
  `printf '%s\\n' "$config" > "$DOCKER_CONFIG/config.json"`,
]

/** A token that lies in a file or a variable. */
export const tokenFrom = (expression: string): string =>
  `token=${expression}\n[ -n "$token" ] || { echo 'there is no token' >&2; exit 1; }`

/** What the script reads, by name. */
export const scriptVariables = (asked: SnippetAsked): readonly (readonly [name: string, value: string])[] => [
  ['ENDPOINT', asked.endpoint],
  ['INTEGRATION', asked.integration],
  ...(asked.certificateAuthority === undefined ? [] : [['CA_FILE', asked.certificateAuthority] as const]),
]

/** Every line that says something, further in. */
export const indented = (text: string, by: number): string => text.replaceAll(/^(?=.)/gm, ' '.repeat(by))

/** YAML takes every JSON string. */
export const quoted = (text: string): string => JSON.stringify(text)
