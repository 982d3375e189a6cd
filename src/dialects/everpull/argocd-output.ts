// This file is about an Argo CD repository Secret: the shapes that Argo CD can use, and URLs that it cannot.
import { USERNAME_AND_PASSWORD } from '../../model/argocd-secret.ts'
import { type UrlParts, urlParts } from '../../model/registry.ts'
import type { Entry, KeyValues } from '../../model/shape.ts'
import type { ArgocdFields } from './output-schema.ts'
import { type Problem, quoted } from './problem.ts'

/** As ECR names repositories, every part of the path. */
const PATH = /^(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/

const isTemplate = ({ kind }: ArgocdFields): boolean => kind === 'repo-creds' || kind === 'repo-write-creds'

/** The same place, written as Argo CD has to have it. */
const rightForm = ({ type }: ArgocdFields, { host, path }: UrlParts): string =>
  `${type === 'oci' ? 'oci://' : ''}${host}${path.replace(/\/+$/, '')}`

/** Why Argo CD could not use the URL, with the form that it can. */
export function urlProblems(fields: ArgocdFields, hosts: readonly string[], at: string): readonly Problem[] {
  const { url, type } = fields
  const parsed = urlParts(url)
  const says = (because: string): readonly Problem[] => [
    { at: `${at}.url`, because: `is ${quoted(url)}, ${because}` },
  ]
  if (!hosts.includes(parsed.host)) {
    return says(
      `whose host is none of spec.registries: write ${hosts.map((host) => quoted(rightForm(fields, { ...parsed, host }))).join(' or ')}, or add the registry`,
    )
  }
  const right = rightForm(fields, parsed)
  if (!PATH.test(parsed.path.replace(/\/+$/, ''))) {
    return says(
      'whose path names no repository: use lower-case letters, digits, "-", "_" and ".", parted by "/"',
    )
  }
  if (type === 'helm' && parsed.scheme !== '') {
    return says(
      `and Argo CD wants the URL of an OCI Helm repository without a scheme: write ${quoted(right)}, in the Application too`,
    )
  }
  if (type === 'oci' && parsed.scheme !== 'oci://') {
    return says(
      `and Argo CD wants the scheme oci:// for type oci: write ${quoted(right)}, in the Application too`,
    )
  }
  if (parsed.path.endsWith('/')) {
    return says(
      `and Argo CD tells it from the same without a slash at the end: write ${quoted(right)}, in the Application too`,
    )
  }
  if (type === 'oci' && parsed.path === '' && !isTemplate(fields)) {
    return says(
      `which names no repository: write ${quoted(`${right}/REPOSITORY`)}, or kind repo-creds for all of them`,
    )
  }
  return []
}

/** What Argo CD does not read in a template. */
export const unreadFields = (fields: ArgocdFields): readonly ('name' | 'project')[] =>
  isTemplate(fields) ? (['name', 'project'] as const).filter((name) => fields[name] !== undefined) : []

const literal = (key: string, text: string): Entry => ({ key, value: { is: 'literal', text } })

const FLAGS = ['insecure', 'insecureOCIForceHttp', 'forceHttpBasicAuth'] as const
const TEXTS = ['name', 'project', 'proxy', 'noProxy'] as const

/**
 * Of type helm a template needs `enableOCI` as much as a repository: Argo CD puts the template's over the repository's,
 * even where it has none.
 */
export const argocdShape = (fields: ArgocdFields): KeyValues => ({
  is: 'key-values',
  entries: [
    literal('type', fields.type),
    literal('url', fields.url),
    ...(fields.type === 'helm' ? [literal('enableOCI', 'true')] : []),
    ...TEXTS.flatMap((name) => {
      const text = fields[name]
      return text === undefined ? [] : [literal(name, text)]
    }),
    ...FLAGS.flatMap((name) => {
      const flag = fields[name]
      return flag === undefined ? [] : [literal(name, String(flag))]
    }),
    ...USERNAME_AND_PASSWORD,
  ],
})
