// This file is about `--output`: what a command tells, as a table for people, or as JSON, YAML or names for programs.
import { type Command, Option } from 'commander'
import { stringify } from 'yaml'
import { shownJson } from './shown-text.ts'
import type { Terminal } from './terminal.ts'

export type OutputFormat = 'table' | 'wide' | 'json' | 'yaml' | 'name'

/** The first of the formats is what somebody at a terminal gets unless the help says otherwise. */
export function addOutput(command: Command, formats: readonly OutputFormat[], help: string): Command {
  return command.addOption(new Option('-o, --output <FORMAT>', help).choices(formats))
}

export const TABLE_OR_JSON = 'how it is told (default: table on a terminal, json in a pipe)'

/** One thing told in every form it has. */
export interface Told {
  readonly table: (colours: boolean, isWide: boolean) => string
  readonly value: unknown
  /** "registrylogin.everpull.dev/pull", one a line. */
  readonly names?: readonly string[]
}

const YAML = { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' } as const

export function tell(terminal: Terminal, asked: OutputFormat | undefined, told: Told): void {
  switch (asked ?? (terminal.isWatched ? 'table' : 'json')) {
    case 'table':
      return terminal.out(told.table(terminal.hasColours, false))
    case 'wide':
      return terminal.out(told.table(terminal.hasColours, true))
    case 'json':
      return terminal.out(`${shownJson(JSON.stringify(told.value, null, 2))}\n`)
    case 'yaml':
      return terminal.out(stringify(told.value, YAML))
    case 'name':
      return terminal.out((told.names ?? []).map((name) => `${name}\n`).join(''))
  }
}
