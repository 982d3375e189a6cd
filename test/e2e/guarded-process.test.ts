// This file is about the process of an installed operator: what it may not do, and that nothing it leaves behind has a
// secret in it.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parse, stringify } from 'yaml'
import { conditionWhere } from '../support/deeds.ts'
import { eventually } from '../support/eventually.ts'
import { installPackage, packPackage } from '../support/installed-package.ts'
import { leaksIn } from '../support/leaks.ts'
import { externalSecret, generator, keysIn, together } from '../support/orders.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const NAMESPACE = 'apps'
const ECHOING_REGION = 'eu-west-2'

/**
 * Runs inside the operator. On SIGWINCH it tries what code that was smuggled in would try; on SIGHUP it throws what a
 * careless library would: an error with a request in it.
 */
const INTRUDER = `
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { open } from 'node:inspector'
import { writeHeapSnapshot } from 'node:v8'
import { Worker } from 'node:worker_threads'
const run = (program) => { const { error } = spawnSync(program); if (error) throw error }
const attempts = {
  read: () => readFileSync('/etc/passwd'),
  'read its environment': () => readFileSync('/proc/self/environ'),
  write: () => writeFileSync(process.env.LOOT + '/written', 'x'),
  'start a program': () => run('true'),
  'start a thread': () => new Worker('', { eval: true }),
  'write its heap': () => writeHeapSnapshot(process.env.LOOT + '/heap'),
  'write a report': () => process.report.writeReport(process.env.LOOT + '/report'),
  'open the inspector': () => open(0),
  'load an addon': () => process.dlopen({ exports: {} }, '/lib/none.node'),
}
process.on('SIGWINCH', () => {
  const outcomes = Object.entries(attempts).map(([name, attempt]) => {
    try { attempt(); return [name, 'done'] } catch ({ code }) { return [name, code] }
  })
  console.log(JSON.stringify({ message: 'attempts', outcomes: Object.fromEntries(outcomes) }))
})
process.on('SIGHUP', () => {
  const secret = process.env.AWS_SECRET_ACCESS_KEY
  throw Object.assign(new Error('careless'), { config: { secret }, cause: Object.assign(new Error('below'), { body: secret }) })
})
`
const WITH_INTRUDER = `--import=data:text/javascript;base64,${Buffer.from(INTRUDER).toString('base64')}`

interface Kubeconfig {
  readonly users: readonly { readonly user: { readonly token?: string } }[]
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data'?: string }
  }[]
}

/** 9229, as the kernel spells it. */
const INSPECTOR_PORT = /^\s*\d+: [0-9A-F]+:240D /
const isListening = (line: string): boolean => / 0A /.test(line)

/** Its lines of the kernel's table. */
async function socketsOf(pid: number | undefined): Promise<readonly string[]> {
  const links = await readdir(`/proc/${pid}/fd`).then((names) =>
    Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => ''))),
  )
  const inodes = new Set(
    links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]).filter((inode) => inode !== undefined),
  )
  const table = await readFile(`/proc/${pid}/net/tcp`, 'utf8')
  return table.split('\n').filter((line) => inodes.has(line.trim().split(/\s+/)[9] ?? ''))
}

const attemptsOf = ({ log }: RunningOperator): number =>
  log.filter(({ message }) => message === 'attempts').length

