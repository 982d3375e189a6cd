// This file is about what each shape makes of the registries: the data of a Secret, its type, and the labels it needs.
import { canonicalJson } from '../../base/canonical-json.ts'
import { SECRET_TYPE_LABEL } from '../../model/argocd-secret.ts'
import type { RegistryScope } from '../../model/login.ts'
import { urlParts } from '../../model/registry.ts'
import type { Shape } from '../../model/shape.ts'
import { argocdShape, urlProblems } from './argocd-output.ts'
import { templateValues, tellsHost, valueOf } from './login-values.ts'
import type { FieldName, OutputFields } from './output-schema.ts'
import { type Means, readTemplates } from './output-templates.ts'
import { type Problem, quoted } from './problem.ts'
import type { Registry } from './registries.ts'

const DOCKER_CONFIG_TYPE = 'kubernetes.io/dockerconfigjson'

/** What a shape makes of the registries. */
export interface Content {
  readonly shape: Shape
  readonly type: string
  readonly labels?: Readonly<Record<string, string>>
  readonly registries: readonly Registry[]
}

const FORBIDDEN_TYPES = ['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token']

const scopeKey = (scope: RegistryScope): string => canonicalJson(scope)

/** One login opens all registries of its scope. */
export const distinctScopes = (registries: readonly Registry[]): readonly RegistryScope[] => [
  ...new Map(registries.map(({ scope }) => [scopeKey(scope), scope])).values(),
]

/** Or what is wrong with it. */
export function contentOf(
  fields: OutputFields,
  all: readonly Registry[],
  at: string,
  means: Means,
): Content | readonly Problem[] {
  if (fields.dockerConfig !== undefined) return dockerContent(fields, fields.dockerConfig, all, at)
  if (fields.argocd !== undefined) return argocdContent(fields, fields.argocd, all, at)
  if (fields.fields !== undefined) return fieldsContent(fields, fields.fields, all, at)
  if (fields.template !== undefined) return templateContent(fields, fields.template, all, at, means)
  return basicContent(fields, all, at)
}

const hostsText = (all: readonly Registry[]): string => all.map(({ host }) => host).join(', ')

/** The registry that an output names; undefined where it names none. */
function named(
  { registry }: OutputFields,
  all: readonly Registry[],
  at: string,
): Registry | Problem | undefined {
  if (registry === undefined) return undefined
  const because = `is ${quoted(registry)}, which is none of spec.registries: ${hostsText(all)}`
  return all.find(({ host }) => host === registry) ?? { at: `${at}.registry`, because }
}

/** The one registry that a Secret with room for one login is about. */
function only(
  fields: OutputFields,
  all: readonly Registry[],
  at: string,
  tellHost: boolean,
): Registry | readonly Problem[] {
  const chosen = named(fields, all, at)
  if (chosen !== undefined) return 'because' in chosen ? [chosen] : chosen
  const [first] = all
  const isClear = all.length === 1 || (!tellHost && distinctScopes(all).length === 1)
  if (first !== undefined && isClear) return first
  const because = `is missing: the Secret has room for one login, and there are several registries; name one of ${hostsText(all)}`
  return [{ at: `${at}.registry`, because }]
}

const isProblems = (found: Registry | readonly Problem[]): found is readonly Problem[] => Array.isArray(found)

function dockerContent(
  fields: OutputFields,
  { merge, key }: NonNullable<OutputFields['dockerConfig']>,
  all: readonly Registry[],
  at: string,
): Content | readonly Problem[] {
  if (key === '.dockercfg') {
    const because = 'is ".dockercfg", the key of an older format: leave it out for .dockerconfigjson'
    return [{ at: `${at}.dockerConfig.key`, because }]
  }
  const chosen = named(fields, all, at)
  if (chosen !== undefined && 'because' in chosen) return [chosen]
  const registries = chosen === undefined ? all : [chosen]
  const keys = distinctScopes(registries).map(scopeKey)
  const isOrdinary = key === undefined || key === '.dockerconfigjson'
  return {
    registries,
    type: isOrdinary ? DOCKER_CONFIG_TYPE : 'Opaque',
    shape: {
      is: 'docker-config',
      ...(isOrdinary ? {} : { key }),
      ...(merge === true ? { merges: true } : {}),
      hosts: registries.map(({ host, scope }) => ({ host, login: keys.indexOf(scopeKey(scope)) })),
    },
  }
}

function argocdContent(
  { registry }: OutputFields,
  fields: NonNullable<OutputFields['argocd']>,
  all: readonly Registry[],
  at: string,
): Content | readonly Problem[] {
  const hosts = all.map(({ host }) => host)
  const problems = urlProblems(fields, hosts, `${at}.argocd`)
  const { host } = urlParts(fields.url)
  const chosen = all.find((one) => one.host === host)
  if (problems.length > 0 || chosen === undefined) return problems
  if (registry !== undefined && registry !== host) {
    return [
      { at: `${at}.registry`, because: `is ${quoted(registry)}, and argocd.url names ${host}: leave it out` },
    ]
  }
  return {
    registries: [chosen],
    type: 'Opaque',
    labels: { [SECRET_TYPE_LABEL]: fields.kind },
    shape: argocdShape(fields),
  }
}

function basicContent(
  fields: OutputFields,
  all: readonly Registry[],
  at: string,
): Content | readonly Problem[] {
  const chosen = only(fields, all, at, false)
  if (isProblems(chosen)) return chosen
  const names = ['username', 'password'] as const
  const entries = names.map((key) => ({ key, value: valueOf(key, chosen.host) }))
  return { registries: [chosen], type: 'kubernetes.io/basic-auth', shape: { is: 'key-values', entries } }
}

function fieldsContent(
  fields: OutputFields,
  keys: Readonly<Record<string, FieldName>>,
  all: readonly Registry[],
  at: string,
): Content | readonly Problem[] {
  const chosen = only(fields, all, at, Object.values(keys).some(tellsHost))
  if (isProblems(chosen)) return chosen
  const entries = Object.entries(keys).map(([key, field]) => ({ key, value: valueOf(field, chosen.host) }))
  return { registries: [chosen], type: 'Opaque', shape: { is: 'key-values', entries } }
}

function templateContent(
  fields: OutputFields,
  { type = 'Opaque', data, metadata = {} }: NonNullable<OutputFields['template']>,
  all: readonly Registry[],
  at: string,
  means: Means,
): Content | readonly Problem[] {
  const read = readTemplates({ data, metadata }, `${at}.template`, means)
  const chosen = only(fields, all, at, read.tellHost)
  const problems = [
    ...read.problems,
    ...typeProblems(type, `${at}.template.type`),
    ...(isProblems(chosen) ? chosen : []),
  ]
  if (problems.length > 0 || isProblems(chosen)) return problems
  const { labels = {}, annotations = {} } = metadata
  const values = { is: 'key-values', entries: templateValues(chosen.host) } as const
  return {
    registries: [chosen],
    type,
    shape: { is: 'template', values, data, labels, annotations, keepsValues: false },
  }
}

const typeProblems = (type: string, at: string): readonly Problem[] =>
  FORBIDDEN_TYPES.includes(type)
    ? [
        {
          at,
          because: `is ${quoted(type)}, which Kubernetes trusts as its own token and is never written: choose another type`,
        },
      ]
    : []
