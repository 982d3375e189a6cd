// This file is about integrations of Codefresh as integrations of ours: tolerant of how they are written, silent about nothing.
import { canonicalJson } from '../base/canonical-json.ts'
import { ECR_INTEGRATION } from '../dialects/everpull/integration-kind.ts'
import { EcrIntegrationSpec } from '../dialects/everpull/integration-schema.ts'
import { parseHost, urlParts } from '../model/registry.ts'
import { authOf, type Notes } from './codefresh-auth.ts'
import { type KeyedValue, type ReadKeys, readKeys } from './codefresh-keys.ts'
import {
  CONFIG_ENTITY,
  type CodefreshObject,
  type CodefreshObjects,
  ECR_TYPE,
  SECRET_ENTITY,
} from './codefresh-objects.ts'
import { type CodefreshSecret, mapIn, readSecret } from './codefresh-secret.ts'
import { isDnsLabel } from './placement.ts'
import type { Placement, WrittenObject } from './tree.ts'

/** What their objects do not say. */
export interface ImportHints {
  /** Of roles that are named without their ARN. */
  readonly account?: string
  readonly region?: string
  /** Namespaces they are to be shared with. */
  readonly namespaces?: readonly string[]
}

export interface ImportedIntegration {
  readonly name: string
  /** One at least. */
  readonly placements: readonly Placement[]
  readonly integration: WrittenObject
  /** What brings its Secret about, as Codefresh has it, for a repository that has not got it. */
  readonly secret: readonly WrittenObject[]
  /** Where its ConfigMap was found. */
  readonly from: string
  /** The folder that was in; absent: it was found in a cluster. */
  readonly folder?: string
  /** What was taken, and what has no counterpart. */
  readonly said: readonly string[]
  /** What somebody has to do by hand before it works. */
  readonly open: readonly string[]
}

export interface CodefreshImport {
  readonly integrations: readonly ImportedIntegration[]
  /** Sentences about what is none of ECR's. */
  readonly skipped: readonly string[]
  /** Sentences about what should have become one and did not. */
  readonly failed: readonly string[]
}

export function importCodefresh(
  { objects, flaws }: CodefreshObjects,
  hints: ImportHints = {},
): CodefreshImport {
  const configs = objects.filter(({ entity }) => entity === CONFIG_ENTITY)
  const isEcr = ({ type }: CodefreshObject): boolean => /^registry\.[a-z-]*ecr$/.test(type)
  const ecr = configs.filter(isEcr)
  const names = new Set(ecr.map(({ name }) => name))
  const failed = flaws.map(({ path, because }) => `${path} ${because}`)
  const integrations: ImportedIntegration[] = []
  for (const name of names) {
    const made = importOne(
      name,
      ecr.filter((one) => one.name === name),
      objects.filter((one) => one.entity === SECRET_ENTITY && one.name === name),
      hints,
    )
    if (typeof made === 'string') failed.push(made)
    else integrations.push(made)
  }
  const alone = objects.filter((one) => one.entity === SECRET_ENTITY && isEcr(one) && !names.has(one.name))
  failed.push(
    ...alone.map(({ from, name }) => `${from} is the secret of ${name}, whose ConfigMap was not found`),
  )
  return {
    integrations,
    skipped: configs.filter((one) => !isEcr(one)).map(skippedText),
    failed,
  }
}

const skippedText = ({ type, name, from }: CodefreshObject): string =>
  `${name} (${from}) is of type ${type === '' ? 'nobody says which' : type}, not ${ECR_TYPE}: skipped`

function importOne(
  called: string,
  [first, ...others]: readonly CodefreshObject[],
  secrets: readonly CodefreshObject[],
  hints: ImportHints,
): ImportedIntegration | string {
  if (first === undefined) return `${called} has no ConfigMap`
  const notes: Notes = { said: [], open: [] }
  const name = labelOf(called, notes)
  if (name === undefined) return `${first.from}: ${JSON.stringify(called)} can be no name of an integration`
  const keys = readKeys(dataOf(first))
  const secret = secretFor(first, secrets)
  const registries = registriesOf(keys, hints, notes)
  const region = regionOf(keys, hints, registries, notes)
  const account = hints.account ?? accountIn(registries)
  const auth = authOf({ name: called, keys, secret, account, region }, notes)
  if (auth === undefined)
    return `${called} (${first.from}) says neither a role nor an access key: nothing was made of it`
  tellKeys(keys, secret, first, notes)
  const spec = {
    region,
    auth,
    ...(registries.length === 0 ? {} : { registries }),
    ...sharingOf(hints, notes),
  }
  notes.open.push(...mistakesIn(spec, notes))
  return {
    name,
    placements: placementsOf([first, ...sameAs(first, others, notes)], notes),
    integration: { apiVersion: API_VERSION, kind: ECR_INTEGRATION.kind, metadata: { name }, spec },
    secret: auth.accessKey !== undefined && secret !== undefined ? appliedBy(secret) : [],
    from: first.from,
    ...(first.folder === undefined ? {} : { folder: first.folder }),
    ...notes,
  }
}

const API_VERSION = `${ECR_INTEGRATION.group}/${ECR_INTEGRATION.versions[0]}`

/** A name is a folder's and CI's too: Codefresh takes dots, and old ones have capitals. */
function labelOf(called: string, { said }: Notes): string | undefined {
  if (isDnsLabel(called)) return called
  const name = called
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, '')
  if (!isDnsLabel(name)) return undefined
  said.push(`it is called ${name} from now on, as ${called} is no DNS label: change what refers to it`)
  return name
}

