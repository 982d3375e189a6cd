// This file is about reading what a user asked for: both kinds' specs checked in full, in the model's words.
import type { z } from 'zod'
import { type Duration, parseDuration } from '../../base/duration.ts'
import { SECRET_TYPE_LABEL, USERNAME_AND_PASSWORD } from '../../model/argocd-secret.ts'
import { type Fault, fault } from '../../model/fault.ts'
import { DOCUMENTED_LIFE_MS, type TokenScope } from '../../model/login.ts'
import { isRegionName, parseHost } from '../../model/registry.ts'
import type { Entry, Shape } from '../../model/shape.ts'
import type { Warning } from '../dialect.ts'
import { type Address, parseAddress } from './address.ts'
import { argoHelmRepoSecretSpec, pullSecretSpec } from './schema.ts'

export interface SpecRead {
  readonly is: 'read'
  readonly secretName: string
  readonly secretType: string
  readonly labels: Readonly<Record<string, string>>
  readonly shape: Shape
  readonly scope: TokenScope
  /** Absent: by the login's expiry alone. */
  readonly interval?: Duration
  readonly warnings: readonly Warning[]
}

interface Issue {
  readonly at: string
  /** Completes the sentence that `at` begins. */
  readonly because: string
}

/** What both kinds have in common; `address` is `ecr_registry` or `url`. */
interface Fields {
  readonly address: string
  readonly addressAt: 'spec.ecr_registry' | 'spec.url'
  readonly frequency: string
  readonly generated_secret_name: string
  readonly region: string
}

type Content = Pick<SpecRead, 'secretType' | 'labels' | 'shape'>

export function readPullSecret(spec: unknown): SpecRead | Fault {
  const parsed = pullSecretSpec.safeParse(spec)
  if (!parsed.success) return refuse(shapeIssues(spec, parsed.error))
  const { ecr_registry: host, ...rest } = parsed.data
  return readFields(
    { ...rest, address: host, addressAt: 'spec.ecr_registry' },
    {
      secretType: 'kubernetes.io/dockerconfigjson',
      labels: {},
      shape: { is: 'docker-config', hosts: [{ host, login: 0 }] },
    },
  )
}

const literal = (key: string, text: string): Entry => ({
  key,
  value: { is: 'literal', text },
})

export function readArgoHelmRepoSecret(spec: unknown): SpecRead | Fault {
  const parsed = argoHelmRepoSecretSpec.safeParse(spec)
  if (!parsed.success) return refuse(shapeIssues(spec, parsed.error))
  const { url, ...rest } = parsed.data
  return readFields(
    { ...rest, address: url, addressAt: 'spec.url' },
    {
      secretType: 'Opaque',
      labels: { [SECRET_TYPE_LABEL]: 'repository' },
      shape: {
        is: 'key-values',
        entries: [
          ...USERNAME_AND_PASSWORD,
          literal('url', url),
          literal('type', 'helm'),
          literal('enableOCI', 'true'),
          literal('name', rest.generated_secret_name),
        ],
      },
    },
  )
}

function readFields(fields: Fields, content: Content): SpecRead | Fault {
  const place = readPlace(fields)
  const frequency = readFrequency(fields.frequency)
  const issues = [...secretNameIssues(fields.generated_secret_name), ...place.issues, ...frequency.issues]
  if (issues.length > 0) return refuse(issues)
  return {
    is: 'read',
    secretName: fields.generated_secret_name,
    ...content,
    scope: place.scope,
    ...(frequency.interval === undefined ? {} : { interval: frequency.interval }),
    warnings: [...place.warnings, ...frequency.warnings],
  }
}

/** Long texts are cut: a message goes into a condition and an event. */
const quoted = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)

const refuse = (issues: readonly Issue[]): Fault =>
  fault('spec-invalid', issues.map(({ at, because }) => `${at} ${because}`).join('; '), issues[0]?.at)

function shapeIssues(spec: unknown, error: z.ZodError): readonly Issue[] {
  const isObject = typeof spec === 'object' && spec !== null && !Array.isArray(spec)
  if (!isObject)
    return [{ at: 'spec', because: 'is missing: say which registry, region, Secret and frequency' }]
  return error.issues.map(({ path }) => {
    const value: unknown = Reflect.get(spec, path[0] ?? '')
    const isMissing = value === undefined || value === null
    return { at: ['spec', ...path].join('.'), because: isMissing ? 'is missing' : 'must be a string' }
  })
}

/** RFC 1123 subdomain, as Kubernetes wants the names of Secrets. */
const SECRET_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

