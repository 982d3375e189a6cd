// This file is about the order in which a part is looked for.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { partNamed } from './catalog.ts'
import { cachedPath, findPart } from './lookup.ts'

describe('looking for a part', () => {
  const part = partNamed('etcd')
  let folder: string
  let cached: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everpull-lookup-'))
    cached = cachedPath(join(folder, 'cache'), part)
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const program = async (file: string, says = ''): Promise<string> => {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, `#!/bin/sh\necho ${says}\n`, { mode: 0o755 })
    return file
  }
  const find = (env: Record<string, string>): Promise<string | undefined> =>
    findPart(part, join(folder, 'cache'), env)

  test('takes what KUBEBUILDER_ASSETS names before the cache', async () => {
    const named = await program(join(folder, 'assets', 'etcd'))
    await program(cached)
    assert.equal(await find({ KUBEBUILDER_ASSETS: join(folder, 'assets') }), named)
  })

  test('goes on to the cache where KUBEBUILDER_ASSETS lacks the part', async () => {
    await program(cached)
    assert.equal(await find({ KUBEBUILDER_ASSETS: join(folder, 'assets') }), cached)
  })

  test('takes the cache before PATH', async () => {
    await program(cached)
    await program(join(folder, 'bin', 'etcd'), part.version)
    assert.equal(await find({ PATH: join(folder, 'bin') }), cached)
  })

  test('takes from PATH only what has the version', async () => {
    const old = await program(join(folder, 'old', 'etcd'), 'etcd Version: 3.4.0')
    const fit = await program(join(folder, 'fit', 'etcd'), `etcd Version: ${part.version}`)
    assert.equal(await find({ PATH: dirname(old) }), undefined)
    assert.equal(await find({ PATH: `${dirname(old)}:${dirname(fit)}` }), fit)
  })

  test('takes a part with a change from nowhere but the cache', async () => {
    const argocd = partNamed('argocd')
    const changed = cachedPath(join(folder, 'cache'), argocd)
    const foreign = dirname(await program(join(folder, 'bin', 'argocd'), argocd.version))
    const look = (): Promise<string | undefined> =>
      findPart(argocd, join(folder, 'cache'), { KUBEBUILDER_ASSETS: foreign, PATH: foreign })
    assert.equal(await look(), undefined)
    await program(changed)
    assert.equal(await look(), changed)
  })

  test('keeps a part with a change apart from one without, and from one with another', () => {
    const { change, ...plain } = partNamed('argocd')
    assert.ok(change !== undefined)
    const paths = [plain, { ...plain, change }, { ...plain, change: { ...change, to: 'other' } }]
    assert.equal(new Set(paths.map((each) => cachedPath(folder, each))).size, 3)
  })

  test('does not take a file that cannot be executed', async () => {
    await mkdir(dirname(cached), { recursive: true })
    await writeFile(cached, '', { mode: 0o644 })
    assert.equal(await find({}), undefined)
  })
})
