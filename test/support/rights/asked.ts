// This file is about what an operator asked of the API server: each request as the right it took, and whether it was refused.
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { auditLogFile, readAuditLine } from '../../../sandbox/control-plane/audit-log.ts'
import type { Access } from '../../../src/generate/access.ts'
import { OPERATOR_USER } from '../deeds.ts'

export interface Asked {
  /** "patch registrylogins.everpull.dev/status" */
  readonly right: string
  readonly namespace: string
  readonly name: string
  readonly status: number
}

const GROUP = /^\/apis\/([^/]+)\//

const rightText = (verb: string, path: string, group: string): string => {
  const [plural = '', ...rest] = path.split('/')
  return `${verb} ${[[plural, group].filter(Boolean).join('.'), ...rest].join('/')}`
}

/** Without its namespace and name. */
export const rightOf = ({ verb, resource, subresource, group }: Access): string =>
  rightText(verb, subresource === undefined ? resource : `${resource}/${subresource}`, group)

/** Where a name narrows the right, that name. */
export const isTaken = (access: Access, asked: Asked): boolean =>
  asked.right === rightOf(access) &&
  (access.namespace === undefined || access.namespace === asked.namespace) &&
  (access.name === undefined || access.name === asked.name)

/** What the operator asked since a mark, read as the audit log grows. */
export class AskedTail {
  readonly #file: string
  #from = 0
  #rest = ''
  #asked: Asked[] = []

  constructor(folder: string) {
    this.#file = auditLogFile(folder)
  }

  /** Forgets what was asked until now. */
  mark(): void {
    this.all()
    this.#asked = []
  }

  all(): readonly Asked[] {
    const size = statSync(this.#file).size
    if (size > this.#from) {
      const buffer = Buffer.alloc(size - this.#from)
      const file = openSync(this.#file, 'r')
      const read = readSync(file, buffer, 0, buffer.length, this.#from)
      closeSync(file)
      this.#from += read
      const lines = (this.#rest + buffer.toString('latin1', 0, read)).split('\n')
      this.#rest = lines.pop() ?? ''
      for (const line of lines) if (line.includes(OPERATOR_USER)) this.#asked.push(...asAsked(line))
    }
    return this.#asked
  }

  refused(): readonly Asked[] {
    return this.all().filter(({ status }) => status === 403)
  }
}

/** A patch that made an object took the right to create as well. */
function asAsked(line: string): readonly Asked[] {
  const { user, verb, path, resource, namespace, name, status } = readAuditLine(line)
  if (user !== OPERATOR_USER || resource === '') return []
  const [, group = ''] = GROUP.exec(path) ?? []
  const one = { right: rightText(verb, resource, group), namespace, name, status }
  if (verb !== 'patch' || status !== 201) return [one]
  return [one, { ...one, right: rightText('create', resource, group) }]
}
