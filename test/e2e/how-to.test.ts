// This file is about the how-tos: every step is run as it is written, until a Secret holds a login.
import assert from 'node:assert/strict'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { type SandboxAws, startAws } from '../../sandbox/aws/aws.ts'
import type { Jwks } from '../../sandbox/aws/options.ts'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { dialects } from '../../src/dialects/all.ts'
import { crdYaml } from '../../src/generate/crds.ts'
import { rbacYaml } from '../../src/generate/rbac.ts'
import { awsCommand } from '../support/aws-command.ts'
import { startControlPlane, type TestControlPlane } from '../support/control-plane.ts'
import { established } from '../support/established.ts'
import { eventually } from '../support/eventually.ts'
import { CHECKOUT, systemEnvironment } from '../support/everpull-process.ts'
import { type Shell, startShell, stepsOf } from '../support/how-to.ts'
import { BUILD_CONFIG_DEFINITION } from '../support/openshift-build.ts'
import { argoRepository } from '../support/recipes.ts'

const run = promisify(execFile)
const ACCOUNT = '123456789012'
const REGION = 'us-east-2'
const OPERATOR = { namespace: 'everpull', name: 'everpull' }

/** A cluster with the operator at work, an AWS account with a repository, and a shell with both their commands. */
class Ground implements AsyncDisposable {
  readonly folder: string
  readonly plane: TestControlPlane
  readonly aws: SandboxAws
  readonly shell: Shell
  readonly #command: AsyncDisposable
  readonly #kubectl: string
  #operator: { readonly child: ChildProcess; readonly said: Promise<string> } | undefined

  private constructor(
    folder: string,
    plane: TestControlPlane,
    aws: SandboxAws,
    shell: Shell,
    command: AsyncDisposable,
    kubectl: string,
  ) {
    this.folder = folder
    this.plane = plane
    this.aws = aws
    this.shell = shell
    this.#command = command
    this.#kubectl = kubectl
  }

  static async lay(): Promise<Ground> {
    const folder = await mkdtemp(join(tmpdir(), 'everpull-how-to-'))
    const bin = join(folder, 'bin')
    await mkdir(bin)
    const { kubectl } = await ensureParts(['kubectl'])
    await symlink(kubectl, join(bin, 'kubectl'))
    const plane = await startControlPlane()
    const aws = await startAws()
    aws.repositories.create({ service: 'ecr', account: ACCOUNT, region: REGION, name: 'my-app' })
    const fetchJwks = async (): Promise<Jwks> =>
      JSON.parse((await plane.controlPlane.admin.call('GET', '/openid/v1/jwks')).body) as Jwks
    const command = await awsCommand({ aws, account: ACCOUNT, fetchJwks, folder: bin })
    const environment = systemEnvironment()
    const shell = startShell(folder, {
      ...environment,
      PATH: `${bin}:${environment['PATH'] ?? ''}`,
      KUBECONFIG: plane.kubeconfig,
      HOME: folder,
    })
    const ground = new Ground(folder, plane, aws, shell, command, kubectl)
    await ground.#install()
    return ground
  }

