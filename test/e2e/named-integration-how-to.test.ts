// This file is about docs/how-to/named-integration.md: every step is run as it is written, with a Git server, the
// controller of Sealed Secrets and a registry, until integrations are tested, synced, and used in the cluster and in CI.
import assert from 'node:assert/strict'
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { shellIn } from '../../src/generate/ci-snippets/snippet-fixture.ts'
import type { IntegrationTold } from '../../src/operator/commands/integrations.ts'
import { writeAwsProgram } from '../support/aws-program.ts'
import { ClusterNetwork } from '../support/cluster-network.ts'
import { eventually } from '../support/eventually.ts'
import { GIT_READER, GIT_WRITER, GitServer } from '../support/git-server.ts'
import { type Shell, startShell, stepsOf } from '../support/how-to.ts'
import { SealedSecrets } from '../support/sealed-secrets.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'
import { tlsIdentity } from '../support/tls-identity.ts'
import { userEnvironment } from '../support/user-environment.ts'

const PAGE = 'how-to/named-integration'
/** The steps that give the operator other settings. */
const RESTARTING: readonly string[] = ['Runtimes', 'Let CI in']
const HOST = '123456789012.dkr.ecr.us-east-2.amazonaws.com'

describe('docs/how-to/named-integration.md', { timeout: 600_000 }, () => {
  let stage: Stage
  let git: GitServer
  let shell: Shell
  let operator: RunningOperator | undefined
  let endpoint = ''
  const operators: RunningOperator[] = []
  const ground = new AsyncDisposableStack()

  before(async () => {
    stage = ground.use(await Stage.open({ clusterNetwork: true }))
    git = ground.use(await GitServer.open())
    const controller = ground.use(await SealedSecrets.start(stage))
    const network = ground.use(await ClusterNetwork.open(stage))
    await network.serve(controller.served)
    await stage.apply(DEPLOYMENT)
    await layFiles()
    shell = startShell(stage.sandbox.folder, await environment())
    ground.defer(() => shell.close())
  })
  after(() => ground.disposeAsync())

  const at = (...names: readonly string[]): string => join(stage.sandbox.folder, ...names)

  /** What a reader has: git that knows its server and who they are, and the token for the operator. */
  async function layFiles(): Promise<void> {
    const { username, password } = GIT_WRITER
    const config = `[user]
	name = Somebody
	email = somebody@example.com
[credential]
	helper = "!f() { echo username=${username}; echo password=${password}; }; f"
`
    await writeFile(at('.gitconfig'), config)
    await writeFile(at('read-token'), GIT_READER.password)
    const { cert, key } = await tlsIdentity('everpull')
    await writeFile(at('tls.crt'), cert)
    await writeFile(at('tls.key'), key)
    await writeFile(at('git-ca.pem'), git.certificateAuthority)
    await copyFile(stage.sandbox.kubeconfigPath, at('user.kubeconfig'))
  }

  async function environment(): Promise<NodeJS.ProcessEnv> {
    const { AWS_REGION: _, AWS_PROFILE: __, ...user } = await userEnvironment(stage)
    const { crane } = await ensureParts(['crane'])
    await symlink(crane, at('bin', 'crane'))
    await writeAwsProgram(at('bin'), stage, stage.sandbox.aws.principals.admin)
    await mkdir(at('tmp'))
    return {
      ...user,
      KUBECONFIG: at('user.kubeconfig'),
      GIT_SSL_CAINFO: git.certificateAuthorityFile,
      TMPDIR: at('tmp'),
      ...reachingRegistries(),
    }
  }

  function reachingRegistries(): Record<string, string> {
    const { HTTPS_PROXY, SSL_CERT_FILE } = stage.sandbox.proxyEnv
    return { HTTPS_PROXY, SSL_CERT_FILE, NODE_EXTRA_CA_CERTS: SSL_CERT_FILE, NO_PROXY: '127.0.0.1' }
  }

  /** What the page cannot know: names of the sandbox. */
  const fitting = (script: string): string =>
    script
      .replace(/^OPERATOR=.*$/m, `OPERATOR=${stage.sandbox.aws.principals.bot.arn}`)
      .replace(/(EVERPULL_CONFIG_REPO)=https:.*$/m, `$1=${git.url}`)
      .replace(/^ENDPOINT=.*$/m, `ENDPOINT=${endpoint}`)
      .replace('--from-literal=username=git', `--from-literal=username=${GIT_READER.username}`)
      .replace('=read-token', '=read-token --from-file=ca.crt=git-ca.pem')

  /** Nobody runs Deployments here; what its pod would be given, the operator's process is. */
  async function restartOperator(): Promise<void> {
    await operator?.stop()
    const path = '--output=jsonpath={.spec.template.spec.containers[0].env}'
    const env = JSON.parse(
      await stage.kubectl('get', 'deployment', 'everpull', '-n', 'everpull', path),
    ) as readonly { readonly name: string; readonly value: string }[]
    const given = env.map(({ name, value }) => [name, value.replace('/etc/everpull', at())])
    const isOpen = env.some(({ name }) => name === 'EVERPULL_TOKEN_ENDPOINT_ADDRESS')
    const flags = isOpen ? ['--token-endpoint-address=127.0.0.1:0'] : []
    operator = await stage.startOperator(['--config-repo-interval=1s', ...flags], {
      ...Object.fromEntries(given),
      ...reachingRegistries(),
    })
    operators.push(operator)
    await operator.ready()
    if (isOpen) endpoint = String((await operator.logged('token endpoint: listening'))['url'])
  }

  async function listed(): Promise<readonly IntegrationTold[]> {
    await shell.run('everpull integration list --output json > listed.json')
    const { integrations } = JSON.parse(await readFile(at('listed.json'), 'utf8')) as {
      readonly integrations: readonly IntegrationTold[]
    }
    return integrations
  }

  const checks: Readonly<Record<string, () => void>> = {
    'See how it is': () =>
      void test('both are synced, healthy and tested', async () => {
        for (const { sync, health, lastTestedAt } of await listed())
          assert.deepEqual([sync, health.is, lastTestedAt !== undefined], ['synced', 'healthy', true])
      }),
    'Use it by name': () =>
      void test('it is used', async () => {
        const used = async (): Promise<boolean> => {
          const found = (await listed()).find(({ name }) => name === 'ecr-apps')
          return found?.usedBy.count === 1
        }
        await eventually('ecr-apps is used by one', used)
      }),
    'Use it in CI': () =>
      void test('the pod that it lets in pushes, and no other is let in', async () => {
        const { script, environment: given } = shellIn('tekton', await readFile(at('build.yaml'), 'utf8'))
        await writeFile(at('log-in.sh'), script.replaceAll('/var/run/secrets/ecr-login', at()))
        const variables = Object.entries({ ...given, DOCKER_CONFIG: at('ci'), CURL_CA_BUNDLE: at('tls.crt') })
        const settings = variables.map(([name, value]) => `export ${name}='${value}'`).join('\n')
        const logIn = async (namespace: string, account: string): Promise<string> => {
          const words = ['create', 'token', account, '-n', namespace, '--audience=everpull']
          await writeFile(at('token'), await stage.kubectl(...words))
          await shell.run(
            `(${settings}\nsh log-in.sh) > ci.log 2>&1 && echo in >> ci.log || echo out >> ci.log`,
          )
          return readFile(at('ci.log'), 'utf8')
        }
        const isIn = async (): Promise<boolean> => (await logIn('builds', 'pusher')).endsWith('in\n')
        await eventually('the rule is in the cluster', isIn, 60_000)
        const image = `${HOST}/apps/demo`
        await shell.run(`(${settings}\ncrane copy ${image}:1.0.0 ${image}:from-ci)`)
        assert.match(await logIn('builds', 'default'), /not-allowed[^]*out\n$/)
      }),
  }

  for (const { title, script } of stepsOf(PAGE)) {
    test(title, { timeout: 180_000 }, async () => shell.run(fitting(script)))
    if (RESTARTING.includes(title)) test(`the operator is restarted after “${title}”`, restartOperator)
    checks[title]?.()
  }

  test('nothing secret is in the repository, in a commit or in the log', async () => {
    const seen = [
      ...Object.values(await git.files()),
      ...(await git.messages()),
      ...operators.map(({ output }) => output),
    ].join('\n')
    for (const secret of [...(await stage.knownSecrets()), GIT_READER.password])
      assert.ok(!seen.includes(secret), 'a secret was shown')
  })
})

const DEPLOYMENT = JSON.stringify({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace: 'everpull', name: 'everpull' },
  spec: {
    selector: { matchLabels: { app: 'everpull' } },
    template: {
      metadata: { labels: { app: 'everpull' } },
      spec: { serviceAccountName: 'everpull', containers: [{ name: 'everpull', image: 'everpull' }] },
    },
  },
})
