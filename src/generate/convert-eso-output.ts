// This file is about the Secret that an ExternalSecret wrote, as an output of our own API.
import { FIELD_NAMES, type FieldName } from '../dialects/everpull/output-schema.ts'
import { SECRET_TYPE_LABEL, SECRET_TYPES } from '../model/argocd-secret.ts'
import { parseHost } from '../model/registry.ts'
import { bareHost, type OutputFields, type RegistryFields, type Remarks } from './convert-draft.ts'
import { at, type Fields, isFields, type Manifest, textAt, textsAt } from './convert-manifests.ts'

export interface Written {
  readonly manifest: Manifest
  /** Of the ExternalSecret. */
  readonly spec: Fields
  readonly secretName: string
  readonly registries: readonly RegistryFields[]
  readonly remarks: Remarks
}

type Shape = Partial<Pick<OutputFields, 'dockerConfig' | 'argocd' | 'basicAuth' | 'fields' | 'template'>>
type Texts = Readonly<Record<string, string>>

const DOCKER_KEY = '.dockerconfigjson'

/** What a generator gives where no template says more. */
const GIVEN = {
  username: 'username',
  password: 'password',
  proxy_endpoint: 'proxyEndpoint',
  expires_at: 'expiresAtSeconds',
} as const satisfies Record<string, FieldName>

export function outputFor(written: Written): OutputFields {
  const { spec, secretName, remarks } = written
  const template = templateOf(spec)
  const labels = textsAt(template, 'metadata', 'labels')
  const shape = shapeFor(template, labels, written)
  remarks.note('adopt: the Secret is there already, made by External Secrets; it stays when this object goes')
  // A template says its metadata itself, as it may be templated too.
  const metadata = shape.template === undefined ? metadataFor(written, shape, template, labels) : {}
  return { secretName, ...shape, ...metadata, adopt: true }
}

const templateOf = (spec: Fields): Fields => {
  const template = at(spec, 'target', 'template')
  return isFields(template) ? template : {}
}

function shapeFor(template: Fields, labels: Texts, { registries, remarks }: Written): Shape {
  const isPublic = registries.some((one) => one.public === true)
  const { proxy_endpoint, ...ofPublic } = GIVEN
  const given: Readonly<Record<string, FieldName>> = isPublic ? ofPublic : { ...ofPublic, proxy_endpoint }
  const data = textsAt(template, 'data')
  if (Object.keys(data).length === 0) return { fields: given }
  const isMerged = textAt(template, 'mergePolicy') === 'Merge'
  const raw = Object.fromEntries(Object.keys(given).map((key) => [key, `{{ .${key} }}`]))
  const all = isMerged ? { ...raw, ...data } : data
  return (
    dockerShape(all) ??
    argocdShape(all, labels, remarks) ??
    plainShape(all, textAt(template, 'type')) ??
    templateShape(template, all)
  )
}

const ACTION = /\{\{-?.*?-?\}\}/gs

/** Each action stands for a text, so that the rest can be read as JSON. */
function withoutActions(text: string): { readonly text: string; readonly actions: readonly string[] } {
  const actions: string[] = []
  return { text: text.replaceAll(ACTION, (action) => `@${actions.push(action) - 1}@`), actions }
}

const MARK = /^@\d+@$/

