// This file is about shared configuration repositories to test with: files by path, and integrations in a few words.
import { stringify } from 'yaml'
import type { TreeFile, WrittenObject } from './tree.ts'

export const filesOf = (texts: Readonly<Record<string, string>>): readonly TreeFile[] =>
  Object.entries(texts).map(([path, text]) => ({ path, mode: 'file', size: Buffer.byteLength(text), text }))

export const ROLE = { iamRole: { roleArn: 'arn:aws:iam::123456789012:role/ecr' } }
export const ACCESS_KEY = { accessKey: { secretName: 'ecr-prod', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } }

export const anIntegration = (name: string, spec: object = {}): WrittenObject => ({
  apiVersion: 'everpull.dev/v1alpha1',
  kind: 'EcrIntegration',
  metadata: { name },
  spec: { region: 'eu-west-1', auth: ROLE, ...spec },
})

export const written = (name: string, spec: object = {}): string => stringify(anIntegration(name, spec))

export const aRuntime = (spec: object): string =>
  stringify({ apiVersion: 'everpull.dev/v1alpha1', kind: 'Runtime', spec })

export const ALL = 'resources/all-runtimes-all-clusters'
export const CONTROL_PLANES = 'resources/control-planes'
export const RUNTIMES = 'resources/runtimes'