const dataOf = ({ object }: CodefreshObject): Readonly<Record<string, unknown>> => mapIn(object['data'])

/** The one beside it; a Secret that is there before what makes it. */
function secretFor(
  config: CodefreshObject,
  secrets: readonly CodefreshObject[],
): CodefreshSecret | undefined {
  const read = secrets.flatMap((one) => readSecret(one) ?? [])
  const beside = read.filter(({ found }) => found.folder === config.folder)
  const near = beside.length > 0 ? beside : read
  return near.find(({ is }) => is === 'there') ?? near[0]
}

type Registries = readonly { readonly host?: string; readonly account?: string; readonly region?: string }[]

function registriesOf({ known }: ReadKeys, { region }: ImportHints, { said }: Notes): Registries {
  const url = known.get('host')
  if (url !== undefined) {
    const { host } = urlParts(url.value)
    if (parseHost(host).is === 'private') return [{ host }]
    said.push(`${url.key} names no registry of ECR, and is left out`)
  }
  const account = known.get('account')?.value.padStart(12, '0')
  const at = known.get('region')?.value ?? region
  if (account === undefined || at === undefined || !/^[0-9]{12}$/.test(account)) return []
  return [{ account, region: at }]
}

function accountIn([first]: Registries): string | undefined {
  if (first?.host === undefined) return first?.account
  const host = parseHost(first.host)
  return host.is === 'private' ? host.account : undefined
}

/** Codefresh advises the region nearest to oneself; that of the registry is the one that works. */
function regionOf(
  { known }: ReadKeys,
  hints: ImportHints,
  [first]: Registries,
  { said, open }: Notes,
): string {
  const host = first?.host === undefined ? undefined : parseHost(first.host)
  const ofHost = host?.is === 'private' ? host.region : undefined
  const given = known.get('region')?.value.toLowerCase()
  if (given !== undefined && ofHost !== undefined && given !== ofHost) {
    said.push(`region ${ofHost} of its registry is taken, not ${given}`)
  }
  const region = ofHost ?? given ?? hints.region
  if (region === undefined) open.push('no region was found: say --region')
  return region ?? ''
}

function sharingOf({ namespaces }: ImportHints, { said }: Notes) {
  if (namespaces !== undefined) return { sharing: { namespaces: { names: namespaces } } }
  said.push(
    "it is shared with nobody but the operator's own namespace: say --share-with for those whose objects may use it",
  )
  return {}
}

function tellKeys(
  { unknown, doubled, known }: ReadKeys,
  secret: CodefreshSecret | undefined,
  { from }: CodefreshObject,
  { said, open }: Notes,
): void {
  for (const key of unknown) said.push(`key ${key} of ${from} has no counterpart, and is left out`)
  for (const { key, value, meaning } of doubled) {
    const taken: KeyedValue | undefined = known.get(meaning)
    if (taken?.value !== value)
      said.push(`${taken?.key} and ${key} of ${from} differ: ${taken?.key} is taken`)
  }
  for (const key of secret?.unknown ?? [])
    said.push(`key ${key} of ${secret?.found.from} has no counterpart, and is left out`)
  for (const meaning of ['secret-access-key', 'session-token'] as const) {
    const clear = known.get(meaning)
    if (clear === undefined) continue
    open.push(
      `${from} holds a secret in the clear under ${clear.key}, and it is not taken over: revoke that key and make another`,
    )
  }
}

function mistakesIn(spec: object, { open }: Notes): readonly string[] {
  const read = EcrIntegrationSpec.safeParse(spec)
  if (read.success || open.length > 0) return []
  return read.error.issues.map(({ path, message }) => `spec.${path.join('.')}: ${message}`)
}

/** One object can say one thing only: what differs elsewhere is left to whoever wrote it. */
function sameAs(
  first: CodefreshObject,
  others: readonly CodefreshObject[],
  { open }: Notes,
): readonly CodefreshObject[] {
  const says = canonicalJson(dataOf(first))
  const same = others.filter((other) => canonicalJson(dataOf(other)) === says)
  for (const { from } of others.filter((other) => !same.includes(other))) {
    open.push(
      `${from} says something else under the same name, and is not imported: give it a name of its own`,
    )
  }
  return same
}

function placementsOf(found: readonly CodefreshObject[], { said }: Notes): readonly Placement[] {
  const placements = found.flatMap(({ placement }) => placement ?? [])
  const [first] = found
  if (placements.length < found.length && first !== undefined) {
    said.push(
      first.folder === undefined
        ? 'nothing in a cluster says which runtimes it is for: it is for all'
        : `${first.folder} is where integrations lay at first, for all runtimes: it is for all`,
    )
  }
  const forAll = placements.find(({ is }) => is !== 'runtime')
  if (forAll !== undefined) return [forAll]
  return placements.length < found.length ? [{ is: 'all' }] : placements
}

/** What is sealed for the whole cluster opens where the operator lives as well. */
function appliedBy({ is, found: { object } }: CodefreshSecret): readonly WrittenObject[] {
  if (is === 'external') return [withoutNamespace(object)]
  if (is !== 'sealed') return []
  const spec = mapIn(object['spec'])
  const template = mapIn(spec['template'])
  const { namespace: _elsewhere, ...metadata } = mapIn(template['metadata'])
  return [withoutNamespace({ ...object, spec: { ...spec, template: { ...template, metadata } } })]
}

const withoutNamespace = ({ metadata, status: _known, ...object }: WrittenObject): WrittenObject => {
  const { name, labels, annotations } = metadata
  return {
    ...object,
    metadata: {
      name,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  }
}
