// This file is about the URL of a labelled Secret: which registry it names, and whether Argo CD can use it as it stands.
import { type Host, parseHost, urlParts } from '../../model/registry.ts'
import type { Warning } from '../dialect.ts'

/** What may be seen of the Secret's data. */
export interface RepositoryData {
  readonly url?: string
  readonly type?: string
  readonly enableOCI?: string
}

export type RegistryUrl =
  | { readonly is: 'registry'; readonly host: Host; readonly warnings: readonly Warning[] }
  | { readonly is: 'wrong'; readonly because: string }

/** Whatever has other characters may hold a secret, and is not repeated. */
const HOST = /^[a-z0-9._-]+(:[0-9]{1,5})?$/

const wrong = (because: string): RegistryUrl => ({ is: 'wrong', because })

/** Argo CD trims it, and compares in lower case. */
export function readRegistryUrl({ url = '', type, enableOCI }: RepositoryData): RegistryUrl {
  const text = url.trim()
  if (text === '') return wrong('it has no "url": write ACCOUNT.dkr.ecr.REGION.amazonaws.com under that key')
  const { scheme, host: authority, path } = urlParts(text.toLowerCase())
  // What comes before the @ may be a password, with a slash in it even: it is not repeated.
  if (text.includes('@')) return wrong('its "url" holds a user name: leave out all up to the "@"')
  if (!HOST.test(authority)) return wrong('its "url" names no host: write HOST or HOST/PATH')
  const host = parseHost(authority)
  if (host.is === 'not-ecr')
    return wrong(`its "url" names no registry of Amazon ECR, as "${authority}" is none: ${host.because}`)
  return { is: 'registry', host, warnings: warningsOn(scheme, `${authority}${path}`, type, enableOCI) }
}

/** The login is kept fresh all the same: somebody else may read it, or be about to correct it. */
function warningsOn(
  scheme: string,
  place: string,
  type: string | undefined,
  enableOCI: string | undefined,
): readonly Warning[] {
  const right = place.replace(/\/+$/, '')
  const says: string[] = []
  if (type === 'oci' && scheme !== 'oci://')
    says.push(`Argo CD wants the scheme oci:// for type oci: write "oci://${right}"`)
  if (type !== 'oci' && scheme !== '')
    says.push(`Argo CD wants the URL of an OCI Helm repository without a scheme: write "${right}"`)
  if (type === undefined || type === '' || type === 'git')
    says.push('Argo CD takes it for a Git repository: write "helm" or "oci" under "type"')
  if (type === 'helm' && !isTrue(enableOCI))
    says.push('Argo CD takes it for a classic Helm repository: write "true" under "enableOCI"')
  if (place.endsWith('/')) says.push('Argo CD tells a URL from the same without a slash at the end')
  return says.map((message) => ({ reason: 'UnusableByArgoCD', message }))
}

/** As Go reads booleans. */
const isTrue = (text: string | undefined): boolean =>
  text !== undefined && ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)
