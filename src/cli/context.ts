// This file is about what every command is given, and how its outcome becomes an exit code.
import type { ServiceAccountName } from '../config/values.ts'
import type { Config, Environment, Place } from '../config.ts'
import {
  type CheckReport,
  CommandFailure,
  type Commands,
  type EndpointLoginAsked,
  type EndpointLoginsTold,
  type Explanation,
  type LoginAsked,
  type LoginTold,
  type NameAsked,
  type PolicyAsked,
  type PolicyTold,
} from '../operator/commands.ts'
import type { IntegrationCommands } from '../operator/commands/kept-integrations.ts'
import type { ConnectionTold, TestAsked } from '../operator/commands/integrations.ts'
import type { LayoutCommands } from '../operator/commands/layouts.ts'
import type { Terminal } from './terminal.ts'

/** 0 done, 1 failed, 2 wrong usage or configuration. */
export type ExitCode = 0 | 1 | 2

/** What main.ts fills in; each part is loaded when a command needs it, so that the others start fast. */
export interface Root {
  readonly version: string
  readonly environment: Environment
  readonly place: Place
  /** Runs until it is told to stop; resolves to the exit code. */
  operator(config: Config): Promise<ExitCode>
  /** Looks at what an operator so configured would do; changes nothing. */
  check(config: Config, asked: CheckAsked): Promise<CheckReport>
  /** Why Secrets are as they are; changes nothing. */
  explain(config: Config, asked: NameAsked): Promise<Explanation>
  /** The least that has to be allowed, for each connection of the objects named. */
  policies(config: Config, asked: PolicyAsked): Promise<readonly PolicyTold[]>
  /** One new login; `notEcr` where the host is none of ECR's. */
  login(config: Config, asked: LoginAsked): Promise<LoginTold | NotEcr>
  /** Named integrations, in a repository and in the cluster that is configured. */
  integrations(config: Config, asked: IntegrationsAsked): Promise<IntegrationCommands>
  /** Tests a connection; whatever that takes is gone again when it ends, and nothing is changed. */
  testIntegration(config: Config, asked: TestAsked): Promise<ConnectionTold>
  /** Integrations in other layouts: brought over from Codefresh, and rendered. */
  layouts(config: Config): Promise<LayoutCommands>
  /** New or shared ones, from the token endpoint of an operator. */
  endpointLogin(asked: EndpointLoginAsked): Promise<EndpointLoginsTold>
  commands(): Promise<Commands>
}

export interface IntegrationsAsked {
  /** The operator's own namespace; absent: the pod's, else that of the context. */
  readonly namespace?: string
}

export interface NotEcr {
  readonly is: 'not-ecr'
  /** Completes the sentence `"…" is no Amazon ECR host: …`. */
  readonly because: string
}

export interface CheckAsked {
  /** Only objects of this name. */
  readonly name?: string
  /** Whose rights are looked at; ours unless told. */
  readonly account?: ServiceAccountName
  /** Of the object named: whether pushing is tried too where it does not say. */
  readonly push?: boolean
}

export interface Context {
  readonly root: Root
  readonly terminal: Terminal
  /** "everpull", or "kubectl everpull" where kubectl runs it. */
  readonly calledAs: string
  /** Runs a command's body and keeps its exit code. */
  run(body: () => Promise<ExitCode>): Promise<void>
}

/** Text for the one line on stderr; a bug keeps its stack. */
export function failureText(thrown: unknown): string {
  if (thrown instanceof CommandFailure) return thrown.message
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
}

export const failureCode = (thrown: unknown): ExitCode =>
  thrown instanceof CommandFailure && thrown.usage ? 2 : 1

/** Several mistakes, one line each, and the usage exit code. */
export function tellMistakes(context: Context, mistakes: readonly string[]): ExitCode {
  for (const mistake of mistakes) context.terminal.err(`everpull: ${mistake}\n`)
  return 2
}

/** Examples as help texts end with them: the line, and what it does. */
export function examples(calledAs: string, lines: readonly (readonly [string, string])[]): string {
  return `\nExamples:\n${lines.map(([line, does]) => `  # ${does}\n  ${calledAs} ${line}\n`).join('\n')}`
}
