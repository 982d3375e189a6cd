// This file is about what holds however everpull is started: exit codes, output, and how it ends.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { constants, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  CHECKOUT,
  killGroup,
  type Running,
  runEverpull,
  type Start,
  startEverpull,
} from '../support/everpull-process.ts'

const { version } = JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')) as { version: string }

interface Row {
  readonly says: string
  readonly args: readonly string[]
  readonly code: 0 | 1 | 2
  readonly out?: RegExp
  /** Without it, nothing may be said on standard error. */
  readonly err?: RegExp
}

const rows: readonly Row[] = [
  {
    says: 'the version',
    args: ['version'],
    code: 0,
    out: new RegExp(`^everpull ${version.replaceAll('.', '\\.')}\n$`),
  },
  { says: 'the version as a flag', args: ['--version'], code: 0, out: /^everpull / },
  { says: 'help', args: ['--help'], code: 0, out: /^Usage: .*Exit codes:/s },
  {
    says: 'help of a command ends with examples',
    args: ['operator', '--help'],
    code: 0,
    out: /EVERPULL_KUBECONFIG.*Examples:/s,
  },
  { says: 'completion', args: ['completion', 'bash'], code: 0, out: /^complete .*everpull$/m },
  { says: 'no command at all', args: [], code: 2, err: /^Usage: / },
  {
    says: 'an unknown command',
    args: ['opertor'],
    code: 2,
    err: /^everpull: unknown command 'opertor' \(Did you mean operator\?\).*--help\n$/,
  },
  {
    says: 'an unknown flag',
    args: ['crds', '--mising'],
    code: 2,
    err: /^everpull: unknown option '--mising'.*\n$/,
  },
  {
    says: 'a missing argument',
    args: ['template', '--data', 'd'],
    code: 2,
    err: /^everpull: missing required argument 'FILE'.*\n$/,
  },
  {
    says: 'one argument too many',
    args: ['version', 'please'],
    code: 2,
    err: /^everpull: too many arguments.*\n$/,
  },
  {
    says: 'every mistake in the configuration',
    args: ['operator', '--lease-duration=10 hours', '--dialect', 'flux', '--drift-watch=maybe'],
    code: 2,
    err: /^everpull: --dialect.*\neverpull: --drift-watch.*\neverpull: --lease-duration.*\n$/,
  },
  {
    says: 'manifests of other tools, none of which there are',
    args: ['convert', '/dev/null'],
    code: 0,
    out: /^$/,
  },
  {
    says: 'a login of a registry that is not ECR’s',
    args: ['login', '--registry', 'ghcr.io'],
    code: 2,
    err: /^everpull: "ghcr\.io" is no Amazon ECR host: .*\n$/,
  },
  {
    says: 'a file that is not there',
    args: ['template', '--data', '/no/such/file', '-'],
    code: 2,
    err: /^everpull: cannot read \/no\/such\/file: .*\n$/,
  },
]

/** Registers one test per promise for one way of starting everpull. */
export function holdsTheContract(start: () => Start, says: string): void {
  for (const row of rows) {
    test(`${says}: ${row.says}`, async () => {
      const ended = await runEverpull(start(), ...row.args)
      assert.equal(ended.code, row.code, ended.err)
      assert.match(ended.out, row.out ?? /^$/)
      assert.match(ended.err, row.err ?? /^$/)
    })
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${says}: ${signal} ends it, and leaves nothing behind`, async () => {
      await whileItWaits(start(), A_COMMAND, async ({ child, ended }) => {
        child.kill(signal)
        const { code, signal: by } = await ended
        assert.ok(by === signal || code !== 0, `ended with ${code} by ${by}`)
      })
    })
  }
}

/** Commands that begin by reading the file named last, and what comes after it. */
export const A_COMMAND: Waiting = { before: ['template', '--data'], after: ['-'] }
export const THE_OPERATOR: Waiting = { before: ['operator', '--kubeconfig'], after: [] }

interface Waiting {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** Runs `body` while a command waits for input: it has started for sure once it opens the pipe it reads from. */
export async function whileItWaits(
  start: Start,
  command: Waiting,
  body: (running: Running) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'everpull-contract-'))
  const fifo = join(folder, 'data')
  execFileSync('mkfifo', [fifo])
  const running = startEverpull(start, [...command.before, fifo, ...command.after])
  const opened = open(fifo, 'w')
  try {
    await Promise.race([
      opened,
      running.ended.then(({ err }) => assert.fail(`it ended before it read: ${err}`)),
    ])
    await Promise.race([body(running), overdue()])
  } finally {
    killGroup(running.child)
    // Whoever still waits for a reader gets one, or this process would wait with it.
    const reader = await open(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
    await (await opened).close()
    await reader.close()
    rmSync(folder, { recursive: true })
  }
}

const LIMIT_MS = 60_000

function overdue(): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  AbortSignal.timeout(LIMIT_MS).addEventListener('abort', () =>
    reject(new Error(`something of it still runs after ${LIMIT_MS} ms`)),
  )
  return promise
}
