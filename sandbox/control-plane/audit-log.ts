// This file is about the audit log: one line per finished request, with its user, verb and object; of bodies only what a token is asked for, and who holds a lease.
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
    // For whom a token is asked is in the request; the token itself is in the answer.
    {
      level: 'Request',
      resources: [{ group: '', resources: ['serviceaccounts/token'] }],
      omitStages: ['RequestReceived', 'ResponseStarted'],
    },
    // Who takes a lease, keeps it or gives it back.
    {
      level: 'Request',
      verbs: ['create', 'update', 'patch'],
      resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }],
      omitStages: ['RequestReceived', 'ResponseStarted'],
    },
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
  /** What the client calls itself. */
  readonly agent: string
  /** As RBAC knows it: get, list, watch, create, update, patch, delete, … */
  readonly verb: string
  /** With its query. */
  readonly path: string
  /** "secrets", "serviceaccounts/token"; empty outside resources. */
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly status: number
  /** Of a request for a service account's token: whom it is for. */
  readonly audiences?: readonly string[]
  /** Of a write of a lease: whose it is from then on; '' for nobody's. */
  readonly holder?: string
  /** When it came in, milliseconds since the epoch. */
  readonly at: number
  /** When its answer was complete; of a watch, when that began. */
  readonly until: number
}

interface AuditEvent {
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string }
  readonly userAgent?: string
  readonly objectRef?: {
    readonly resource?: string
    readonly subresource?: string
    readonly namespace?: string
    readonly name?: string
  }
  readonly responseStatus?: { readonly code?: number }
  readonly requestObject?: {
    readonly spec?: { readonly audiences?: readonly string[]; readonly holderIdentity?: string }
  }
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
}

/** Every request answered so far, in the order of the answers. */
export async function auditedRequests(folder: string): Promise<readonly AuditedRequest[]> {
  const lines = (await readFile(auditLogFile(folder), 'utf8')).split('\n')
  // The last line may be half written; it belongs to a request that is not answered yet.
  return lines.slice(0, -1).map(readAuditLine)
}

export function readAuditLine(line: string): AuditedRequest {
  const { user, verb, requestURI, objectRef, requestObject, ...event } = JSON.parse(line) as AuditEvent
  const audiences = requestObject?.spec?.audiences
  const isLease = objectRef?.resource === 'leases' && requestObject !== undefined
  return {
    user: user.username,
    agent: event.userAgent ?? '',
    verb,
    path: requestURI,
    resource: [objectRef?.resource, objectRef?.subresource].filter(Boolean).join('/'),
    namespace: objectRef?.namespace ?? '',
    name: objectRef?.name ?? '',
    status: event.responseStatus?.code ?? 0,
    ...(audiences === undefined ? {} : { audiences }),
    ...(isLease ? { holder: requestObject.spec?.holderIdentity ?? '' } : {}),
    at: Date.parse(event.requestReceivedTimestamp),
    until: Date.parse(event.stageTimestamp),
  }
}
