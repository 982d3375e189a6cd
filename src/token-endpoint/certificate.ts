// This file is about the endpoint's certificate: two files that whoever issues it replaces while we run.
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Clock } from '../base/clock.ts'
import { seconds } from '../base/duration.ts'
import type { Log } from '../base/log.ts'

/** A mounted Secret changes within a minute anyway. */
const LOOK_AGAIN_MS = seconds(10)

export interface CertificateFiles {
  readonly cert: string
  readonly key: string
}

export interface Pair {
  readonly cert: string
  readonly key: string
}

/** Throws an Error that says which file is wrong, and in what way. */
export async function readPair({ cert, key }: CertificateFiles): Promise<Pair> {
  const pair = { cert: await textOf(cert), key: await textOf(key) }
  const certificate = parsed(cert, 'certificate in PEM', () => new X509Certificate(pair.cert))
  const secret = parsed(key, 'private key in PEM', () => createPrivateKey(pair.key))
  if (!certificate.checkPrivateKey(secret))
    throw new Error(`${key} is not the key of the certificate in ${cert}`)
  return pair
}

const textOf = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${path} cannot be read: ${error.code ?? error.message}`, { cause: error })
  })

function parsed<T>(path: string, what: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new Error(`${path} holds no ${what}`, { cause: error })
  }
}

export interface FollowParts {
  readonly clock: Clock
  readonly log: Log
  readonly onPair: (pair: Pair) => void
}

/** Tells each new pair; one that is wrong, or half of a new one, is waited out. Returns how to stop. */
export function followPair(files: CertificateFiles, first: Pair, parts: FollowParts): () => void {
  const { clock, log, onPair } = parts
  let held = first
  let complaint = ''
  let isOver = false
  let cancel = (): void => {}
  const look = async (): Promise<void> => {
    try {
      const pair = await readPair(files)
      complaint = ''
      if (isOver || (pair.cert === held.cert && pair.key === held.key)) return
      onPair(pair)
      held = pair
      log.info('token endpoint: certificate replaced')
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error)
      if (because !== complaint) log.warn('token endpoint: the certificate stays as it is', { because })
      complaint = because
    }
  }
  const arm = (): void => {
    cancel = clock.after(LOOK_AGAIN_MS, () => {
      void look().finally(() => {
        if (!isOver) arm()
      })
    })
  }
  arm()
  return () => {
    isOver = true
    cancel()
  }
}
