// This file is about what commands that look into a cluster share: how it is reached, and which namespace is meant.
import type { Command } from 'commander'
import { type Config, readConfig } from '../config.ts'
import type { SettingName } from '../config/settings.ts'
import { readNamespace } from '../config/values.ts'
import type { Context } from './context.ts'
import { addSettings } from './setting-options.ts'
import { valueReader } from './value-reader.ts'

/** What decides which objects there are, and what the operator would make of them. */
const SETTINGS = [
  'kubeconfig',
  'context',
  'dialect',
  'argocdNamespace',
  'runtime',
] as const satisfies readonly SettingName[]

export interface Looking {
  readonly config: Config
  /** Absent: none was given. */
  readonly namespace?: string
}

export function addLooking(command: Command, namespaceHelp: string): Command {
  command.option('-n, --namespace <NAMESPACE>', namespaceHelp)
  return addSettings(command, SETTINGS, { variables: true })
}

/** Of a command that is about one operator, whatever it serves. */
export function addOperatorHome(command: Command, namespaceHelp: string): Command {
  command.option('-n, --namespace <NAMESPACE>', namespaceHelp)
  return addSettings(command, ['kubeconfig', 'context', 'runtime'], { variables: true })
}

/** All that is wrong, as it has to be told; or how to look. */
export function lookingGiven(
  command: Command,
  { root }: Context,
):
  | { readonly is: 'looking'; readonly looking: Looking }
  | { readonly is: 'wrong'; readonly mistakes: readonly string[] } {
  const given = command.opts<Readonly<Record<string, string | readonly string[] | undefined>>>()
  const values = valueReader()
  const text = given['namespace']
  const namespace = values.one('--namespace', typeof text === 'string' ? text : undefined, readNamespace)
  const flags = Object.fromEntries(
    SETTINGS.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  )
  // Whoever looks may mean a clone on disk by it, which no operator follows.
  const environment = { ...root.environment, EVERPULL_CONFIG_REPO: undefined }
  const read = readConfig(flags, environment, root.place)
  const mistakes = [...values.mistakes, ...(read.is === 'wrong' ? read.mistakes : [])]
  if (read.is === 'wrong' || mistakes.length > 0) return { is: 'wrong', mistakes }
  return {
    is: 'looking',
    looking: { config: read.config, ...(namespace === undefined ? {} : { namespace }) },
  }
}
