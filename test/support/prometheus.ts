// This file is about a real Prometheus that scrapes operators each second, on loopback.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { eventually } from './eventually.ts'
import { systemEnvironment } from './everpull-process.ts'

export interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [at: number, value: string]
}

export interface AlertSeen {
  readonly labels: Readonly<Record<string, string>>
  readonly state: 'pending' | 'firing'
}

export class Prometheus implements AsyncDisposable {
  #url = ''
  readonly #folder: string
  readonly #process: ChildProcess
  #output = ''

  private constructor(folder: string, started: ChildProcess) {
    this.#folder = folder
    this.#process = started
    for (const stream of [started.stdout, started.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
      })
  }

  /** Scrapes `targets` (URLs of /metrics), as one job that is called everpull; `rules` is the path of a file. */
  static async start(targets: readonly string[], rules: string): Promise<Prometheus> {
    const { prometheus } = await ensureParts(['prometheus'])
    const folder = await mkdtemp(join(tmpdir(), 'everpull-prometheus-'))
    const config = join(folder, 'prometheus.yml')
    const every = '1s'
    await writeFile(
      config,
      stringify({
        global: { scrape_interval: every, scrape_timeout: every, evaluation_interval: every },
        rule_files: [rules],
        scrape_configs: [
          {
            job_name: 'everpull',
            honor_labels: true,
            static_configs: [{ targets: targets.map((url) => new URL(url).host) }],
          },
        ],
      }),
    )
    const started = spawn(
      prometheus,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        '--web.listen-address=127.0.0.1:0',
      ],
      { cwd: folder, env: systemEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const one = new Prometheus(folder, started)
    await one.#ready()
    return one
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('close', resolve))
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGKILL')
      await ended
    }
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** What an instant query answers with. */
  async query(expr: string): Promise<readonly Sample[]> {
    const { result } = await this.#ask<{ result: readonly Sample[] }>(
      `query?query=${encodeURIComponent(expr)}`,
    )
    return result
  }

  async alerts(): Promise<readonly AlertSeen[]> {
    return (await this.#ask<{ alerts: readonly AlertSeen[] }>('alerts')).alerts
  }

  async #ask<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.#url}/api/v1/${path}`, { signal: AbortSignal.timeout(30_000) })
    const told = (await answer.json()) as { status: string; data: T; error?: string }
    if (told.status !== 'success') throw new Error(`${path}: ${told.error}`)
    return told.data
  }

  async #ready(): Promise<void> {
    const isReady = async (): Promise<boolean> => {
      const address = /msg="Listening on".* address=(\S+)/.exec(this.#output)?.[1]
      this.#url = `http://${address}`
      return (
        address !== undefined && (await fetch(`${this.#url}/-/ready`).catch(() => undefined))?.ok === true
      )
    }
    try {
      await eventually('Prometheus is ready', isReady, 60_000)
    } catch (error) {
      await this[Symbol.asyncDispose]()
      throw new Error(`${String(error)}; it said ${this.#output.slice(-2000)}`, { cause: error })
    }
  }
}
