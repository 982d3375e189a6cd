// This file is about `make demo` from its opening words to an empty machine, at a quicker pace.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { cacheFolder } from '../../sandbox/cache-folder.ts'
import { processesWith } from '../../sandbox/process-identity.ts'
import { eventually } from '../support/eventually.ts'
import { CHECKOUT, systemEnvironment } from '../support/everpull-process.ts'

const run = promisify(execFile)
/** A sandbox and three rotations of 10 s, on a machine that is busy with other things. */
const LIMIT_MS = 200_000
const DEMOS = join(cacheFolder(), 'demo')

class Demo {
  readonly child
  #said = ''
  readonly #ended: Promise<unknown[]>

  constructor(...flags: readonly string[]) {
    const program = [join(CHECKOUT, 'demo', 'demo.ts'), '--token-life=15s', ...flags]
    this.child = spawn(process.execPath, program, {
      cwd: CHECKOUT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: systemEnvironment(),
    })
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => void (this.#said += text))
    this.#ended = once(this.child, 'close')
  }

  says(words: RegExp): Promise<RegExpExecArray> {
    const find = (): RegExpExecArray | undefined => {
      if (this.child.exitCode !== null) throw new Error(`it ended with ${this.child.exitCode}: ${this.#said}`)
      return words.exec(this.#said) ?? undefined
    }
    return eventually(`the demo says ${words}`, find, LIMIT_MS)
  }

  async exitCode(): Promise<number | null> {
    await this.#ended
    return this.child.exitCode
  }

  /** Where its sandbox lives: the one folder that is named after its process. */
  async folder(): Promise<string> {
    await this.says(/started etcd/)
    const entries = await readdir(DEMOS)
    const name = entries.find((entry) => entry.startsWith(`${this.child.pid}-`) && !entry.endsWith('.lock'))
    assert.ok(name !== undefined, entries.join())
    return join(DEMOS, name)
  }
}

const gone = (folder: string): boolean =>
  !existsSync(folder) && processesWith('EVERPULL_STATE_FOLDER', folder).length === 0

describe('the demo', { timeout: 600_000 }, () => {
  const demos: Demo[] = []
  const start = (...flags: readonly string[]): Demo => {
    const demo = new Demo(...flags)
    demos.push(demo)
    return demo
  }
  after(() => demos.forEach(({ child }) => child.kill('SIGKILL')))

  it('cleans up when it is told to stop, and even when it is killed', async () => {
    const [interrupted, killed] = [start(), start()]
    const folders = await Promise.all([interrupted.folder(), killed.folder()])
    await Promise.all([interrupted, killed].map((demo) => demo.says(/PULLS/)))
    interrupted.child.kill('SIGINT')
    killed.child.kill('SIGKILL')
    assert.equal(await interrupted.exitCode(), 130)
    for (const folder of folders) await eventually(`${folder} is gone`, () => gone(folder), 30_000)
  })

  it('shows three rotations without a failed pull, stays up when asked to, and leaves nothing', async () => {
    const leftover = join(DEMOS, '1-0000000000000000')
    await mkdir(leftover, { recursive: true })
    const demo = start('--keep')
    const folder = await demo.folder()
    assert.ok(!existsSync(leftover), 'what an earlier demo left is removed')
    const [, kubeconfig = '', kubectl = '', words = ''] = await demo.says(
      /export KUBECONFIG=(\S+)\n {2}(\S+) (.*)\n/,
    )
    const { stdout } = await run(kubectl, words.split(' '), {
      env: { ...systemEnvironment(), KUBECONFIG: kubeconfig, HOME: folder },
    })
    assert.match(stdout, /externalsecret\S*\/repo-2529854065 .*SecretSynced/)
    assert.match(stdout, /clusterregistrylogin\S*\/pull +True .* 2\/2 /)
    await demo.says(/helm pulled \d+ times, with [4-9] logins: 0 failed/)
    for (const secret of ['test-ecr-secret-operator/ecr-docker-secret', 'team-a/ecr', 'team-b/ecr']) {
      await demo.says(new RegExp(`${secret}\\n +crane pulled \\d+ times, with [4-9] logins: 0 failed`))
    }
    await demo.says(/Your authorization token has expired/)
    demo.child.kill('SIGINT')
    assert.equal(await demo.exitCode(), 0)
    assert.ok(gone(folder))
  })
})