const secretNameIssues = (name: string): readonly Issue[] =>
  SECRET_NAME.test(name)
    ? []
    : [
        {
          at: 'spec.generated_secret_name',
          because: `${quoted(name)} is no name for a Secret: use lower-case letters, digits, "-" and "."`,
        },
      ]

interface Place {
  readonly scope: TokenScope
  readonly issues: readonly Issue[]
  readonly warnings: readonly Warning[]
}

/** An account is twelve digits; a name in its place may be an alias, and digits of another number never are. */
const OTHER_ACCOUNT = /^(?!\d{12}\.)\d+\.dkr[.-]ecr/

/** Which login opens the address. A host that is not ECR's may still lead there (an alias, a VPC endpoint): only a warning. */
function readPlace(fields: Fields): Place {
  const { region, addressAt: at } = fields
  const scope: TokenScope = { service: 'private', region }
  const wrong = (...issues: Issue[]): Place => ({ scope, issues, warnings: [] })
  if (!isRegionName(region)) {
    return wrong({
      at: 'spec.region',
      because: `${quoted(region)} is no name of an AWS region such as us-east-2`,
    })
  }
  const address = parseAddress(fields.address)
  if ('because' in address) return wrong({ at, because: `${quoted(fields.address)} ${address.because}` })
  const odd = addressWarnings(fields, address)
  const host = parseHost(address.host + address.port)
  switch (host.is) {
    case 'not-ecr':
      if (OTHER_ACCOUNT.test(address.host)) {
        return wrong({
          at,
          because: `${quoted(fields.address)} is no Amazon ECR host: ${host.because}; correct it`,
        })
      }
      return {
        scope,
        issues: [],
        warnings: [...odd, { reason: 'NotAnEcrHost', message: notEcrText(fields, host.because) }],
      }
    case 'public':
      return { scope: { service: 'public', region: host.region }, issues: [], warnings: odd }
    case 'private':
      return host.region === region
        ? { scope, issues: [], warnings: odd }
        : wrong({ at: 'spec.region', because: regionText(fields, host.region) })
  }
}

const notEcrText = (fields: Fields, because: string): string =>
  `${fields.addressAt} ${quoted(fields.address)} is no Amazon ECR host: ${because}; ` +
  `the login written for it is one of region ${fields.region}`

const regionText = (fields: Fields, hostRegion: string): string =>
  `is ${quoted(fields.region)} but ${fields.addressAt} names a registry in ${hostRegion}: ` +
  `a login opens the registries of its own region only, so set spec.region to ${hostRegion} or correct the host`

function addressWarnings(fields: Fields, { scheme, host, port, path }: Address): readonly Warning[] {
  const { addressAt: at } = fields
  if (at === 'spec.url' && scheme !== '') {
    return [
      {
        reason: 'UrlHasScheme',
        message:
          `spec.url begins with "${scheme}" and is copied as it stands, but Argo CD wants the address of ` +
          `an OCI Helm repository without a scheme: write "${host}${port}${path}", in the Application too`,
      },
    ]
  }
  if (at === 'spec.ecr_registry' && scheme + path !== '') {
    return [
      {
        reason: 'RegistryNotHostOnly',
        message:
          `spec.ecr_registry is more than a host and is written as it stands, but some clients look a login ` +
          `up by the host alone: write "${host}${port}"`,
      },
    ]
  }
  return []
}

interface Frequency {
  readonly interval?: Duration
  readonly issues: readonly Issue[]
  readonly warnings: readonly Warning[]
}

function readFrequency(text: string): Frequency {
  const interval = parseDuration(text)
  if (interval === undefined) {
    const because = `${quoted(text)} is no duration: write it without blanks, such as 10h, 1h30m or 90s`
    return { issues: [{ at: 'spec.frequency', because }], warnings: [] }
  }
  if (interval <= 0) {
    const message =
      `spec.frequency ${quoted(text)} names no interval: ` +
      'the login is renewed at two thirds of its life, so that it never dies'
    return { issues: [], warnings: [{ reason: 'FrequencyNotPositive', message }] }
  }
  if (interval >= DOCUMENTED_LIFE_MS) {
    const message =
      `spec.frequency ${quoted(text)} is as long as an ECR login lives, twelve hours, or longer: ` +
      'it is renewed sooner, at two thirds of its life; write 8h or less'
    return { interval, issues: [], warnings: [{ reason: 'FrequencyTooLong', message }] }
  }
  return { interval, issues: [], warnings: [] }
}
