// This file is about the audit log: one line per finished request, with its user, verb and object, never a body.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { writeWhole } from '../whole-file.ts'

const POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  // A watch is told when it starts; it may never complete.
  rules: [
    { level: 'Metadata', verbs: ['watch'], omitStages: ['RequestReceived', 'ResponseComplete'] },
    { level: 'Metadata', omitStages: ['RequestReceived', 'ResponseStarted'] },
  ],
}

export const auditLogFile = (folder: string): string => join(folder, 'logs', 'audit.log')

/** Writes the policy into the folder and gives its path. */
export function auditPolicyIn(folder: string): string {
  const file = join(folder, 'keys', 'audit-policy.yaml')
  writeWhole(file, stringify(POLICY))
  return file
}

export interface AuditedRequest {
  readonly user: string
  /** As RBAC knows it: get, list, watch, create, update, patch, delete, … */
  readonly verb: string
  /** With its query. */
  readonly path: string
  /** "secrets", "serviceaccounts/token"; empty outside resources. */
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly status: number
  /** When it came in, milliseconds since the epoch. */
  readonly at: number
}

interface AuditEvent {
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string }
  readonly objectRef?: {
    readonly resource?: string
    readonly subresource?: string
    readonly namespace?: string
    readonly name?: string
  }
  readonly responseStatus?: { readonly code?: number }
  readonly requestReceivedTimestamp: string
}

/** Every request answered so far, in the order of the answers. */
export async function auditedRequests(folder: string): Promise<readonly AuditedRequest[]> {
  const lines = (await readFile(auditLogFile(folder), 'utf8')).split('\n')
  // The last line may be half written; it belongs to a request that is not answered yet.
  return lines.slice(0, -1).map((line) => readEvent(JSON.parse(line) as AuditEvent))
}

function readEvent({ user, verb, requestURI, objectRef, ...event }: AuditEvent): AuditedRequest {
  return {
    user: user.username,
    verb,
    path: requestURI,
    resource: [objectRef?.resource, objectRef?.subresource].filter(Boolean).join('/'),
    namespace: objectRef?.namespace ?? '',
    name: objectRef?.name ?? '',
    status: event.responseStatus?.code ?? 0,
    at: Date.parse(event.requestReceivedTimestamp),
  }
}
