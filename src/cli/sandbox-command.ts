// This file is about `everpull sandbox up|down|status|kubeconfig`.
import { Command } from 'commander'
import { readPositiveDuration } from '../config/values.ts'
import type { SandboxCommands, SandboxState } from '../operator/commands.ts'
import { type Context, type ExitCode, examples, tellMistakes } from './context.ts'
import { renderTable } from './table.ts'
import { valueReader } from './value-reader.ts'

export function sandboxCommand(context: Context): Command {
  const sandbox = async (): Promise<SandboxCommands> => (await context.root.commands()).sandbox
  const up = new Command('up')
    .description('start it, or repair what a crash left')
    .option('--token-life <DURATION>', 'how long the tokens it hands out live (default: 12h)')
    .action(() =>
      context.run(async () => {
        const given = up.opts<{ tokenLife?: string }>()
        const values = valueReader()
        const tokenLife = values.one('--token-life', given.tokenLife, readPositiveDuration)
        if (values.mistakes.length > 0) return tellMistakes(context, values.mistakes)
        return tellState(context, await (await sandbox()).up(tokenLife === undefined ? {} : { tokenLife }))
      }),
    )
  const down = new Command('down')
    .description('stop it and remove everything it left')
    .action(() => context.run(async () => tellState(context, await (await sandbox()).down())))
  const status = new Command('status')
    .description('list its parts; exit code 1 while one of them does not run')
    .action(() =>
      context.run(async () => {
        const state = await (await sandbox()).status()
        tellState(context, state)
        return state.parts.length > 0 && state.parts.every((p) => p.state === 'running') ? 0 : 1
      }),
    )
  const kubeconfig = new Command('kubeconfig').description('print a kubeconfig for it').action(() =>
    context.run(async () => {
      context.terminal.out(await (await sandbox()).kubeconfig())
      return 0
    }),
  )
  return new Command('sandbox')
    .description(
      'a real control plane, an AWS, a registry and a Git server on this machine, to try things on',
    )
    .addCommand(up)
    .addCommand(down)
    .addCommand(status)
    .addCommand(kubeconfig)
    .addHelpText(
      'after',
      examples(context.calledAs, [
        ['sandbox up --token-life 1m', 'start it with tokens that live a minute'],
        ['sandbox kubeconfig > sandbox.yaml', 'point kubectl at it'],
        ['sandbox down', 'stop it and leave nothing behind'],
      ]),
    )
}

function tellState(context: Context, state: SandboxState): ExitCode {
  const { terminal } = context
  terminal.out(
    terminal.isWatched ? stateText(state, terminal.hasColours) : `${JSON.stringify(state, null, 2)}\n`,
  )
  return 0
}

function stateText(state: SandboxState, colours: boolean): string {
  if (state.parts.length === 0) return 'no sandbox is up\n'
  const rows = state.parts.map((part) => [
    part.name,
    { text: part.state, tone: part.state === 'running' ? ('good' as const) : ('bad' as const) },
    part.pid === undefined ? '' : String(part.pid),
    part.address ?? '',
  ])
  return `${renderTable({ head: ['PART', 'STATE', 'PID', 'ADDRESS'], rows }, colours)}\nState folder: ${state.folder}\n`
}
