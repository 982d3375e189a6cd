// This file is about `everpull version`.
import { Command } from 'commander'
import type { Context } from './context.ts'
import { addOutput, type OutputFormat, tell } from './output-format.ts'

export function versionCommand(context: Context): Command {
  const command = new Command('version').description('print the version')
  addOutput(command, ['json', 'yaml'], 'as what it is printed (default: one line)')
  return command.action(() =>
    context.run(async () => {
      const { version } = context.root
      const { output } = command.opts<{ output?: OutputFormat }>()
      const line = (): string => `everpull ${version}\n`
      const value = { version, node: process.version, platform: `${process.platform}/${process.arch}` }
      tell(context.terminal, output ?? 'table', { table: line, value })
      return 0
    }),
  )
}
