// This file is about the operator's settings as command line options.
import { type Command, Option } from 'commander'
import type { Flags } from '../config.ts'
import { type SettingName, settings, variableOf } from '../config/settings.ts'

/** Adds one option per setting; with `variables`, its help names the environment variable too. */
export function addSettings(
  command: Command,
  names: readonly SettingName[],
  how: { readonly variables: boolean },
): Command {
  for (const name of names) {
    const setting = settings[name]
    const value = {
      one: `<${setting.value}>`,
      many: `<${setting.value}...>`,
      optional: `[${setting.value}]`,
    }[setting.takes]
    const help = how.variables ? `${setting.help} [${variableOf(setting)}]` : setting.help
    command.addOption(new Option(`--${setting.flag} ${value}`, help))
  }
  return command
}

/** What was given, by setting. */
export const settingsGiven = (command: Command): Flags => command.opts()
