// This file is about everpull started from a checkout, without a build.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { CHECKOUT, runEverpull, type Start, systemProgram } from '../support/everpull-process.ts'
import { A_COMMAND, holdsTheContract, THE_OPERATOR, whileItWaits } from './contract.ts'

const script = join(CHECKOUT, 'bin', 'everpull.js')
const systemNode = systemProgram('node')
const npm = systemProgram('npm')
assert.ok(systemNode !== undefined && npm !== undefined, 'node and npm have to be on the PATH')

const systemVersion = execFileSync(systemNode, ['--version']).toString().trim()

holdsTheContract(() => ({ says: '', command: [process.execPath, script] }), 'on the Node we bring')
holdsTheContract(() => ({ says: '', command: [systemNode, script] }), `on the system’s Node ${systemVersion}`)
holdsTheContract(() => ({ says: '', command: [npm, 'run', '--silent', 'everpull', '--'] }), 'through npm run')

const onSystemNode: Start = { says: '', command: [systemNode, script] }

test('it may be called from anywhere', async () => {
  assert.equal((await runEverpull({ ...onSystemNode, cwd: '/' }, 'version')).code, 0)
})

test('what kubectl runs speaks of itself as kubectl does', async () => {
  const plugin: Start = { says: '', command: [systemNode, join(CHECKOUT, 'bin', 'kubectl-everpull.js')] }
  assert.match((await runEverpull(plugin, '--help')).out, /^Usage: kubectl everpull /)
})

test('what docker runs speaks docker’s protocol, and needs no cluster for it', async () => {
  const program = join(CHECKOUT, 'bin', 'docker-credential-everpull.js')
  const piped = (input: string, verb: string): Start => ({
    says: '',
    command: ['bash', '-c', `printf %s '${input}' | "${systemNode}" "${program}" ${verb}`],
  })
  const other = await runEverpull(piped('ghcr.io', 'get'))
  assert.deepEqual([other.code, other.out], [1, 'credentials not found in native keychain\n'])
  const listed = await runEverpull(piped('', 'list'))
  assert.deepEqual([listed.code, listed.out], [0, '{}\n'])
  const stored = await runEverpull(piped('{"ServerURL":"ghcr.io","Username":"a","Secret":"b"}', 'store'))
  assert.deepEqual([stored.code, stored.out, stored.err], [0, '', ''])
})

for (const [says, command] of [
  ['a command', A_COMMAND],
  ['the operator', THE_OPERATOR],
] as const) {
  test(`when ${says} is killed, nothing of it lives on`, async () => {
    await whileItWaits(onSystemNode, command, async ({ child, ended }) => {
      child.kill('SIGKILL')
      assert.equal((await ended).signal, 'SIGKILL')
    })
  })
}

test('a reader that leaves early is no failure', async () => {
  const command = `"${systemNode}" "${script}" completion fish; echo "code $?" >&2`
  const { err } = await runEverpull({ says: '', command: ['bash', '-c', `{ ${command}; } | true`] })
  assert.equal(err, 'code 0\n')
})
