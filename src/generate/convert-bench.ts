// This file is about what a conversion has at hand beside the manifest it turns: the other manifests, and what its user said.
import { parseHost } from '../model/registry.ts'
import { bareHost, type Integrations, type Remarks, UNKNOWN_ACCOUNT } from './convert-draft.ts'
import { at, type Manifest, textAt } from './convert-manifests.ts'

export interface Hints {
  /** Of registries that no manifest names; twelve digits. */
  readonly account?: string
  /** Where no manifest says it. */
  readonly region?: string
  /** Of manifests that name none. */
  readonly namespace?: string
}

export interface Bench {
  readonly manifests: readonly Manifest[]
  readonly hints: Hints
  readonly integrations: Integrations
}

export const findManifest = (
  { manifests }: Bench,
  kind: string,
  name: string,
  namespace?: string,
): Manifest | undefined =>
  manifests.find(
    (one) =>
      one.kind === kind && one.name === name && (namespace === undefined || one.namespace === namespace),
  )

/** What a core Secret among the manifests holds under a key. Only for what is no secret: urls, accounts, regions. */
export function openText(bench: Bench, namespace: string, name: string, key: string): string | undefined {
  const secret = bench.manifests.find(
    (one) =>
      one.kind === 'Secret' && one.apiVersion === 'v1' && one.name === name && one.namespace === namespace,
  )
  const plain = textAt(secret?.object, 'stringData', key)
  if (plain !== undefined) return plain
  const encoded = at(secret?.object, 'data', key)
  return typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString() : undefined
}

/** A registry of that region, by the account that a host, a role or the user tells. */
export function accountFor(bench: Bench, tellers: readonly (string | undefined)[], remarks: Remarks): string {
  const told = tellers.flatMap((text) => accountIn(text) ?? [])
  const account = told[0] ?? bench.hints.account
  if (account !== undefined) return account
  remarks.leave(
    `no manifest names the account of the registries: say --account, or replace ${UNKNOWN_ACCOUNT}`,
  )
  return UNKNOWN_ACCOUNT
}

function accountIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const host = parseHost(bareHost(text))
  if (host.is === 'private') return host.account
  return /^arn:[^:]*:iam::(\d{12}):/.exec(text)?.[1]
}

export function regionFor(bench: Bench, told: string | undefined, from: string, remarks: Remarks): string {
  if (told !== undefined && told !== '') return told
  if (bench.hints.region !== undefined) return bench.hints.region
  remarks.leave(`${from} names no region: say --region, or replace us-east-1`)
  return 'us-east-1'
}
