// This file is about the judge: the External Secrets Operator's own engine, built once and asked for its answers.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../../sandbox/cache-folder.ts'
import { withLock } from '../../sandbox/file-lock.ts'
import { type Buildable, buildPart } from '../../sandbox/parts/build.ts'
import { pinnedVersion } from '../../sandbox/parts/catalog.ts'
import { cachedPath } from '../../sandbox/parts/lookup.ts'

/** What an engine makes of a template: its text, or why there is none. */
export type Answer =
  | { readonly bytes: Buffer }
  | {
      readonly err: string
      /** It cost too much, for the judge or for us. */
      readonly limit: boolean
    }

const SOURCES = ['go.mod', 'go.sum', 'main.go']

/** The judge as something to build; its version changes with each of its files, so that a cached one is never stale. */
function judge(): Buildable {
  const source = import.meta.dirname
  const files = SOURCES.map((name) => readFileSync(join(source, name)))
  const digest = createHash('sha256').update(Buffer.concat(files)).digest('hex').slice(0, 12)
  const engine = pinnedVersion(String(files[0]), 'github.com/external-secrets/external-secrets')
  return { name: 'template-judge', version: `${engine}-${digest}`, source, main: '.' }
}

/** The path of the judge, which is built (a minute or more) when it is not in the cache. */
export async function ensureJudge(onProgress: (line: string) => void = () => {}): Promise<string> {
  const part = judge()
  const cache = cacheFolder()
  const path = cachedPath(cache, part)
  if (existsSync(path)) return path
  const build = async (): Promise<void> => {
    if (existsSync(path)) return
    onProgress(`building ${part.name} ${part.version} (once; kept in ${join(cache, 'parts')})`)
    await buildPart(part, path)
  }
  await withLock(join(cache, 'parts', 'build.lock'), build, (pid) =>
    onProgress(`waiting for process ${pid}, which is building parts`),
  )
  return path
}

/** A chunk's answers are some hundred kilobytes. */
const MOST_OUTPUT = 256 * 1024 * 1024

interface Outcome {
  readonly stdout: string
  readonly stderr: string
}

function run(path: string, args: readonly string[], input: string): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
  // Its zone is what the operator's image has. One thread leaves the other core to us.
  const child = spawn(path, args, { env: { TZ: 'UTC', GOMAXPROCS: '1' }, stdio: 'pipe' })
  const stdout: Buffer[] = []
  let size = 0
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout.push(chunk)
    size += chunk.length
    if (size > MOST_OUTPUT) child.kill('SIGKILL')
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(0, 1000)
  })
  child.on('error', reject)
  // It may have ended before it read everything; its answers tell how far it came.
  child.stdin.on('error', () => {})
  child.on('close', () => resolve({ stdout: Buffer.concat(stdout).toString('utf8'), stderr }))
  child.stdin.end(input)
  return promise
}

interface Line {
  readonly result: { readonly out?: string; readonly bytes?: string; readonly err?: string }
}

function readAnswer(line: string): Answer {
  const { out, bytes, err } = (JSON.parse(line) as Line).result
  if (err !== undefined) return { err, limit: err.endsWith('too large for the judge') }
  return { bytes: bytes === undefined ? Buffer.from(out ?? '') : Buffer.from(bytes, 'base64') }
}

/** The judge's answers to templates, in their order. One that ends the judge is answered by that, and the rest asked of another. */
export async function judged(
  path: string,
  data: ReadonlyMap<string, Buffer>,
  templates: readonly string[],
): Promise<Answer[]> {
  const values = Object.fromEntries([...data].map(([key, value]) => [key, value.toString('base64')]))
  const head = JSON.stringify({ data: values })
  const answers: Answer[] = []
  while (answers.length < templates.length) {
    const rows = templates.slice(answers.length).map((template, id) => JSON.stringify({ id, template }))
    const { stdout, stderr } = await run(path, [], [head, ...rows].join('\n'))
    const lines = stdout.split('\n')
    // The last line is empty, or what a dying judge did not finish.
    const complete = lines.slice(0, -1)
    if (complete.length === 0 && !/^fatal error|too long/.test(stderr))
      throw new Error(`the judge failed: ${stderr}`)
    for (const line of complete) answers.push(readAnswer(line))
    if (complete.length < rows.length) answers.push({ err: `the judge died: ${stderr}`, limit: true })
  }
  return answers
}

/** The names of the functions that the judge's engine adds to Go's own. */
export const judgesFunctions = async (path: string): Promise<readonly string[]> =>
  JSON.parse((await run(path, ['functions'], '')).stdout) as string[]
