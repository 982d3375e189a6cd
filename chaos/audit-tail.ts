// This file is about the part of an audit log that was written since a mark: a lane's log grows over many seeds.
import { open, stat } from 'node:fs/promises'
import { auditLogFile, type AuditedRequest, readAuditLine } from '../sandbox/control-plane/audit-log.ts'

export class AuditTail {
  readonly #file: string
  #from = 0

  constructor(folder: string) {
    this.#file = auditLogFile(folder)
  }

  /** What is there now is not told. */
  async skip(): Promise<void> {
    this.#from = (await stat(this.#file)).size
  }

  /** Every request answered since the mark, which stays where it is. */
  async requests(): Promise<readonly AuditedRequest[]> {
    const lines = (await this.text()).split('\n')
    // The last line may be half written.
    return lines.slice(0, -1).map(readAuditLine)
  }

  async text(): Promise<string> {
    const { size } = await stat(this.#file)
    const file = await open(this.#file)
    try {
      const buffer = Buffer.alloc(Math.max(0, size - this.#from))
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#from)
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await file.close()
    }
  }
}
