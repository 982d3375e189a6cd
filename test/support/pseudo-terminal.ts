// This file is about driving everpull as a person does: through a pseudo-terminal, reading what it shows before typing.
import { type ChildProcess, spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { CHECKOUT, killGroup, systemEnvironment } from './everpull-process.ts'
import { eventually } from './eventually.ts'

const EVERPULL = `${CHECKOUT}/bin/everpull.js`

export const ENTER = '\r'
export const DOWN = '\u001b[B'
export const SPACE = ' '
export const CTRL_C = '\u0003'

export interface TerminalStart {
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** util-linux's `script` lends the terminal: what is typed is echoed as it would be on any other. */
export class PseudoTerminal implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #ended: Promise<number>
  #output = ''
  #read = 0
  #isOver = false

  constructor(args: readonly string[], { cwd, environment }: TerminalStart = {}) {
    const line = [process.execPath, EVERPULL, ...args].map(quoted).join(' ')
    this.#child = spawn('script', ['--quiet', '--return', '--flush', '--command', line, '/dev/null'], {
      cwd: cwd ?? CHECKOUT,
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...systemEnvironment(), TERM: 'xterm', COLUMNS: '200', ...environment },
    })
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString('utf8')
    })
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', (code) => {
        this.#isOver = true
        resolve(code ?? -1)
      })
    })
  }

  /** Everything that was ever shown, with what moves the cursor. */
  get raw(): string {
    return this.#output
  }

  /** The same as text. */
  get shown(): string {
    return stripVTControlCharacters(this.#output).replaceAll('\r', '')
  }

  /** Waits until this is shown, after whatever was waited for before. */
  async shows(what: RegExp, limitMs = 60_000): Promise<string> {
    await eventually(
      `the terminal shows ${what}`,
      () => this.#isOver || what.test(this.shown.slice(this.#read)),
      limitMs,
    ).catch(() => undefined)
    const found = what.exec(this.shown.slice(this.#read))
    if (found === null) throw new Error(`the terminal never shows ${what}, but:\n${this.shown.slice(-3_000)}`)
    this.#read += found.index + found[0].length
    return found[0]
  }

  type(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** Waits for the question, and answers it. */
  async answer(question: RegExp, text: string): Promise<void> {
    await this.shows(question)
    this.type(`${text}${ENTER}`)
  }

  /** The exit code. */
  async ended(): Promise<number> {
    return this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    killGroup(this.#child)
    await this.#ended
  }
}

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`
