// This file is about `everpull version`.
import { Command } from 'commander'
import type { Context } from './context.ts'

export function versionCommand(context: Context): Command {
  return new Command('version').description('print the version').action(() =>
    context.run(async () => {
      context.terminal.out(`everpull ${context.root.version}\n`)
      return 0
    }),
  )
}
