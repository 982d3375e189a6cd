// This file is about which certificates Secrets are sealed with, and what is said of the others.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { sealingKey } from '../../test/support/sealing-key.ts'
import { readCertificate } from './certificate.ts'

const NOW = new Date('2026-03-01T00:00:00Z')
const because = (pem: string, now = NOW): string => {
  const read = readCertificate(pem, now)
  assert.equal(read.is, 'wrong')
  return read.because
}

test('the first certificate of a bundle is taken, whatever stands around it', async () => {
  const [first, second] = [await sealingKey(), await sealingKey()]
  const read = readCertificate(`# kept\r\n${first.certificate}${second.certificate}`, NOW)
  assert.equal(read.is, 'certificate')
  assert.equal(read.certificate.fingerprint, new X509Certificate(first.certificate).fingerprint256)
  assert.match(read.certificate.fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
  assert.equal(read.certificate.pem.trim(), first.certificate.trim())
  assert.equal(read.certificate.notAfter.toISOString(), '2120-01-01T00:00:00.000Z')
})

test('one that has expired is refused, with the day and where the present one is found', async () => {
  const { certificate } = await sealingKey({ notAfter: new Date('2026-02-01T00:00:00Z') })
  assert.equal(readCertificate(certificate, new Date('2026-01-31T23:00:00Z')).is, 'certificate')
  assert.equal(
    because(certificate),
    'holds a certificate that expired on 2026-02-01; kubeseal --fetch-cert prints the one that is used now',
  )
})

test('one whose key is not RSA is refused', async () => {
  const { certificate } = await sealingKey({ kind: 'elliptic curve' })
  assert.match(because(certificate), /without an RSA key/)
})

test('a private key is refused by name, and what is no certificate is said to be none', async () => {
  const { certificate, privateKey } = await sealingKey()
  assert.match(because(privateKey), /holds a private key, and no certificate: keep it to yourself/)
  assert.match(because('no route to host'), /holds no certificate in PEM/)
  assert.match(because(''), /holds no certificate in PEM/)
  assert.match(because(certificate.replace(/\n[^-].{40}/, '\nAAAA')), /holds a damaged certificate/)
})

test('what is wrong is told without a word of the file', async () => {
  const { privateKey } = await sealingKey()
  assert.ok(!because(privateKey).includes(privateKey.split('\n')[1]!))
})
