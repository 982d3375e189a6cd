// This file is about what is installed with everpull: pinned, with a digest, and told in the bill of materials.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { type Lock, sbomOf, sbomText } from '../../tools/sbom.ts'
import { ROOT, read } from './tree.ts'

const lock = JSON.parse(read('package-lock.json')) as Lock
const sbom = sbomOf(lock, '')
const purls = new Set(sbom.components.map(({ purl }) => purl))

test('every dependency is pinned to one version, which the lock file has, and is in it', () => {
  const manifest = JSON.parse(read('package.json')) as Readonly<
    Record<string, Readonly<Record<string, string>>>
  >
  for (const kind of ['dependencies', 'optionalDependencies', 'devDependencies'])
    for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
      assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name)
      assert.equal(lock.packages[`node_modules/${name}`]?.version, version)
      if (kind !== 'devDependencies')
        assert.ok(purls.has(`pkg:npm/${name.replace('@', '%40')}@${version}`), name)
    }
})

test('every package has a digest and a licence', () => {
  for (const { name, hashes, ...rest } of sbom.components) {
    assert.ok(
      hashes.some(({ alg, content }) => alg === 'SHA-512' && content.length === 128),
      name,
    )
    assert.match(JSON.stringify(rest), /"licenses":\[\{"expression":"[^"]+"\}\]/, name)
  }
})

test('every dependency of a package is in it', () => {
  const refs = new Set(sbom.components.map((component) => component['bom-ref']))
  const missing = sbom.dependencies.flatMap(({ ref, dependsOn }) =>
    dependsOn.filter((one) => !refs.has(one)).map((one) => `${ref} needs ${one}`),
  )
  assert.deepEqual(missing, [])
  assert.equal(sbom.dependencies.length, sbom.components.length + 1)
})

test('it is the same each time, and names no machine and no registry', () => {
  const text = sbomText()
  assert.equal(sbomText(), text)
  const urls = [...text.matchAll(/https?:\/\/[^"]*/g)].map(([url]) => url)
  assert.deepEqual(urls, ['http://cyclonedx.org/schema/bom-1.6.schema.json'])
  assert.ok(!text.includes(ROOT) && !text.includes('timestamp'))
})

test('it has all that npm’s own has', () => {
  const out = execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--omit=dev', '--package-lock-only'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const theirs = JSON.parse(out) as { components: { purl: string }[] }
  assert.ok(theirs.components.length > 50)
  assert.deepEqual(
    theirs.components.map(({ purl }) => purl).filter((purl) => !purls.has(purl)),
    [],
  )
})
