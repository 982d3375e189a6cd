// This file is about running commands inside a test: a root without a cluster, and a terminal that remembers.
import type { Context, ExitCode, Root } from '../../src/cli/context.ts'
import { CREDENTIAL_HELPER, runCredentialProtocol } from '../../src/cli/credential-protocol.ts'
import { runCommandLine } from '../../src/cli/program.ts'
import type { Questions } from '../../src/cli/questions.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { CommandFailure, type Commands } from '../../src/operator/commands.ts'

export interface CommandLine {
  readonly context: Context
  readonly output: { out: string; err: string }
  run(...argv: string[]): Promise<ExitCode>
  /** As `docker` runs what is called docker-credential-…. */
  runAsCredentialHelper(...argv: string[]): Promise<ExitCode>
}

/** What a test cares about; the rest fails when it is reached. */
export interface CommandLineParts {
  readonly commands?: Partial<Commands>
  readonly operator?: Root['operator']
  readonly check?: Root['check']
  readonly explain?: Root['explain']
  readonly policies?: Root['policies']
  readonly login?: Root['login']
  readonly endpointLogin?: Root['endpointLogin']
  readonly integrations?: Root['integrations']
  readonly testIntegration?: Root['testIntegration']
  readonly layouts?: Root['layouts']
  readonly environment?: Root['environment']
  readonly files?: Readonly<Record<string, string>>
  /** Somebody looks at it; without colours, so that tests can read it too. */
  readonly isWatched?: boolean
  /** Somebody sits there and can be asked: what they answer, in turn. */
  readonly questions?: Questions
  readonly calledAs?: string
}

export function aCommandLine(parts: CommandLineParts = {}): CommandLine {
  const output = { out: '', err: '' }
  const terminal: Terminal = {
    out: (text) => void (output.out += text),
    err: (text) => void (output.err += text),
    isWatched: parts.isWatched ?? false,
    hasColours: false,
    ...(parts.questions === undefined ? {} : { questions: parts.questions }),
    read: async (file) => fileText(parts, file),
    async *lines(file) {
      yield* fileText(parts, file).split('\n')
    },
  }
  const root: Root = {
    version: '1.2.3',
    environment: parts.environment ?? {},
    place: { inCluster: false },
    operator: parts.operator ?? (() => unreachable('operator')),
    check: parts.check ?? (() => unreachable('check')),
    explain: parts.explain ?? (() => unreachable('explain')),
    policies: parts.policies ?? (() => unreachable('policies')),
    endpointLogin: parts.endpointLogin ?? (() => unreachable('endpointLogin')),
    login: parts.login ?? (() => unreachable('login')),
    integrations: parts.integrations ?? (() => unreachable('integrations')),
    testIntegration: parts.testIntegration ?? (() => unreachable('testIntegration')),
    layouts: parts.layouts ?? (() => unreachable('layouts')),
    commands: async () => ({ ...noCommands, ...parts.commands }),
  }
  const calledAs = parts.calledAs ?? 'everpull'
  return {
    context: { root, terminal, calledAs, run: async (body) => void (await body()) },
    output,
    run: (...argv) => runCommandLine(argv, calledAs, root, terminal),
    runAsCredentialHelper: (...argv) => runCredentialProtocol(argv, CREDENTIAL_HELPER, root, terminal),
  }
}

function fileText(parts: CommandLineParts, file: string): string {
  const text = parts.files?.[file]
  if (text === undefined) throw new Error('no such file')
  return text
}

const unreachable = (what: string): Promise<never> =>
  Promise.reject(new CommandFailure(`this test has no ${what}`))

const noCommands: Commands = {
  crds: () => unreachable('crds'),
  rbac: () => unreachable('rbac'),
  sandbox: {
    up: () => unreachable('sandbox'),
    down: () => unreachable('sandbox'),
    status: () => unreachable('sandbox'),
    kubeconfig: () => unreachable('sandbox'),
  },
}