describe('the process of an operator', () => {
  let folder: string
  let stage: Stage
  let loot: string
  const operators: RunningOperator[] = []

  const start = async (
    nodeOptions: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<RunningOperator> => {
    const operator = await stage.startOperator(['--log-level=debug'], {
      NODE_OPTIONS: nodeOptions,
      LOOT: loot,
      ...environment,
    })
    operators.push(operator)
    // Profiling makes a start several times as long.
    await operator.logged('listening', 120_000)
    await operator.ready()
    return operator
  }
  const secrets = async (): Promise<readonly string[]> => [
    ...(await stage.knownSecrets()),
    stage.sandbox.aws.principals.bot.secretAccessKey,
  ]
  const served = (name: string, status = 'True') =>
    conditionWhere(stage, 'externalsecret', NAMESPACE, name, (told) => told.status === status)

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everpull-installed-'))
    installPackage(packPackage(folder), folder)
    const everpull = join(folder, 'lib', 'node_modules', 'everpull', 'bin', 'everpull.js')
    stage = await Stage.open({ everpull })
    loot = join(stage.sandbox.folder, 'loot')
    await mkdir(loot)
    await stage.namespace(NAMESPACE)
    await stage.credentialSecret(NAMESPACE)
    const role = stage.sandbox.aws.principals.puller.roleArn
    await stage.apply(
      together(
        ...Object.entries({ keys: keysIn('awssm-secret'), role: { role } }).flatMap(([name, spec]) => [
          generator({ namespace: NAMESPACE, name }, spec),
          externalSecret({ namespace: NAMESPACE, name, generator: name }),
        ]),
      ),
    )
  })
  after(async () => {
    await stage?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('serves, and may do nothing else', async () => {
    const operator = await start(WITH_INTRUDER, {
      NODE_DEBUG: 'http,http2,tls,net',
      NODE_DEBUG_NATIVE: 'http2',
    })
    await Promise.all([served('keys'), served('role')])
    operator.signal('SIGWINCH')
    const { outcomes } = await operator.logged('attempts')
    assert.deepEqual(outcomes, {
      read: 'ERR_ACCESS_DENIED',
      'read its environment': 'ERR_ACCESS_DENIED',
      write: 'ERR_ACCESS_DENIED',
      'start a program': 'ERR_ACCESS_DENIED',
      'start a thread': 'ERR_ACCESS_DENIED',
      'write its heap': 'ERR_ACCESS_DENIED',
      'write a report': 'ERR_ACCESS_DENIED',
      'open the inspector': 'ERR_ACCESS_DENIED',
      'load an addon': 'ERR_DLOPEN_DISABLED',
    })
    assert.match(await operator.metrics(), /^process_open_fds \d/m)
  })

  it('opens no inspector for a signal, and goes on', async () => {
    const [operator] = operators
    assert.ok(operator !== undefined)
    const before = attemptsOf(operator)
    operator.signal('SIGUSR1')
    operator.signal('SIGWINCH')
    // It has gone on, and by then would have done what the first signal asks of it.
    await eventually('it answers the second signal', () => attemptsOf(operator) > before)
    await operator.ready()
    assert.doesNotMatch(operator.output, /Debugger|ws:\/\//)
    const sockets = await socketsOf(operator.child.pid)
    assert.ok(sockets.some(isListening))
    assert.deepEqual(
      sockets.filter((line) => isListening(line) && INSPECTOR_PORT.test(line)),
      [],
    )
  })

  it('tells nothing that AWS quotes', async () => {
    const quoted = (await stage.knownSecrets()).filter((secret) => secret.length > 150)
    assert.ok(quoted.length > 0)
    const token = `eyJhbGciOiJSUzI1NiJ9.${Buffer.from('{"sub":"system:serviceaccount:a:b"}').toString('base64url')}.${'c2lnbmF0dXJl'.repeat(8)}`
    for (const [name, code] of [
      ['signature', 'SignatureDoesNotMatch'],
      ['parameter', 'ValidationError'],
      ['denied', 'AccessDeniedException'],
    ] as const) {
      await stage.fault({
        kind: 'error',
        region: ECHOING_REGION,
        code,
        message: `x-amz-security-token:${quoted.at(-1)} and Value '${token}' are refused`,
      })
      await stage.apply(
        together(
          generator({ namespace: NAMESPACE, name }, { region: ECHOING_REGION }),
          externalSecret({ namespace: NAMESPACE, name, generator: name }),
        ),
      )
      await served(name, 'False')
      await stage.clearFaults()
    }
    const told = await stage.get('externalsecrets,events', '-n', NAMESPACE)
    assert.deepEqual(leaksIn(JSON.stringify(told), await secrets()), [])
  })

  it('ends with a line of its log when it meets an error nobody expected', async () => {
    const [operator] = operators
    operator?.signal('SIGHUP')
    assert.equal(await operator?.ended, 1)
    const last = operator?.log.at(-1)
    assert.equal(last?.message, 'ended by an unexpected error')
    assert.match(JSON.stringify(last), /careless/)
  })

  it('reads the files and starts the programs that its own configuration names', async () => {
    const { folder, aws } = stage.sandbox
    const whole = parse(await readFile(join(folder, 'operator.kubeconfig'), 'utf8')) as Kubeconfig
    const [user, cluster] = [whole.users[0]?.user, whole.clusters[0]?.cluster]
    assert.ok(user?.token !== undefined && cluster?.['certificate-authority-data'] !== undefined)
    const files = {
      token: user.token,
      'ca.crt': Buffer.from(cluster['certificate-authority-data'], 'base64'),
      credential: JSON.stringify({
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        status: { token: user.token },
      }),
      keys: JSON.stringify({
        Version: 1,
        AccessKeyId: aws.principals.bot.accessKeyId,
        SecretAccessKey: aws.principals.bot.secretAccessKey,
      }),
      profiles: `[profile own]\ncredential_process = cat ${folder}/own/keys\n`,
    }
    await mkdir(join(folder, 'own'))
    for (const [name, text] of Object.entries(files))
      await writeFile(join(folder, 'own', name), text, { mode: 0o600 })
    const kubeconfig = async (name: string, auth: object): Promise<string> => {
      const reached = { server: cluster.server, 'certificate-authority': 'ca.crt' }
      const path = join(folder, 'own', name)
      const named = {
        users: [{ ...whole.users[0], user: auth }],
        clusters: [{ ...whole.clusters[0], cluster: reached }],
      }
      await writeFile(path, stringify({ ...whole, ...named }))
      return path
    }
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'cat',
      args: [join(folder, 'own', 'credential')],
      interactiveMode: 'Never',
    }
    const profile = {
      AWS_CONFIG_FILE: join(folder, 'own', 'profiles'),
      AWS_PROFILE: 'own',
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
    }
    for (const [name, auth, environment] of [
      ['by-file', { tokenFile: 'token' }, {}],
      ['by-program', { exec }, profile],
    ] as const) {
      const operator = await stage.startOperator(
        [`--kubeconfig=${await kubeconfig(name, auth)}`],
        environment,
      )
      operators.push(operator)
      await operator.ready()
      await stage.apply(
        together(
          generator(
            { namespace: NAMESPACE, name },
            { role: aws.principals.puller.roleArn, region: 'eu-west-1' },
          ),
          externalSecret({ namespace: NAMESPACE, name, generator: name }),
        ),
      )
      await served(name)
      await operator.stop()
    }
  })

  it('has no secret in reports and profiles that somebody asks Node for', async () => {
    const reports = `--report-on-signal --report-signal=SIGUSR2 --report-uncaught-exception --report-directory=${loot}`
    const profiles = `--cpu-prof --cpu-prof-dir=${loot} --heap-prof --heap-prof-dir=${loot}`
    const operator = await start(`--no-permission ${reports} ${profiles} ${WITH_INTRUDER}`)
    operator.signal('SIGUSR2')
    await operator.ready()
    operator.signal('SIGHUP')
    assert.equal(await operator.ended, 1)
    const files = await readdir(loot)
    for (const kind of [/^report.*json$/, /cpuprofile$/, /heapprofile$/])
      assert.ok(
        files.some((name) => kind.test(name)),
        `${kind} in ${files.join(' ')}`,
      )
    for (const name of files)
      assert.deepEqual(leaksIn(await readFile(join(loot, name), 'utf8'), await secrets()), [], name)
  })

  it('has said no secret in any of that', async () => {
    for (const { output } of operators) {
      assert.ok(output.length > 100)
      assert.deepEqual(leaksIn(output, await secrets()), [])
    }
  })
})
