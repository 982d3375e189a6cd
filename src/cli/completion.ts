// This file is about shell completion: scripts for bash, zsh and fish written from the commands themselves.
import type { Command } from 'commander'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** One command: its words after the program's name, what may follow it, and its flags. */
interface Node {
  readonly words: readonly string[]
  readonly children: readonly Suggestion[]
  readonly flags: readonly Suggestion[]
}

interface Suggestion {
  readonly word: string
  readonly does: string
}

export function completionScript(shell: Shell, program: Command): string {
  const nodes = walk(program, [])
  switch (shell) {
    case 'bash':
      return bash(nodes)
    case 'zsh':
      return zsh(nodes)
    case 'fish':
      return fish(nodes)
  }
}

function walk(command: Command, words: readonly string[]): Node[] {
  const children = command.commands.map((c) => ({ word: c.name(), does: c.description() }))
  const choices = command.registeredArguments.flatMap((a) => a.argChoices ?? [])
  const options = command.createHelp().visibleOptions(command)
  const node: Node = {
    words,
    children: [...children, ...choices.map((word) => ({ word, does: '' }))],
    flags: options.flatMap((o) => (o.long === undefined ? [] : [{ word: o.long, does: o.description }])),
  }
  return [node, ...command.commands.flatMap((c) => walk(c, [...words, c.name()]))]
}

/** Follows the words typed so far down the tree of commands; `$at` ends as the command reached. */
function followWords(nodes: readonly Node[]): string {
  const known = nodes.filter((n) => n.words.length > 0).map((n) => quote(n.words.join(' ')))
  return `case "\${at:+$at }$word" in ${known.join('|')}) at="\${at:+$at }$word" ;; esac`
}

function bash(nodes: readonly Node[]): string {
  const cases = nodes.map((n) => {
    const words = [...n.children, ...n.flags].map((s) => s.word).join(' ')
    return `    ${quote(n.words.join(' '))}) words=${quote(words)} ;;`
  })
  return `# bash completion for everpull; load it with: source <(everpull completion bash)
_everpull() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" at='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    ${followWords(nodes)}
  done
  case "$at" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _everpull everpull
`
}

function zsh(nodes: readonly Node[]): string {
  const describe = (s: Suggestion): string => quote(`${s.word.replaceAll(':', '\\:')}:${s.does}`)
  const cases = nodes.map((n) => {
    const list = [...n.children, ...n.flags].map(describe).join(' ')
    return `    ${quote(n.words.join(' '))}) suggestions=(${list}) ;;`
  })
  return `#compdef everpull
# zsh completion for everpull; load it with: source <(everpull completion zsh)
_everpull() {
  local at='' word
  local -a suggestions
  for word in "\${(@)words[2,CURRENT-1]}"; do
    ${followWords(nodes)}
  done
  case "$at" in
${cases.join('\n')}
  esac
  _describe everpull suggestions
  _files
}
compdef _everpull everpull
`
}

function fish(nodes: readonly Node[]): string {
  const lines = nodes.flatMap((n) => {
    const children = n.children.map((s) => s.word).join(' ')
    const seen = n.words.map((w) => `__fish_seen_subcommand_from ${w}`)
    const before = children === '' ? seen : [...seen, `not __fish_seen_subcommand_from ${children}`]
    const when = (conditions: readonly string[]): string =>
      conditions.length === 0 ? '' : ` -n ${quote(conditions.join('; and '))}`
    return [
      ...n.children.map((s) => `complete -c everpull -f${when(before)} -a ${s.word} -d ${quote(s.does)}`),
      ...n.flags.map((s) => `complete -c everpull${when(before)} -l ${s.word.slice(2)} -d ${quote(s.does)}`),
    ]
  })
  return `# fish completion for everpull; load it with: everpull completion fish | source\n${lines.join('\n')}\n`
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
