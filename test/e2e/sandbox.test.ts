// This file is about the sandbox as a whole: up, what works in it, repair after a crash, down.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  STSClient,
} from '@aws-sdk/client-sts'
import { keysOf } from '../../sandbox/aws/aws-fixture.ts'
import { sandboxCommands } from '../../sandbox/commands.ts'
import type { ApiAnswer } from '../../sandbox/control-plane/api-client.ts'
import type { GitUser } from '../../sandbox/git/server.ts'
import { ensureParts, type PartPaths } from '../../sandbox/parts/ensure.ts'
import { isAlive, processesWith } from '../../sandbox/process-identity.ts'
import { runningProcess } from '../../sandbox/process.ts'
import { Sandbox } from '../../sandbox/sandbox.ts'
import { SANDBOX_PARTS, type SandboxPart } from '../../sandbox/sandbox-parts.ts'
import { sandboxState } from '../../sandbox/sandbox-state.ts'
import { DEMO_CHART, DEMO_IMAGE } from '../../sandbox/seed/registry-content.ts'
import { removeWhenWeDie } from '../../sandbox/removal.ts'
import { waitFor } from '../../sandbox/wait.ts'

const run = promisify(execFile)
const REGION = 'us-west-1'
const HOST = `123456789012.dkr.ecr.${REGION}.amazonaws.com`
const NAMESPACE = '/api/v1/namespaces/default'

interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

