// This file is about builds that fail: what is said, and that nothing half done is left.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { buildPart } from './build.ts'
import { type Part, partNamed } from './catalog.ts'
import { BuildFailed } from './go-command.ts'
import { cachedPath } from './lookup.ts'

describe('building a part', () => {
  let folder: string
  let part: Part
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everpull-build-'))
    part = partNamed('crane')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  /** A toolchain that behaves as the script says; the real one would take minutes. */
  const toolchain = async (script: string): Promise<NodeJS.ProcessEnv> => {
    const bin = join(folder, 'bin')
    await mkdir(bin)
    await writeFile(join(bin, 'go'), `#!/bin/sh\n${script}\n`)
    await chmod(join(bin, 'go'), 0o755)
    return { PATH: `${bin}:/usr/bin:/bin` }
  }
  const build = (env: NodeJS.ProcessEnv): Promise<void> => buildPart(part, cachedPath(folder, part), env)
  const remains = async (): Promise<string[]> => readdir(join(folder, 'parts'))

  test('says in one sentence that Go is missing', async () => {
    await assert.rejects(build({ PATH: folder }), (error) => {
      assert.ok(error instanceof BuildFailed)
      assert.match(
        error.message,
        /^Go is missing: crane v\S+ is built with it; install Go 1\.\d+ or newer .*\.$/,
      )
      return true
    })
  })

  test('says which Go is needed when the one there is too old', async () => {
    const env = await toolchain(
      "echo 'go: go.mod requires go >= 1.26.0 (running go 1.22.1; GOTOOLCHAIN=local)' >&2; exit 1",
    )
    await assert.rejects(
      build(env),
      /^BuildFailed: Go 1\.22\.1 is too old: crane v\S+ needs Go 1\.26\.0 or newer/,
    )
  })

  test('passes on what the compiler said, without the downloads', async () => {
    const env = await toolchain("echo 'go: downloading x v1' >&2; echo 'x.go:1: syntax error' >&2; exit 1")
    await assert.rejects(build(env), (error: Error) => {
      assert.match(error.message, /x\.go:1: syntax error$/)
      assert.doesNotMatch(error.message, /downloading/)
      return true
    })
  })

  test('leaves nothing when it fails in the middle', async () => {
    const env = await toolchain('while [ "$1" != -o ]; do shift; done; echo half > "$2"; exit 1')
    await assert.rejects(build(env), BuildFailed)
    assert.deepEqual(await remains(), [])
  })

  test('shows the program only when it is whole', async () => {
    const env = await toolchain('while [ "$1" != -o ]; do shift; done; echo whole > "$2"')
    await build(env)
    assert.ok(existsSync(cachedPath(folder, part)))
    assert.deepEqual(await remains(), [`crane-${part.version}`])
  })
})
