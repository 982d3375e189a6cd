// This file is about starting everpull on a Node that can run it, from a checkout or from an installed package.
import { existsSync } from 'node:fs'
import module, { createRequire } from 'node:module'

/** The first Node that strips types without a flag or a warning. */
const OLDEST_NODE = 24
/** Set on a child that must not outlive us: a killed parent cannot forward anything. */
const FOLLOWS_PARENT = 'EVERPULL_FOLLOWS_PARENT'

/**
 * Runs the command line and sets the exit code; the process ends when nothing is left to do.
 * @param {string} calledAs the name help texts speak of
 */
export async function start(calledAs) {
  if (ownMajor() < OLDEST_NODE) return restart()
  if (process.env[FOLLOWS_PARENT] !== undefined) followParent()
  if (wantsSmallHeap()) restartSmall()
  module.enableCompileCache()
  const source = new URL('../src/main.ts', import.meta.url)
  const built = new URL('../dist/src/main.js', import.meta.url)
  const { main } = await import((existsSync(source) ? source : built).href)
  process.exitCode = await main(process.argv.slice(2), calledAs)
}

/**
 * An operator lives long and its garbage dies young. With a young generation of 3 x 1 MB, an old one collected after
 * growing by a fifth, freed pages given back at once, and one malloc arena, a thousand first Secrets peak at 140 MB
 * instead of 200 and take no longer. All of them count only when given to the process at its start.
 * @param {number} major which Node is started; one refuses flags that it does not know
 */
const smallHeap = (major) => [
  '--max-semi-space-size=1',
  '--heap-growing-percent=20',
  ...(major < 26 ? [] : ['--no-memory-pool']),
]
const ONE_ARENA = { MALLOC_ARENA_MAX: '1' }
/** The one that comes along with the package. */
const OUR_NODE = 26

const ownMajor = () => Number.parseInt(process.versions.node, 10)

const isOperator = () => process.argv[2] === 'operator'

function wantsSmallHeap() {
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ')
  return isOperator() && process.execve !== undefined && !given.includes('--max-semi-space-size')
}

/** The same process, pid and all, with other flags. */
function restartSmall() {
  const flags = [...smallHeap(ownMajor()), ...process.execArgv]
  const args = [process.execPath, ...flags, ...process.argv.slice(1)]
  process.execve(process.execPath, args, { ...process.env, ...ONE_ARENA })
}

async function restart() {
  const node = nodeThatCameAlong()
  if (node === undefined) {
    console.error(
      `everpull needs Node ${OLDEST_NODE} or newer, this is ${process.version}, and no other came with the package ` +
        '(it does on Linux, unless optional dependencies were left out).',
    )
    process.exitCode = 1
    return
  }
  // A child told so from the start need not restart itself, which would cost it the channel it follows us by.
  const args = isOperator() ? [...smallHeap(OUR_NODE), ...process.argv.slice(1)] : process.argv.slice(1)
  const env = isOperator() ? { ...process.env, ...ONE_ARENA } : process.env
  if (process.execve !== undefined) process.execve(node, [node, ...args], env)
  await runAsChild(node, args, env)
}

function nodeThatCameAlong() {
  try {
    return createRequire(import.meta.url).resolve(`node-${process.platform}-${process.arch}/bin/node`)
  } catch {
    return undefined
  }
}

async function runAsChild(node, args, env) {
  const { spawn } = await import('node:child_process')
  const child = spawn(node, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...env, [FOLLOWS_PARENT]: '1' },
  })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the whole group: the child has it already.
      if (signal === 'SIGINT' && process.stdin.isTTY) return
      child.kill(signal)
    })
  }
  child.on('error', (error) => {
    console.error(`everpull could not start ${node}: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

function followParent() {
  delete process.env[FOLLOWS_PARENT]
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel?.unref()
}
