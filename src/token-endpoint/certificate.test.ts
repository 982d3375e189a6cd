// This file is about testing that the certificate is read, told when it is wrong, and followed when it is replaced.
import assert from 'node:assert/strict'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { silentLog } from '../base/log.ts'
import { eventually } from '../../test/support/eventually.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { tlsIdentity } from '../../test/support/tls-identity.ts'
import { type CertificateFiles, followPair, type Pair, readPair } from './certificate.ts'

describe('the certificate', () => {
  let folder = ''
  let files: CertificateFiles = { cert: '', key: '' }
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everpull-certificate-'))
    files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }
  })
  after(() => rm(folder, { recursive: true }))

  const put = async ({ cert, key }: Pair): Promise<void> => {
    for (const [path, text] of [
      [files.cert, cert],
      [files.key, key],
    ] as const) {
      await writeFile(`${path}.new`, text)
      await rename(`${path}.new`, path)
    }
  }

  test('is refused where it cannot be used, in words that say which file', async () => {
    const [one, other] = [await tlsIdentity('one'), await tlsIdentity('other')]
    await assert.rejects(readPair({ ...files, cert: join(folder, 'none') }), /none cannot be read: ENOENT/)
    await put({ ...one, key: other.key })
    await assert.rejects(readPair(files), /tls\.key is not the key of the certificate in .*tls\.crt/)
    await put({ ...one, cert: 'nothing' })
    await assert.rejects(readPair(files), /tls\.crt holds no certificate in PEM/)
    await put({ ...one, key: 'nothing' })
    await assert.rejects(readPair(files), /tls\.key holds no private key in PEM/)
    await put(one)
    assert.deepEqual(await readPair(files), { ...one })
  })

  test('is replaced when its files are, and not by half of a pair', async () => {
    const [one, other] = [await tlsIdentity('one'), await tlsIdentity('other')]
    await put(one)
    const clock = new ManualClock()
    const warned: unknown[] = []
    const seen: Pair[] = []
    const log = { ...silentLog, warn: (_text: string, fields?: object) => void warned.push(fields) }
    const stop = followPair(files, one, { clock, log, onPair: (pair) => void seen.push(pair) })
    /** A look is over when the next one is planned. */
    const look = async (): Promise<void> => {
      clock.advance(10_000)
      await eventually('it has looked', () => clock.armed === 1)
    }
    await look()
    await put({ ...one, key: other.key })
    await look()
    await look()
    assert.deepEqual([seen, warned.length], [[], 1])
    await put(other)
    await look()
    assert.deepEqual(seen, [{ ...other }])
    stop()
    assert.equal(clock.armed, 0)
  })
})
