// This file is about tokens that carry their own truth, sealed so that only the emulator can read them.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** Sealed claims need no table: they stay readable over a restart, as ECR's and STS's own tokens do. */
export interface Seal {
  close(claims: unknown): Buffer
  /** Undefined for anything this key did not seal. */
  open(sealed: Buffer): unknown
}

const IV = 12
const TAG = 16

export function sealWith(key: Buffer): Seal {
  return {
    close(claims) {
      const iv = randomBytes(IV)
      const cipher = createCipheriv('aes-256-gcm', key, iv)
      const text = Buffer.concat([cipher.update(JSON.stringify(claims), 'utf8'), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), text])
    },
    open(sealed) {
      if (sealed.length <= IV + TAG) return undefined
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV))
      decipher.setAuthTag(sealed.subarray(IV, IV + TAG))
      try {
        const text = Buffer.concat([decipher.update(sealed.subarray(IV + TAG)), decipher.final()])
        return JSON.parse(text.toString('utf8'))
      } catch {
        return undefined
      }
    },
  }
}
