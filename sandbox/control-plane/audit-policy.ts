// This file is about the audit log: one line per finished request, with its user, verb and object, never a body.
import { join } from 'node:path'
import { stringify } from 'yaml'
import { writeWhole } from '../whole-file.ts'

const POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
}

/** Writes the policy into the folder and gives its path. */
export function auditPolicyIn(folder: string): string {
  const file = join(folder, 'keys', 'audit-policy.yaml')
  writeWhole(file, stringify(POLICY))
  return file
}
