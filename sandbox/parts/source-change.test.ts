// This file is about the flags that make go build a changed source, and about a text that is not there to be changed.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { changeFlags } from './source-change.ts'

const CHANGE = { module: 'example.com/server', file: 'cmd/main.go', from: '"0.0.0.0"', to: '"127.0.0.1"' }

describe('changing a source', () => {
  let folder: string
  let env: NodeJS.ProcessEnv
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everpull-change-'))
    for (const name of ['bin', 'part', 'build', 'cached/cmd'])
      await mkdir(join(folder, name), { recursive: true })
    await writeFile(join(folder, 'part', 'go.mod'), 'module example.com/part\n')
    await writeFile(join(folder, 'part', 'go.sum'), 'sums\n')
    // A toolchain that has the module at hand; a real one would ask for it in a module proxy.
    const answer = JSON.stringify({ Dir: join(folder, 'cached') })
    await writeFile(join(folder, 'bin', 'go'), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 })
    env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` }
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const flags = async (source: string): Promise<readonly string[]> => {
    await writeFile(join(folder, 'cached', CHANGE.file), source)
    const part = { name: 'server', version: 'v1.0.0', source: join(folder, 'part') }
    return changeFlags(part, CHANGE, join(folder, 'build'), env)
  }

  test('shows go the module with the one file changed, and leaves the module as it was', async () => {
    const [modfile, overlay] = (await flags('listen("0.0.0.0")\n')).map((flag) => flag.split('=')[1] ?? '')
    const goMod = await readFile(modfile ?? '', 'utf8')
    const module = /^replace example\.com\/server => "(.+)"$/m.exec(goMod)?.[1] ?? ''
    assert.match(goMod, /^module example\.com\/part$/m)
    assert.equal(await readFile(join(folder, 'build', 'go.sum'), 'utf8'), 'sums\n')
    assert.equal(await readFile(join(module, CHANGE.file), 'utf8'), 'listen("0.0.0.0")\n')
    const { Replace } = JSON.parse(await readFile(overlay ?? '', 'utf8')) as {
      readonly Replace: Readonly<Record<string, string>>
    }
    assert.deepEqual(Object.keys(Replace), [join(module, CHANGE.file)])
    assert.equal(await readFile(Replace[join(module, CHANGE.file)] ?? '', 'utf8'), 'listen("127.0.0.1")\n')
  })

  for (const [source, times] of [
    ['listen(address)\n', 0],
    ['listen("0.0.0.0")\nlisten("0.0.0.0")\n', 2],
  ] as const)
    test(`fails where the text stands ${times} times`, () =>
      assert.rejects(
        flags(source),
        new RegExp(
          `^BuildFailed: building server v1\\.0\\.0 failed: "0\\.0\\.0\\.0" stands ${times} times in cmd/main\\.go`,
        ),
      ))
})
