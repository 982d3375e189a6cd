// This file is about our sealed secrets before kubeseal itself: it opens what was sealed for it, and nothing else.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { SecretText } from '../../src/base/secret-text.ts'
import { CLUSTER_WIDE, SECRET_ACCESS_KEY, sealedSecret } from '../../src/config-repo/secret-manifests.ts'
import { readCertificate } from '../../src/seal/certificate.ts'
import { type SealScope, seal } from '../../src/seal/sealing.ts'
import { type SealingKey, sealingKey } from '../support/sealing-key.ts'

const VALUE = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const STRICT: SealScope = { is: 'strict', namespace: 'everpull', name: 'ecr-one' }

let kubeseal: string
let folder: string
let key: SealingKey
before(async () => {
  ;({ kubeseal } = await ensureParts(['kubeseal']))
  folder = await mkdtemp(join(tmpdir(), 'everpull-kubeseal-'))
  key = await sealingKey()
  await writeFile(join(folder, 'key.pem'), key.privateKey)
  await writeFile(join(folder, 'other.pem'), (await sealingKey()).privateKey)
})
after(() => rm(folder, { recursive: true, force: true }))

/** What kubeseal makes of it with that key, or says instead. */
async function unsealed(manifest: object, keyFile = 'key.pem'): Promise<Unsealed> {
  const args = ['--recovery-unseal', '--recovery-private-key', join(folder, keyFile)]
  const child = spawn(kubeseal, args, { stdio: ['pipe', 'pipe', 'pipe'], env: {} })
  child.stdin.end(JSON.stringify(manifest))
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  if (out === '') return { complaint: err }
  const { metadata, type, data } = JSON.parse(out) as Opened
  return { metadata, type, value: Buffer.from(data[SECRET_ACCESS_KEY] ?? '', 'base64').toString() }
}

interface Opened {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels?: object }
  readonly type: string
  readonly data: Readonly<Record<string, string>>
}
type Unsealed =
  | (Pick<Opened, 'metadata' | 'type'> & { readonly value: string })
  | { readonly complaint: string }

function manifest(scope: SealScope, integration = 'one'): object {
  const read = readCertificate(key.certificate, new Date())
  assert.equal(read.is, 'certificate')
  const encryptedData = { [SECRET_ACCESS_KEY]: seal(new SecretText(VALUE), scope, read.certificate) }
  return sealedSecret({ integration, namespace: 'everpull', encryptedData })
}

test('kubeseal opens a secret sealed for its name, with its labels', async () => {
  const opened = await unsealed(manifest(STRICT))
  assert.ok('value' in opened, JSON.stringify(opened))
  assert.equal(opened.value, VALUE)
  assert.equal(opened.type, 'Opaque')
  assert.equal(`${opened.metadata.namespace}/${opened.metadata.name}`, 'everpull/ecr-one')
  assert.deepEqual(opened.metadata.labels, { 'everpull.dev/integration': 'one' })
})

test('kubeseal opens a secret sealed for the whole cluster under any name', async () => {
  const anywhere = manifest({ is: 'cluster-wide' }, 'two') as { metadata: object }
  const annotations = { [CLUSTER_WIDE]: 'true' }
  const opened = await unsealed({ ...anywhere, metadata: { ...anywhere.metadata, annotations } })
  assert.ok('value' in opened, JSON.stringify(opened))
  assert.equal(opened.value, VALUE)
})

for (const [what, moved, keyFile] of [
  ['under another name', () => manifest(STRICT, 'two'), 'key.pem'],
  ['sealed for another cluster', () => manifest(STRICT), 'other.pem'],
] as const)
  test(`kubeseal opens no secret ${what}`, async () => {
    const opened = await unsealed(moved(), keyFile)
    assert.ok('complaint' in opened)
    assert.match(opened.complaint, /no key could decrypt secret/)
  })
