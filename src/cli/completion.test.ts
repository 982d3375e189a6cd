// This file is about completion scripts: what a shell offers, asked of the shell itself where it is there.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { aCommandLine } from '../../test/support/command-line.ts'
import { completionScript, SHELLS } from './completion.ts'
import { buildProgram } from './program.ts'

const script = (shell: (typeof SHELLS)[number]): string =>
  completionScript(shell, buildProgram(aCommandLine().context))

const offers: readonly (readonly [string, readonly string[], string])[] = [
  ['a command', ['oper'], 'operator'],
  ['a flag of that command', ['operator', '--leader'], '--leader-elect'],
  ['a command of a command', ['sandbox', 'ku'], 'kubeconfig'],
  ['its flags', ['sandbox', 'up', '--tok'], '--token-life'],
  ['the choices of an argument', ['completion', 'fi'], 'fish'],
  ['flags after a value', ['check', 'name', '--names'], '--namespace'],
]
for (const [what, words, wanted] of offers) {
  test(`bash offers ${what}`, () => {
    const line = ['everpull', ...words]
    const ask = `${script('bash')}
COMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _everpull; printf '%s\\n' "\${COMPREPLY[@]}"`
    assert.equal(execFileSync('bash', ['-c', ask]).toString().trim(), wanted)
  })
}

for (const shell of SHELLS) {
  test(`${shell} accepts its script where it is installed, and finds every command in it`, () => {
    const text = script(shell)
    for (const word of ['operator', 'kubeconfig', 'service-account-identities'])
      assert.ok(text.includes(word))
    const parsed = spawnSync(shell, ['-n'], { input: text, encoding: 'utf8' })
    if (parsed.error === undefined) assert.equal(parsed.stderr, '')
  })
}
