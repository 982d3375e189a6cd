// This file is about the operator's settings as command line options.
import { type Command, Option } from 'commander'
import type { Flags } from '../config.ts'
import { type SettingName, settings, variableOf } from '../config/settings.ts'

/**
 * Adds one option per setting; with `variables`, its help names the environment variable too; `help`
 * says what it means to this command. A repeatable option takes
 * several values at once, except beside arguments, which it would swallow: `check --namespace a NAME`.
 */
export function addSettings(
  command: Command,
  names: readonly SettingName[],
  how: { readonly variables: boolean; readonly help?: Partial<Readonly<Record<SettingName, string>>> },
): Command {
  for (const name of names) {
    const setting = settings[name]
    const hasArguments = command.registeredArguments.length > 0
    const value = {
      one: `<${setting.value}>`,
      many: hasArguments ? `<${setting.value}>` : `<${setting.value}...>`,
      optional: `[${setting.value}]`,
    }[setting.takes]
    const text = how.help?.[name] ?? setting.help
    const help = how.variables ? `${text} [${variableOf(setting)}]` : text
    const option = new Option(`${SHORT[name] ?? ''}--${setting.flag} ${value}`, help)
    command.addOption(setting.takes === 'many' && hasArguments ? option.argParser(collect) : option)
  }
  return command
}

/** As kubectl has them. */
const SHORT: Partial<Readonly<Record<SettingName, string>>> = { namespace: '-n, ' }

const collect = (value: string, earlier: readonly string[] | undefined): string[] => [
  ...(earlier ?? []),
  value,
]

/** What was given, by setting. */
export const settingsGiven = (command: Command): Flags => command.opts()
