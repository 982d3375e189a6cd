// This file is about putting everpull together: the only place that says which part is given to which.
import { existsSync, readFileSync } from 'node:fs'
import type { ExitCode, Root } from './cli/context.ts'
import { CREDENTIAL_HELPER, runCredentialProtocol } from './cli/credential-protocol.ts'
import { runCommandLine } from './cli/program.ts'
import { processTerminal } from './cli/terminal.ts'
import type { Place } from './config.ts'
import type { Dialect } from './dialects/dialect.ts'
import { CommandFailure, type Commands, type SandboxCommands } from './operator/commands.ts'

/** What bin/ calls; resolves to the exit code. */
export async function main(argv: readonly string[], calledAs: string): Promise<ExitCode> {
  endQuietlyWhenTheReaderLeaves()
  const root: Root = {
    version: packageVersion(),
    environment: process.env,
    place: findPlace(),
    async operator(config) {
      const { runOperator } = await import('./run-operator.ts')
      await runOperator(config, process.env, packageVersion())
      return 0
    },
    async check(config, asked) {
      const { runCheck } = await import('./run-check.ts')
      return runCheck(config, process.env, packageVersion(), asked)
    },
    async explain(config, asked) {
      const { runExplain } = await import('./run-explain.ts')
      return runExplain({ config, environment: process.env, version: packageVersion() }, asked)
    },
    async policies(config, asked) {
      const { runPolicies } = await import('./run-policy.ts')
      return runPolicies({ config, environment: process.env, version: packageVersion() }, asked)
    },
    async endpointLogin(asked) {
      const { runEndpointLogin } = await import('./run-endpoint-login.ts')
      return runEndpointLogin(process.env, asked)
    },
    async login(config, asked) {
      const { runLogin } = await import('./run-login.ts')
      return runLogin({ config, environment: process.env, version: packageVersion() }, asked)
    },
    async integrations(config, asked) {
      const { openIntegrations } = await import('./run-integration.ts')
      return openIntegrations({ config, environment: process.env, version: packageVersion() }, asked)
    },
    async testIntegration(config, asked) {
      const { runIntegrationTest } = await import('./run-integration-test.ts')
      return runIntegrationTest({ config, environment: process.env, version: packageVersion() }, asked)
    },
    async layouts(config) {
      const { openLayouts } = await import('./run-import.ts')
      return openLayouts({ config, environment: process.env, version: packageVersion() })
    },
    commands: () => Promise.resolve(commands),
  }
  const run = calledAs === CREDENTIAL_HELPER ? runCredentialProtocol : runCommandLine
  return run(argv, calledAs, root, processTerminal())
}

const commands: Commands = {
  async crds(asked) {
    const { crdYaml } = await import('./generate/crds.ts')
    const kinds = (await dialectsAsked(asked.dialects)).flatMap((dialect) => dialect.kinds)
    if (asked.missingFrom === undefined) return crdYaml(kinds)
    const { missingKinds } = await import('./run-check.ts')
    return crdYaml(await missingKinds(kinds, asked.missingFrom, process.env, packageVersion()))
  },
  async rbac(asked) {
    const { rbacYaml } = await import('./generate/rbac.ts')
    return rbacYaml(asked, await dialectsAsked(asked.dialects))
  },
  sandbox: {
    up: (asked) => inSandbox((sandbox) => sandbox.up(asked)),
    down: () => inSandbox((sandbox) => sandbox.down()),
    status: () => inSandbox((sandbox) => sandbox.status()),
    kubeconfig: () => inSandbox((sandbox) => sandbox.kubeconfig()),
  },
}

/** All of them when none is named. */
async function dialectsAsked(names: readonly string[]): Promise<readonly Dialect[]> {
  const { dialects } = await import('./dialects/all.ts')
  return names.length === 0 ? dialects : dialects.filter((dialect) => names.includes(dialect.name))
}

/** Progress goes to standard error: what is asked for may be piped on. */
async function inSandbox<T>(body: (sandbox: SandboxCommands) => Promise<T>): Promise<T> {
  const { SandboxFailure, sandboxCommands } = await import('../sandbox/commands.ts')
  const tell = (line: string): void => void process.stderr.write(`${line}\n`)
  return body(sandboxCommands(tell)).catch((error: unknown) => {
    throw error instanceof SandboxFailure ? new CommandFailure(error.message) : error
  })
}

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