/** The hosts of a docker config whose logins are all the generator's; undefined where it is anything else. */
function dockerHosts(template: string): readonly string[] | undefined {
  const { text, actions } = withoutActions(template)
  const config = parsed(text)
  const auths = at(config, 'auths')
  if (!isFields(config) || !isFields(auths) || Object.keys(config).length !== 1) return undefined
  const isOurs = Object.values(auths).every(
    (auth) =>
      isFields(auth) &&
      Object.entries(auth).every(
        ([field, value]) =>
          typeof value === 'string' &&
          (field === 'email' || MARK.test(value) || (field === 'username' && value === 'AWS')),
      ),
  )
  if (!isOurs) return undefined
  return Object.keys(auths).map((key) =>
    key.replaceAll(/@(\d+)@/g, (_mark, n: string) => actions[Number(n)] ?? ''),
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const dockerShape = (data: Texts): Shape | undefined =>
  Object.keys(data).length === 1 && dockerHosts(data[DOCKER_KEY] ?? '') !== undefined
    ? { dockerConfig: {} }
    : undefined

/** The registries that the templates name; none where all of them leave it to the generator. */
export function hostsNamed(spec: Fields): readonly string[] {
  const data = textsAt(templateOf(spec), 'data')
  const hosts = dockerHosts(data[DOCKER_KEY] ?? '')
  const named = hosts === undefined ? Object.values(data).flatMap(ecrHostsIn) : hosts.map(bareHost)
  return [...new Set(named.filter((host) => host !== '' && !host.includes('{{')))]
}

const HOST = /\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9.-]+/g

const ecrHostsIn = (text: string): readonly string[] =>
  [...text.matchAll(HOST)].map(([host]) => host).filter((host) => parseHost(host).is === 'private')

const ARGOCD_KEYS: readonly string[] = [
  'url',
  'type',
  'enableOCI',
  'username',
  'password',
  'name',
  'project',
  'insecure',
  'insecureOCIForceHttp',
  'forceHttpBasicAuth',
  'proxy',
  'noProxy',
]

/** Only where our own shape writes the same keys. */
function argocdShape(data: Texts, labels: Texts, remarks: Remarks): Shape | undefined {
  const kind = SECRET_TYPES.find((one) => one === labels[SECRET_TYPE_LABEL])
  const { url, type = 'helm', username, password } = data
  const isKnown = Object.keys(data).every((key) => ARGOCD_KEYS.includes(key))
  const isPlain = ['username', 'AWS'].includes(plainField(username) ?? username ?? '')
  if (kind === undefined || url === undefined || url.includes('{{') || !isKnown || !isPlain) return undefined
  if (plainField(password) !== 'password' || (type !== 'helm' && type !== 'oci')) return undefined
  const bare = url.replace(/^[a-z]+:\/\//, '').replace(/\/+$/, '')
  const fitting = type === 'oci' ? `oci://${bare}` : bare
  if (fitting !== url) remarks.note(`url: ${url} is ${fitting} here, the form that Argo CD can use`)
  const truths = ['insecure', 'insecureOCIForceHttp', 'forceHttpBasicAuth'] as const
  const texts = ['name', 'project', 'proxy', 'noProxy'] as const
  return {
    argocd: {
      kind,
      type,
      url: fitting,
      ...Object.fromEntries(texts.flatMap((key) => (data[key] === undefined ? [] : [[key, data[key]]]))),
      ...Object.fromEntries(
        truths.flatMap((key) => (data[key] === undefined ? [] : [[key, data[key] === 'true']])),
      ),
    },
  }
}

/** `{{ .password }}`: nothing but a field. */
function plainField(template: string | undefined): FieldName | undefined {
  const name = /^\s*\{\{-?\s*\.(\w+)\s*-?\}\}\s*$/.exec(template ?? '')?.[1]
  if (name === undefined) return undefined
  return (GIVEN as Readonly<Record<string, FieldName>>)[name] ?? FIELD_NAMES.find((field) => field === name)
}

function plainShape(data: Texts, type: string | undefined): Shape | undefined {
  const fields = Object.fromEntries(
    Object.entries(data).flatMap(([key, text]) => {
      const field = plainField(text)
      return field === undefined ? [] : [[key, field]]
    }),
  )
  if (Object.keys(fields).length !== Object.keys(data).length) return undefined
  const isBasic = fields['username'] === 'username' && fields['password'] === 'password'
  if (type === 'kubernetes.io/basic-auth') {
    return isBasic && Object.keys(fields).length === 2 ? { basicAuth: {} } : undefined
  }
  return type === undefined || type === 'Opaque' ? { fields } : undefined
}

function templateShape(template: Fields, data: Texts): Shape {
  const type = textAt(template, 'type')
  const [labels, annotations] = [
    textsAt(template, 'metadata', 'labels'),
    textsAt(template, 'metadata', 'annotations'),
  ]
  const metadata = {
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  }
  return {
    template: {
      ...(type === undefined ? {} : { type }),
      data,
      ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    },
  }
}

/** Where a template says no metadata, the ExternalSecret's own was copied. */
function metadataFor(
  { manifest, spec, remarks }: Written,
  { argocd }: Shape,
  template: Fields,
  own: Texts,
): Pick<OutputFields, 'metadata'> {
  const isTemplated = at(spec, 'target', 'template') !== undefined
  const { [SECRET_TYPE_LABEL]: _kind, ...rest } = isTemplated ? own : manifest.labels
  const labels = argocd === undefined ? (isTemplated ? own : manifest.labels) : rest
  const annotations = Object.fromEntries(
    Object.entries(isTemplated ? textsAt(template, 'metadata', 'annotations') : manifest.annotations).filter(
      ([key]) => !key.startsWith('kubectl.kubernetes.io/'),
    ),
  )
  for (const [key, text] of Object.entries({ ...labels, ...annotations })) {
    if (text.includes('{{')) {
      remarks.leave(`${key} is a template, and metadata stands as it is: use outputs[].template.metadata`)
    }
  }
  const metadata = {
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  }
  return Object.keys(metadata).length === 0 ? {} : { metadata }
}
