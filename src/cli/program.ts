// This file is about the command line as a whole: its commands, and how what it says becomes an exit code.
import { styleText } from 'node:util'
import { Command, CommanderError } from 'commander'
import { checkCommand } from './check-command.ts'
import { completionCommand } from './completion-command.ts'
import { type Context, type ExitCode, failureCode, failureText, type Root } from './context.ts'
import { convertCommand } from './convert-command.ts'
import { crdsCommand } from './crds-command.ts'
import { explainCommand } from './explain-command.ts'
import { integrationCommand } from './integration/command.ts'
import { loginCommand } from './login-command.ts'
import { operatorCommand } from './operator-command.ts'
import { policyCommand } from './policy-command.ts'
import { rbacCommand } from './rbac-command.ts'
import { renderCommand } from './render-command.ts'
import { sandboxCommand } from './sandbox-command.ts'
import { safeTerminal } from './shown-text.ts'
import { templateCommand } from './template-command.ts'
import type { Terminal } from './terminal.ts'
import { versionCommand } from './version-command.ts'

/** Wide enough for an option beside its explanation, narrow enough for half a screen. */
const HELP_WIDTH = 110

const PURPOSE = `Keeps every consumer of Amazon ECR holding a valid login.

The operator reads custom resources, obtains ECR logins, and keeps them fresh in Secrets.
The other commands prepare a cluster for it, look into it, or try things out.`

const TASKS = (calledAs: string): string => `
A cluster in three lines:
  ${calledAs} crds | kubectl apply --server-side -f -
  ${calledAs} rbac | kubectl apply -f -
  ${calledAs} operator --kubeconfig ~/.kube/config

Every command has examples: ${calledAs} COMMAND --help
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.
`

/** `argv` without the program's name. */
export async function runCommandLine(
  argv: readonly string[],
  calledAs: string,
  root: Root,
  given: Terminal,
): Promise<ExitCode> {
  const terminal = safeTerminal(given)
  let code: ExitCode = 0
  const context: Context = {
    root,
    terminal,
    calledAs,
    run: async (body) => {
      code = await body()
    },
  }
  try {
    await buildProgram(context).parseAsync(argv, { from: 'user' })
    return code
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
    terminal.err(`everpull: ${failureText(thrown)}\n`)
    return failureCode(thrown)
  }
}

export function buildProgram(context: Context): Command {
  const program = new Command(context.calledAs)
    .description(PURPOSE)
    .version(`everpull ${context.root.version}`, '-V, --version', 'print the version')
    .addHelpText('after', TASKS(context.calledAs))
    .addCommand(operatorCommand(context))
    .addCommand(crdsCommand(context))
    .addCommand(rbacCommand(context))
    .addCommand(checkCommand(context))
    .addCommand(explainCommand(context))
    .addCommand(policyCommand(context))
    .addCommand(loginCommand(context))
    .addCommand(integrationCommand(context))
    .addCommand(convertCommand(context))
    .addCommand(renderCommand(context))
    .addCommand(templateCommand(context))
    .addCommand(sandboxCommand(context))
    .addCommand(versionCommand(context))
    .addCommand(completionCommand(context))
  everyCommand(program, (command) => {
    command
      .exitOverride()
      .helpOption('-h, --help', 'show this help')
      .configureHelp({
        helpWidth: HELP_WIDTH,
        styleTitle: (text) =>
          context.terminal.hasColours ? styleText('bold', text, { validateStream: false }) : text,
      })
      .configureOutput({
        writeOut: (text) => context.terminal.out(text),
        writeErr: (text) => context.terminal.err(text),
        getOutHasColors: () => context.terminal.hasColours,
        outputError: (text, write) => write(usageLine(text, context.calledAs, command)),
      })
  })
  return program
}

function everyCommand(command: Command, apply: (command: Command) => void): void {
  apply(command)
  for (const child of command.commands) everyCommand(child, apply)
}

/** One line: what is wrong, a suggestion where there is one, where to read on. */
function usageLine(text: string, calledAs: string, command: Command): string {
  const what = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
  const words: string[] = []
  for (let c: Command | null = command; c?.parent != null; c = c.parent) words.unshift(c.name())
  return `everpull: ${what}; see ${[calledAs, ...words, '--help'].join(' ')}\n`
}
