// This file is about starting everpull on a Node that can run it, from a checkout or from an installed package.
import { existsSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { permissionFlags } from './permissions.js'

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
  if (wantsOwnFlags()) restartWithFlags()
  const source = new URL('../src/main.ts', import.meta.url)
  const built = new URL('../dist/src/main.js', import.meta.url)
  const isBuilt = !existsSync(source)
  // What is kept for the next start stays in memory too: 4 MB, for good. What strips types would take 12.
  if (!isBuilt || !isOperator()) module.enableCompileCache()
  const { main } = await import((isBuilt ? built : source).href)
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
  ...(major < 26 ? [] : ['--no-memory-pool', ...OPTIMIZED_LATE]),
]
/**
 * V8's optimizing compilers take 20 MB, their own code and what they work with. One of them is enough, for what runs
 * 300,000 times instead of 3,000: hashing passwords is worth it (0.1 s instead of 2), writing a thousand Secrets is not.
 */
const OPTIMIZED_LATE = ['--no-maglev', '--invocation-count-for-turbofan=300000']
const ONE_ARENA = { MALLOC_ARENA_MAX: '1' }
/** The one that comes along with the package. */
const OUR_NODE = 26

const ownMajor = () => Number.parseInt(process.versions.node, 10)

const isOperator = () => process.argv[2] === 'operator'

/**
 * A running operator opens no inspector for whoever can send it a signal, and a report that somebody asks for leaves out
 * the environment, which has credentials in it. Whoever debugs one, or has settled what it may do, keeps their choice.
 * @param {number} major which Node is started
 */
const guarded = (major, given) => [
  '--report-exclude-env',
  ...(given.includes('--inspect') ? [] : [OURS]),
  ...(major < OUR_NODE || /--(?:inspect|(?:no-)?permission)/.test(given)
    ? []
    : permissionFlags(process.argv.slice(3), process.env)),
]
/** Also the mark of a process that has got its flags. */
const OURS = '--disable-sigusr1'
/** What Node prints under it are requests and answers, headers and all. */
const TALKATIVE = ['NODE_DEBUG', 'NODE_DEBUG_NATIVE']

const givenFlags = () => [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ')

function wantsOwnFlags() {
  const given = givenFlags()
  return isOperator() && process.execve !== undefined && !given.includes(OURS) && !given.includes('--inspect')
}

/** Ours come first, so that those given win. */
function operatorFlags(major) {
  const given = givenFlags()
  const heap = given.includes('--max-semi-space-size') ? [] : smallHeap(major)
  return [...heap, ...guarded(major, given)]
}

function operatorEnvironment() {
  const env = { ...process.env, ...ONE_ARENA }
  for (const name of TALKATIVE) delete env[name]
  return env
}

/** The same process, pid and all, with other flags. */
function restartWithFlags() {
  const flags = [...operatorFlags(ownMajor()), ...process.execArgv]
  const args = [process.execPath, ...flags, ...process.argv.slice(1)]
  process.execve(process.execPath, args, operatorEnvironment())
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
  const args = isOperator() ? [...operatorFlags(OUR_NODE), ...process.argv.slice(1)] : process.argv.slice(1)
  const env = isOperator() ? operatorEnvironment() : process.env
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
