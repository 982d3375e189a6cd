// This file is about what the demo tells: what will happen, what was shown, and how to look around.
import { join } from 'node:path'
import { exportLine } from '../sandbox/export-line.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Consumers } from './consumers.ts'
import { inSeconds } from './table.ts'

export interface Plan {
  readonly tokenLifeSeconds: number
  readonly rotations: number
  readonly keep: boolean
}

export function opening({ tokenLifeSeconds, rotations, keep }: Plan): readonly string[] {
  return [
    'Everpull keeps logins for Amazon ECR fresh. You will see:',
    '',
    '  1. A real Kubernetes control plane starts on this machine, beside a registry',
    "     and an AWS that answer under ECR's own names. Logins live twelve hours",
    `     elsewhere; here it is ${tokenLifeSeconds} seconds.`,
    "  2. One object of Everpull's own orders a pull secret for every team, and the",
    '     manifests of two published recipes are applied as their documents print',
    '     them (demo/manifests/).',
    '  3. Everpull starts, with the rights that `everpull rbac` prints and no others.',
    '  4. helm, crane and skopeo pull all the time, with what the Secrets hold,',
    `     while each login is replaced ${times(rotations)}.`,
    '',
    keep
      ? 'It stays up afterwards; Ctrl-C ends it and removes everything.'
      : 'It ends by itself; Ctrl-C ends it early. Everything is removed at the end.',
    '',
  ]
}

export interface Shown {
  readonly all: readonly Consumers[]
  readonly tookMs: number
  /** Calls of GetAuthorizationToken that AWS answered. */
  readonly calls: number
  /** What a client was told that pulled with a login of long ago. */
  readonly refusals: readonly { readonly client: string; readonly ageMs: number; readonly words: string }[]
}

export function closing({ all, tookMs, calls, refusals }: Shown): readonly string[] {
  const pulls = all.flatMap(({ name, tallies }) => [
    `  ${name}`,
    ...tallies.map(
      ({ client, tried, failed, pulledWith }) =>
        `    ${client.name} pulled ${times(tried)}, with ${pulledWith.size} logins: ${failed} failed`,
    ),
  ])
  const logins = all.reduce((sum, { logins }) => sum + logins.length, 0)
  return [
    '',
    `What was shown, in ${inSeconds(tookMs)}:`,
    ...pulls,
    `  AWS was asked ${times(calls)} for ${logins} logins, however often each was used.`,
    ...refusals.map(
      ({ client, ageMs, words }) =>
        `  ${client}, with the first login (${inSeconds(ageMs)} old), is refused:\n    ${words}`,
    ),
    '',
  ]
}

/** How to point kubectl and the clients at it. */
export function lookingAround(sandbox: Sandbox, kubectl: string): readonly string[] {
  return [
    'Point kubectl at it:',
    `  ${exportLine({ KUBECONFIG: sandbox.kubeconfigPath })}`,
    `  ${kubectl} get everpull,externalsecrets,secrets.ecr.mobb.redhat.com --all-namespaces`,
    'Pull with helm, crane or skopeo yourself:',
    `  ${exportLine(sandbox.proxyEnv)}`,
    `The operator's log is ${join(sandbox.folder, 'logs', 'operator.log')}.`,
    'Ctrl-C here ends it and removes everything.',
    '',
  ]
}

const times = (n: number): string => (n === 1 ? 'once' : n === 2 ? 'twice' : `${n} times`)