  async kubectl(...args: string[]): Promise<string> {
    return (await run(this.#kubectl, ['--kubeconfig', this.plane.kubeconfig, ...args])).stdout
  }

  async apply(name: string, yaml: string): Promise<void> {
    const file = join(this.folder, `${name}.yaml`)
    await writeFile(file, yaml)
    await this.kubectl('apply', '--server-side', '--filename', file)
  }

  /** As whom AWS was asked for logins, the newest last. */
  async minters(): Promise<readonly { readonly principal: string; readonly accessKeyId: string }[]> {
    return this.aws.calls
      .list({ operation: 'GetAuthorizationToken', outcome: 'ok' })
      .map(({ principal, accessKeyId }) => ({ principal, accessKeyId }))
  }

  /** What the Secret ordered holds for the registry. */
  async login(
    secret = 'ecr-docker-secret',
    namespace = 'default',
  ): Promise<{ readonly username: string; readonly password: string }> {
    const path = 'jsonpath={.data.\\.dockerconfigjson}'
    const data = await this.kubectl('get', 'secret', secret, '--namespace', namespace, '--output', path)
    const config = JSON.parse(Buffer.from(data, 'base64').toString()) as {
      auths: Record<string, { username: string; password: string }>
    }
    const login = config.auths[`${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`]
    assert.ok(login !== undefined, Object.keys(config.auths).join())
    return login
  }

  async #install(): Promise<void> {
    const options = {
      serviceAccount: OPERATOR,
      namespaces: [],
      driftWatch: true,
      argocdNamespace: 'argocd',
    } as const
    await this.apply('definitions', crdYaml(dialects.flatMap(({ kinds }) => kinds)))
    await this.apply('roles', rbacYaml({ ...options, serviceAccountIdentities: { is: 'none' } }, dialects))
    await established((...args) => this.kubectl(...args))
    const kubeconfig = join(this.folder, 'operator.kubeconfig')
    await writeFile(kubeconfig, await this.plane.kubeconfigFor({ serviceAccount: OPERATOR }))
    this.#operator = this.#startOperator(kubeconfig)
  }

  #startOperator(kubeconfig: string): { readonly child: ChildProcess; readonly said: Promise<string> } {
    const addresses = ['--metrics-address=127.0.0.1:0', '--health-address=127.0.0.1:0']
    const program = [join(CHECKOUT, 'bin', 'everpull.js'), 'operator', '--leader-elect']
    const child = spawn(process.execPath, [...program, `--kubeconfig=${kubeconfig}`, ...addresses], {
      env: {
        ...systemEnvironment(),
        ...this.aws.environment(),
        AWS_EC2_METADATA_DISABLED: 'true',
        HOME: this.folder,
        // Where the test has the token lie.
        EVERPULL_ALLOW_READ: join(this.folder, 'token'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said = Promise.all([text(child.stdout), text(child.stderr)]).then((parts) => parts.join(''))
    return { child, said }
  }

  /** Everything the operator said; it is stopped for it. */
  async stopOperator(): Promise<string> {
    const operator = this.#operator
    this.#operator = undefined
    if (operator === undefined) return ''
    if (operator.child.exitCode === null) {
      operator.child.kill('SIGTERM')
      await once(operator.child, 'exit')
    }
    return operator.said
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.shell.close()
    await this.stopOperator()
    await this.#command[Symbol.asyncDispose]()
    await this.aws.close()
    await this.plane.stop()
    await rm(this.folder, { recursive: true, force: true })
  }
}

function eachStep(page: string, ground: () => Ground, fitting: (script: string) => string = (s) => s): void {
  for (const { title, script } of stepsOf(`how-to/${page}`)) {
    test(title, async () => ground().shell.run(fitting(script)))
  }
}

describe('docs/how-to/aws-iam-user.md', () => {
  let ground: Ground
  before(async () => void (ground = await Ground.lay()))
  after(() => ground[Symbol.asyncDispose]())

  eachStep('aws-iam-user', () => ground)

  test('the login is the user’s, and may pull from the repository', async () => {
    const { username, password } = await ground.login()
    assert.equal(username, 'AWS')
    const verdict = await ground.aws.tokens.authorize({
      service: 'ecr',
      account: ACCOUNT,
      region: REGION,
      repository: 'my-app',
      password,
      actions: [['ecr:BatchGetImage'], ['ecr:PutImage']],
    })
    assert.equal(verdict.is, 'allowed', JSON.stringify(verdict))
  })

  test('the newest login was asked for with the newest key', async () => {
    const minters = await ground.minters()
    assert.ok(minters.every(({ principal }) => principal.endsWith(':user/ecr-bot')))
    assert.notEqual(minters.at(0)?.accessKeyId, minters.at(-1)?.accessKeyId)
  })

  test('nothing secret was said', async () => {
    const said = await ground.stopOperator()
    for (const { kind, value } of ground.aws.secrets()) assert.ok(!said.includes(value), kind)
  })
})

describe('docs/how-to/aws-assume-role.md', () => {
  let ground: Ground
  before(async () => {
    ground = await Ground.lay()
    const tokens = { seconds: 3600, audiences: ['sts.amazonaws.com'] }
    await writeFile(join(ground.folder, 'token'), await ground.plane.controlPlane.tokenFor(OPERATOR, tokens))
    await ground.apply('deployment', DEPLOYMENT)
  })
  after(() => ground[Symbol.asyncDispose]())

  // No kubelet mounts the token here, so it lies elsewhere.
  eachStep(
    'aws-assume-role',
    () => ground,
    (script) => script.replace(/^TOKEN_FILE=.*$/m, `TOKEN_FILE=${join(ground.folder, 'token')}`),
  )

  test('the login is the role’s', async () => {
    assert.equal((await ground.login()).username, 'AWS')
    const minters = await ground.minters()
    assert.ok(minters.length > 0)
    assert.ok(minters.every(({ principal }) => principal.includes(':assumed-role/everpull/')))
  })
})

describe('docs/how-to/argocd-repository.md', () => {
  let ground: Ground
  before(async () => {
    ground = await Ground.lay()
    await ground.kubectl('create', 'namespace', 'argocd')
    await ground.apply('repository', argoRepository('argocd', REGION))
  })
  after(() => ground[Symbol.asyncDispose]())

  eachStep('argocd-repository', () => ground)

  test('the login is the user’s, and the rest of the Secret is Argo CD’s', async () => {
    const json = await ground.kubectl('get', 'secret', 'repo-2529854065', '-n', 'argocd', '-o', 'json')
    const { data } = JSON.parse(json) as { readonly data: Readonly<Record<string, string>> }
    const held = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString()
    assert.deepEqual(Object.keys(data).toSorted(), [
      'enableOCI',
      'name',
      'password',
      'type',
      'url',
      'username',
    ])
    assert.equal(held('username'), 'AWS')
    assert.equal(held('url'), `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`)
    assert.notEqual(held('password'), 'an-old-password')
    const minters = await ground.minters()
    assert.ok(minters.length > 0)
    assert.ok(minters.every(({ principal }) => principal.endsWith(':user/argocd-ecr')))
  })
})

describe('docs/how-to/openshift-build.md', () => {
  let ground: Ground
  before(async () => {
    ground = await Ground.lay()
    await ground.apply('builds', BUILDS)
    await established((...args) => ground.kubectl(...args))
  })
  after(() => ground[Symbol.asyncDispose]())

  eachStep('openshift-build', () => ground)

  /** What the login in a Secret of the project may do in the repository. */
  async function isAllowed(secret: string, action: string): Promise<boolean> {
    const { password } = await ground.login(secret, 'builds')
    const asked = {
      service: 'ecr',
      account: ACCOUNT,
      region: REGION,
      repository: 'my-app',
      password,
    } as const
    return (await ground.aws.tokens.authorize({ ...asked, actions: [[action]] })).is === 'allowed'
  }

  test('builds may push, and pods may only pull', async () => {
    assert.ok(await isAllowed('ecr-push', 'ecr:PutImage'))
    assert.ok(!(await isAllowed('ecr-pull', 'ecr:PutImage')))
    assert.ok(await isAllowed('ecr-pull', 'ecr:BatchGetImage'))
  })

  test('the account that builds names its login in both lists', async () => {
    const json = await ground.kubectl('get', 'serviceaccount', 'builder', '-n', 'builds', '-o', 'json')
    const { imagePullSecrets, secrets } = JSON.parse(json) as Record<string, readonly object[]>
    const own = { name: 'builder-dockercfg' }
    const pushing = { name: 'ecr-push' }
    assert.deepEqual(
      [imagePullSecrets, secrets],
      [
        [own, pushing],
        [own, pushing],
      ],
    )
  })

  test('the account that was unlinked names none', async () => {
    await eventually('the default account lists nothing', async () => {
      const json = await ground.kubectl('get', 'serviceaccount', 'default', '-n', 'builds', '-o', 'json')
      const { imagePullSecrets = [] } = JSON.parse(json) as { readonly imagePullSecrets?: readonly object[] }
      return imagePullSecrets.length === 0
    })
  })
})

describe('docs/how-to/share-an-integration.md', () => {
  let ground: Ground
  before(async () => void (ground = await Ground.lay()))
  after(() => ground[Symbol.asyncDispose]())

  eachStep('share-an-integration', () => ground)

  test('every login was the user’s, and the newest was asked for with the newest key', async () => {
    const minters = await ground.minters()
    assert.ok(minters.every(({ principal }) => principal.endsWith(':user/ecr-shared')))
    assert.notEqual(minters.at(0)?.accessKeyId, minters.at(-1)?.accessKeyId)
  })

  test('nothing secret was said', async () => {
    const said = await ground.stopOperator()
    for (const { kind, value } of ground.aws.secrets()) assert.ok(!said.includes(value), kind)
  })
})

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: everpull, namespace: everpull }
spec:
  selector: { matchLabels: { app: everpull } }
  template:
    metadata: { labels: { app: everpull } }
    spec:
      serviceAccountName: everpull
      containers: [{ name: everpull, image: everpull }]
`

/** What a project of OpenShift has, as far as it is needed. */
const BUILDS = `
apiVersion: v1
kind: Namespace
metadata: { name: builds }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: builder, namespace: builds }
imagePullSecrets: [{ name: builder-dockercfg }]
secrets: [{ name: builder-dockercfg }]
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: default, namespace: builds }
---${BUILD_CONFIG_DEFINITION}`
