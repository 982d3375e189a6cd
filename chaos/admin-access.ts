// This file is about what it takes to ask a sandbox's API server as its admin.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Sandbox } from '../sandbox/sandbox.ts'

export interface AdminAccess {
  readonly url: string
  readonly token: string
  readonly ca: Buffer
}

interface Kubeconfig {
  readonly users: readonly { readonly user: { readonly token: string } }[]
}

export function loadAdmin({ kubeconfigPath, controlPlane }: Sandbox): AdminAccess {
  const { users } = parse(readFileSync(kubeconfigPath, 'utf8')) as Kubeconfig
  return { url: controlPlane.url, token: users[0]?.user.token ?? '', ca: controlPlane.ca }
}
