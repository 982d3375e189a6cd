// This file is about pages as programs: their steps, and one shell that runs them after each other.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { killGroup } from './everpull-process.ts'

export interface Step {
  /** The heading it stands under. */
  readonly title: string
  /** All shell commands under it. */
  readonly script: string
}

/** The sections of a page of docs that have something to run; it is named from there, without its ending. */
export function stepsOf(page: string): readonly Step[] {
  const file = join(import.meta.dirname, '..', '..', 'docs', `${page}.md`)
  return readFileSync(file, 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((section) => ({
      title: section.slice(0, section.indexOf('\n')),
      script: [...section.matchAll(/^```bash\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join('\n'),
    }))
    .filter(({ script }) => script !== '')
}

/** Variables live on from one script to the next. A command that fails ends it. */
export interface Shell {
  /** Rejects with what was said when a command fails. */
  run(script: string): Promise<void>
  close(): void
}

/** Scripts come in on file descriptor 3, so that commands find an empty standard input. */
const LOOP = `set -euo pipefail
while IFS= read -r -d '' script <&3; do
  eval "$script" 3<&-
  echo "$STEP_DONE"
done`
const STEP_DONE = '--step-done--'

export function startShell(folder: string, environment: NodeJS.ProcessEnv): Shell {
  const child = spawn('bash', ['-c', LOOP], {
    cwd: folder,
    // A group of its own, so that what a script left in the background ends with it.
    detached: true,
    env: { ...environment, STEP_DONE },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const said: string[] = []
  const scripts = child.stdio[3] as Writable
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  return {
    run: async (script) => {
      said.length = 0
      scripts.write(`${script}\0`)
      await stepDone(child, said)
    },
    close: () => killGroup(child),
  }
}

function stepDone(child: ChildProcess, said: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) return reject(new TypeError('the shell has no output'))
    if (child.exitCode !== null) return reject(new Error('the shell ended with an earlier step'))
    const lines = createInterface({ input: child.stdout })
    const ended = (code: number | null): void =>
      reject(new Error(`the shell ended with ${code}:\n${said.join('')}`))
    child.once('close', ended)
    lines.on('line', (line) => {
      said.push(`${line}\n`)
      if (line !== STEP_DONE) return
      child.off('close', ended)
      lines.close()
      resolve()
    })
  })
}
