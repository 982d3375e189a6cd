// This file is about what `everpull sandbox …` asks: up, down, status, kubeconfig.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportLine } from './export-line.ts'
import { PortTaken } from './part.ts'
import { BuildFailed } from './parts/go-command.ts'
import { defaultSandboxFolder, Sandbox } from './sandbox.ts'
import { type SandboxState, sandboxState } from './sandbox-state.ts'

/** An expected failure; the message is for the person at the keyboard and says what to do. */
export class SandboxFailure extends Error {
  override name = 'SandboxFailure'
}

export interface SandboxCommands {
  /** `tokenLife` in milliseconds. */
  up(asked: { readonly tokenLife?: number }): Promise<SandboxState>
  down(): Promise<SandboxState>
  status(): Promise<SandboxState>
  /** The admin's, YAML. */
  kubeconfig(): Promise<string>
}

/**
 * The commands on one folder. `onProgress` is told one line for each thing that takes time.
 * Each rejects with a SandboxFailure when what was asked cannot be done.
 */
export function sandboxCommands(
  onProgress: (line: string) => void,
  folder: string = defaultSandboxFolder(),
): SandboxCommands {
  return {
    async up({ tokenLife }) {
      const life = tokenLife === undefined ? {} : { tokenLifeSeconds: tokenLife / 1000 }
      const sandbox = await Sandbox.up({ folder, onProgress, ...life }).catch(explain)
      for (const line of howToUse(sandbox)) onProgress(line)
      return sandboxState(folder)
    },
    async down() {
      await Sandbox.down({ folder, onProgress })
      return sandboxState(folder)
    },
    status: () => Promise.resolve(sandboxState(folder)),
    kubeconfig: () => readFile(join(folder, 'kubeconfig'), 'utf8').catch(noSandbox),
  }
}

/** What a newcomer does next, as lines to paste. */
function howToUse(sandbox: Sandbox): string[] {
  return [
    '',
    'To look around with kubectl:',
    `  ${exportLine({ KUBECONFIG: sandbox.kubeconfigPath })}`,
    'To reach its AWS with the AWS CLI or an SDK (users, roles and keys are in aws/principals.json of the state folder):',
    `  ${exportLine(sandbox.awsEnv)}`,
    'To pull with helm, crane or skopeo under the real names of ECR:',
    `  ${exportLine(sandbox.proxyEnv)}`,
    `To keep integrations in its Git repository ${sandbox.git.url} (users and tokens are in git/users.json of the state folder):`,
    `  ${exportLine({ GIT_SSL_CAINFO: sandbox.git.caFile })}`,
    '',
  ]
}

function explain(error: unknown): never {
  if (error instanceof BuildFailed) throw new SandboxFailure(error.message, { cause: error })
  if (error instanceof PortTaken)
    throw new SandboxFailure(
      `${error.message}; end that process, or run \`everpull sandbox down\` and \`up\` for a sandbox on other ports.`,
      { cause: error },
    )
  throw error
}

function noSandbox(error: NodeJS.ErrnoException): never {
  if (error.code !== 'ENOENT') throw error
  throw new SandboxFailure('no sandbox is up; `everpull sandbox up` starts one.', { cause: error })
}