describe('the sandbox', { timeout: 600_000 }, () => {
  let folder: string
  let sandbox: Sandbox
  let tools: PartPaths<'kubectl' | 'helm' | 'crane'>
  let callOff: () => void
  before(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'everpull-sandbox-')), 'state')
    tools = await ensureParts(['kubectl', 'helm', 'crane'])
    callOff = removeWhenWeDie(folder)
    sandbox = await Sandbox.up({ folder })
  })
  after(async () => {
    await Sandbox.down({ folder })
    callOff()
    await rm(join(folder, '..'), { recursive: true, force: true })
  })

  const kubectl = async (...args: string[]): Promise<string> =>
    (await run(tools.kubectl, ['--kubeconfig', sandbox.kubeconfigPath, ...args])).stdout
  const api = (method: string, path: string, body?: unknown): Promise<ApiAnswer> =>
    sandbox.controlPlane.admin.call(method, path, body)
  const pids = (): Record<string, number | undefined> =>
    Object.fromEntries(SANDBOX_PARTS.map((name) => [name, runningProcess(folder, name)?.pid]))

  /** What a registry client is given: a dockerconfigjson with a login that these credentials minted. */
  const dockerConfig = async (credentials: Credentials): Promise<string> => {
    const ecr = new ECRClient({ endpoint: sandbox.aws.url, region: REGION, credentials: { ...credentials } })
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}))
    return JSON.stringify({ auths: { [HOST]: { auth: authorizationData?.[0]?.authorizationToken } } })
  }
  const withLogin = async (config: string, work: (env: NodeJS.ProcessEnv, home: string) => Promise<void>) => {
    const home = await mkdtemp(join(tmpdir(), 'everpull-client-'))
    await writeFile(join(home, 'config.json'), config)
    const env = { PATH: process.env['PATH'], HOME: home, DOCKER_CONFIG: home, ...sandbox.proxyEnv }
    try {
      await work(env, home)
    } finally {
      await rm(home, { recursive: true, force: true })
    }
  }

  test('tells of each part that it runs, and where', () => {
    const { parts } = sandboxState(folder)
    assert.deepEqual(
      parts.map((part) => part.name),
      [...SANDBOX_PARTS],
    )
    for (const part of parts) {
      assert.equal(part.state, 'running')
      assert.match(part.address ?? '', /^127\.0\.0\.1:\d+$/)
    }
  })

  test('answers kubectl as admin', async () => {
    assert.match(await kubectl('get', 'namespaces', '--output=name'), /namespace\/kube-system/)
  })

  test('collects what an owner leaves behind', async () => {
    const made = await api('POST', `${NAMESPACE}/configmaps`, { metadata: { name: 'owner' } })
    const { uid } = (JSON.parse(made.body) as { metadata: { uid: string } }).metadata
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }]
    await api('POST', `${NAMESPACE}/secrets`, { metadata: { name: 'owned', ownerReferences } })
    await api('DELETE', `${NAMESPACE}/configmaps/owner`)
    await waitFor(async () => (await api('GET', `${NAMESPACE}/secrets/owned`)).status === 404, {
      what: 'the owned Secret goes',
      limitMs: 60_000,
    })
  })

  test('lets helm and crane pull with a login of the seeded user', async () => {
    await withLogin(await dockerConfig(sandbox.aws.principals.bot), async (env, home) => {
      const chart = `oci://${HOST}/${DEMO_CHART.repository}`
      await run(tools.helm, ['pull', chart, '--version', DEMO_CHART.version, '--destination', home], { env })
      assert.ok(existsSync(join(home, `demo-${DEMO_CHART.version}.tgz`)))
      const image = `${HOST}/${DEMO_IMAGE.repository}:${DEMO_IMAGE.tag}`
      const { stdout } = await run(tools.crane, ['manifest', image], { env })
      assert.match(stdout, /"schemaVersion":2/)
    })
  })

  test('refuses a pull without a login', async () => {
    await withLogin('{"auths":{}}', async (env) => {
      const pulled = run(tools.crane, ['manifest', `${HOST}/${DEMO_IMAGE.repository}:${DEMO_IMAGE.tag}`], {
        env,
      })
      await assert.rejects(pulled, /UNAUTHORIZED|401/)
    })
  })

  /** Git as anybody runs it, with a login of the seeded users where one is given. */
  const git = async (user: GitUser | undefined, ...args: string[]): Promise<string> => {
    const helper = `!f() { echo username=${user?.username}; echo password=${user?.password}; }; f`
    const login = user === undefined ? [] : ['-c', `credential.helper=${helper}`]
    const env = { PATH: process.env['PATH'], GIT_SSL_CAINFO: sandbox.git.caFile, GIT_TERMINAL_PROMPT: '0' }
    return (await run('git', [...login, ...args], { env })).stdout
  }

  test('has a Git repository that one user may push to and another may only read', async () => {
    const { url, users } = sandbox.git
    const clone = join(folder, '..', 'clone')
    await assert.rejects(git(undefined, 'clone', '--quiet', url, clone))
    await git(users.reader, 'clone', '--quiet', url, clone)
    assert.ok(existsSync(join(clone, 'resources', 'control-planes')))
    const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.com']
    await git(undefined, '-C', clone, ...who, 'commit', '--quiet', '--allow-empty', '-m', 'pushed')
    await assert.rejects(git(users.reader, '-C', clone, 'push', '--quiet', url, 'main'), /403/)
    await git(users.writer, '-C', clone, 'push', '--quiet', url, 'main')
    const { stdout } = await run('git', [
      '-C',
      join(folder, 'git', 'config.git'),
      'log',
      '--format=%s',
      'main',
    ])
    assert.equal(stdout, 'pushed\nBegin\n')
  })

  /** Keys of a role's session, for a service account's own token. */
  const webIdentity = async (
    name: string,
    asked: Pick<AssumeRoleWithWebIdentityCommandInput, 'RoleArn' | 'Policy'>,
  ): Promise<Credentials> => {
    const account = { namespace: 'default', name }
    await waitFor(async () => (await api('GET', `${NAMESPACE}/serviceaccounts/${name}`)).status === 200, {
      what: `the service account ${name} appears`,
      limitMs: 60_000,
    })
    const WebIdentityToken = await sandbox.controlPlane.tokenFor(account, {
      seconds: 600,
      audiences: ['sts.amazonaws.com'],
    })
    const sts = new STSClient({ endpoint: sandbox.aws.url, region: REGION })
    const input = { ...asked, RoleSessionName: 'test', WebIdentityToken }
    return keysOf((await sts.send(new AssumeRoleWithWebIdentityCommand(input))).Credentials)
  }

  test('lets a service account take the role that trusts it, by its own token', async () => {
    const credentials = await webIdentity('default', { RoleArn: sandbox.aws.principals.puller.roleArn })
    assert.match(await dockerConfig(credentials), /"auth":"\w/)
  })

  test('lets a builder push with a login narrowed to pushing, and refuses it one narrowed to pulling', async () => {
    await api('POST', `${NAMESPACE}/serviceaccounts`, { metadata: { name: 'builder' } })
    const push = async (actions: readonly string[]): Promise<string> => {
      const Action = ['GetAuthorizationToken', ...actions].map((action) => `ecr:${action}`)
      const Policy = JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action, Resource: '*' },
      })
      const { roleArn } = sandbox.aws.principals.roles.builder
      const config = await dockerConfig(await webIdentity('builder', { RoleArn: roleArn, Policy }))
      let digest = ''
      await withLogin(config, async (env, home) => {
        const layer = join(home, 'layer.tar')
        const built = join(home, 'image.tar')
        await writeFile(join(home, 'built.txt'), 'built here')
        await run('tar', ['-cf', layer, '-C', home, 'built.txt'])
        await run(tools.crane, ['append', '-f', layer, '-t', 'built:1', '-o', built], { env })
        const image = `${HOST}/${DEMO_IMAGE.repository}:built`
        digest = (await run(tools.crane, ['push', built, image], { env })).stdout
      })
      return digest
    }
    await assert.rejects(
      push(['BatchGetImage', 'GetDownloadUrlForLayer', 'BatchCheckLayerAvailability']),
      /DENIED: .*ecr-builder\/test is not authorized to perform: ecr:InitiateLayerUpload/,
    )
    const uploading = ['InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload', 'PutImage']
    const pushed = await push(['BatchGetImage', 'BatchCheckLayerAvailability', ...uploading])
    assert.match(pushed, /@sha256:[0-9a-f]{64}/)
  })

  test('leaves alone what is up', async () => {
    const earlier = pids()
    await Sandbox.up({ folder })
    assert.deepEqual(pids(), earlier)
  })

  test('is repaired by up, with the same ports, keys and content, after every part crashed', async () => {
    const files = [
      'ports.json',
      'kubeconfig',
      'keys/service-account.key',
      'certificates/apiserver.crt',
      'aws/ca/ca.pem',
      'git/users.json',
      'git/config.git/refs/heads/main',
    ]
    const read = (): Promise<string[]> =>
      Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
    const earlier = await read()
    const { bot } = sandbox.aws.principals
    await api('POST', `${NAMESPACE}/configmaps`, { metadata: { name: 'kept' } })
    const login = await dockerConfig(bot)
    await Promise.all(SANDBOX_PARTS.map((name) => sandbox.killPart(name, 'SIGKILL')))
    for (const part of sandboxState(folder).parts) assert.equal(part.state, 'stopped')

    sandbox = await Sandbox.up({ folder })
    assert.deepEqual(await read(), earlier)
    assert.deepEqual(sandbox.aws.principals.bot, bot)
    assert.equal((await api('GET', `${NAMESPACE}/configmaps/kept`)).status, 200)
    await withLogin(login, async (env) => {
      await run(tools.crane, ['manifest', `${HOST}/${DEMO_IMAGE.repository}:${DEMO_IMAGE.tag}`], { env })
    })
  })

  test('is repaired by up when a part hangs', async () => {
    await sandbox.killPart('kube-apiserver', 'SIGSTOP')
    await Sandbox.up({ folder })
    assert.equal((await api('GET', '/readyz')).status, 200)
  })

  for (const name of [
    'etcd',
    'kube-apiserver',
    'registry',
    'aws',
    'git',
  ] as const satisfies readonly SandboxPart[])
    test(`keeps its ports when ${name} alone is restarted`, async () => {
      const address = sandboxState(folder).parts.find((part) => part.name === name)?.address
      const pid = runningProcess(folder, name)?.pid
      await sandbox.restartPart(name)
      assert.equal(sandboxState(folder).parts.find((part) => part.name === name)?.address, address)
      assert.notEqual(runningProcess(folder, name)?.pid, pid)
      await waitFor(async () => (await api('GET', '/readyz')).status === 200, {
        what: 'the API server is ready',
        limitMs: 60_000,
      })
    })

  test('changes the life of tokens while it runs', async () => {
    await Sandbox.up({ folder, tokenLifeSeconds: 90 })
    const settings = (await (await fetch(`${sandbox.aws.adminUrl}/settings`)).json()) as {
      tokenLifeSeconds: number
    }
    assert.equal(settings.tokenLifeSeconds, 90)
  })

  test('never takes a reused pid for its own process', async () => {
    const stranger = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    await sandbox.killPart('registry', 'SIGKILL')
    const record = { pid: stranger.pid, mark: 'of an earlier process', since: 0 }
    await writeFile(join(folder, 'run', 'registry.json'), JSON.stringify(record))
    assert.equal(runningProcess(folder, 'registry'), undefined)
    await Sandbox.up({ folder })
    assert.equal(stranger.exitCode ?? stranger.signalCode, null)
    assert.notEqual(runningProcess(folder, 'registry')?.pid, stranger.pid)
    stranger.kill()
  })

  test('says which port is taken when one that must be kept is', async () => {
    await sandbox.killPart('registry', 'SIGKILL')
    const port = Number(
      sandboxState(folder)
        .parts.find((part) => part.name === 'registry')
        ?.address?.split(':')[1],
    )
    const squatter = createServer()
    await waitFor(
      () =>
        new Promise<boolean>((resolve) => {
          squatter.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
        }),
      { what: 'the port is ours', limitMs: 10_000 },
    )
    const told = sandboxCommands(() => {}, folder).up({})
    await assert.rejects(
      told,
      new RegExp(`port ${port} of registry is taken by another process; end that process, or run`),
    )
    await new Promise((resolve) => squatter.close(resolve))
    await Sandbox.up({ folder })
  })

  test('leaves no process and no folder after down, not even one whose pid file was lost', async () => {
    const running = SANDBOX_PARTS.flatMap((name) => runningProcess(folder, name) ?? [])
    assert.equal(running.length, SANDBOX_PARTS.length)
    await rm(join(folder, 'run', 'etcd.json'))
    await sandbox.down()
    assert.equal(existsSync(folder), false)
    assert.equal(existsSync(`${folder}.lock`), false)
    for (const process of running) assert.equal(isAlive(process), false)
    assert.deepEqual(processesWith('EVERPULL_STATE_FOLDER', folder), [])
    assert.deepEqual(sandboxState(folder).parts, [])
  })
})
