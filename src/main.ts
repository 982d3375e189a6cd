// This file is about putting everpull together: the only place that says which part is given to which.
import { readFileSync, existsSync } from 'node:fs'
import type { ExitCode, Root } from './cli/context.ts'
import { runCommandLine } from './cli/program.ts'
import { processTerminal } from './cli/terminal.ts'
import type { Place } from './config.ts'
import { CommandFailure, type Commands } from './operator/commands.ts'

/** What bin/ calls; resolves to the exit code. */
export async function main(argv: readonly string[], calledAs: string): Promise<ExitCode> {
  endQuietlyWhenTheReaderLeaves()
  const root: Root = {
    version: packageVersion(),
    environment: process.env,
    place: findPlace(),
    operator: () => notYet('operator'),
    commands: () => Promise.resolve(commands),
  }
  return runCommandLine(argv, calledAs, root, processTerminal())
}

const commands: Commands = {
  crds: () => notYet('crds'),
  rbac: () => notYet('rbac'),
  check: () => notYet('check'),
  sandbox: {
    up: () => notYet('sandbox up'),
    down: () => notYet('sandbox down'),
    status: () => notYet('sandbox status'),
    kubeconfig: () => notYet('sandbox kubeconfig'),
  },
}

const notYet = (command: string): Promise<never> =>
  Promise.reject(new CommandFailure(`${command} is not part of this version yet`))

/** `everpull crds | head` closes the pipe early; that is no failure of ours. */
function endQuietlyWhenTheReaderLeaves(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

/** A pod has the API server's address in its environment and its account's token in a file. */
function findPlace(): Place {
  const inCluster =
    process.env['KUBERNETES_SERVICE_HOST'] !== undefined && existsSync(`${ACCOUNT_FOLDER}/token`)
  if (!inCluster) return { inCluster }
  const file = `${ACCOUNT_FOLDER}/namespace`
  return existsSync(file) ? { inCluster, podNamespace: readFileSync(file, 'utf8').trim() } : { inCluster }
}

/** The package.json above us, from src/ as from dist/src/. */
function packageVersion(): string {
  for (const up of ['../package.json', '../../package.json']) {
    const file = new URL(up, import.meta.url)
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
  }
  return 'unknown'
}
