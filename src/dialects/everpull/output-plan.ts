// This file is about an output read in full: everything about its Secret but the namespace.
import { canonicalJson } from '../../base/canonical-json.ts'
import type { Target } from '../../model/delivery.ts'
import type { AccountList, Accounts } from '../../model/link.ts'
import type { RegistryScope } from '../../model/login.ts'
import type { Permission } from '../../model/probe.ts'
import type { Shape } from '../../model/shape.ts'
import type { Warning } from '../dialect.ts'
import { unreadFields } from './argocd-output.ts'
import { linkOf } from './link-plan.ts'
import { type Content, contentOf, distinctScopes } from './output-content.ts'
import { metadataProblems } from './output-metadata.ts'
import { type OutputFields, SHAPES, type ShapeName } from './output-schema.ts'
import type { Means } from './output-templates.ts'
import type { Problem } from './problem.ts'
import type { Registry } from './registries.ts'

export interface LinkPlan {
  readonly accounts: Accounts
  readonly lists: readonly AccountList[]
}

export interface OutputPlan {
  /** "spec.outputs[1]" */
  readonly at: string
  readonly shapeName: ShapeName
  /** Absent: the login is not narrowed. */
  readonly access?: Permission
  /** Those it holds a login for. */
  readonly registries: readonly Registry[]
  /** The logins that its shape counts. */
  readonly scopes: readonly RegistryScope[]
  /** The hosts that each of these logins is for. */
  readonly hosts: readonly (readonly string[])[]
  readonly shape: Shape
  readonly target: Omit<Target, 'namespace' | 'fieldManager'>
  readonly link?: LinkPlan
}

export interface OutputRead {
  /** Absent where there are problems. */
  readonly plan?: OutputPlan
  readonly problems: readonly Problem[]
  readonly warnings: readonly Warning[]
}

export function readOutput(
  fields: OutputFields,
  all: readonly Registry[],
  at: string,
  means: Means,
): OutputRead {
  const content = contentOf(fields, all, at, means)
  const problems = [...metadataProblems(fields, at), ...('shape' in content ? [] : content)]
  if (!('shape' in content)) return { problems, warnings: [] }
  const link = linkOf(fields.link, content.type, `${at}.link`)
  if (link !== undefined && 'because' in link) problems.push(link)
  if (problems.length > 0) return { problems, warnings: [] }
  const { registries, shape } = content
  return {
    problems,
    warnings: warningsAbout(fields, at),
    plan: {
      at,
      shapeName: SHAPES.find((name) => fields[name] !== undefined) ?? 'dockerConfig',
      ...(fields.access === undefined ? {} : { access: fields.access }),
      registries,
      scopes: distinctScopes(registries),
      hosts: hostsByScope(registries),
      shape,
      target: targetOf(fields, content),
      ...(link === undefined || 'because' in link ? {} : { link }),
    },
  }
}

/** In the order of `distinctScopes`. */
const hostsByScope = (registries: readonly Registry[]): readonly (readonly string[])[] =>
  [...Map.groupBy(registries, ({ scope }) => canonicalJson(scope)).values()].map((some) =>
    some.map(({ host }) => host),
  )

/** What was there before us is not ours to delete, nor is what others may keep hosts of their own in. */
function targetOf(
  { secretName, adopt = false, dockerConfig, metadata = {} }: OutputFields,
  { type, labels = {} }: Content,
): OutputPlan['target'] {
  const merges = dockerConfig?.merge === true
  return {
    name: secretName,
    whenMissing: 'create',
    writes: 'keys',
    owner: merges ? 'none' : 'creator',
    consent: merges || adopt ? 'given' : 'needed',
    type,
    labels: { ...metadata.labels, ...labels },
    annotations: metadata.annotations ?? {},
  }
}

const warningsAbout = ({ argocd }: OutputFields, at: string): readonly Warning[] =>
  argocd === undefined
    ? []
    : unreadFields(argocd).map((name) => ({
        reason: 'FieldUnread',
        message: `${at}.argocd.${name} is written, and Argo CD reads it of repositories only, not of ${argocd.kind}`,
      }))
