// This file is about opening what was sealed, by the rules alone that the controller follows.
import { constants, createDecipheriv, privateDecrypt } from 'node:crypto'

/** The value, opened by a private key (PEM) under a label. @throws where either is not the one it was sealed with */
export function opened(sealed: string, privateKey: string, label: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  const end = 2 + bytes.readUInt16BE(0)
  const sessionKey = privateDecrypt(
    {
      key: privateKey,
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: 'sha256',
      oaepLabel: Buffer.from(label),
    },
    bytes.subarray(2, end),
  )
  const cipher = createDecipheriv('aes-256-gcm', sessionKey, Buffer.alloc(12))
  cipher.setAuthTag(bytes.subarray(-16))
  return Buffer.concat([cipher.update(bytes.subarray(end, -16)), cipher.final()]).toString('utf8')
}
