// This file is about filling in an integration's form: from flags, from what is kept already, and by asking for the rest.
import type { IntegrationAccess, IntegrationSettings } from '../../operator/commands/integrations.ts'
import type { RuntimeTold } from '../../operator/commands/kept-integrations.ts'
import type { Questions } from '../questions.ts'
import { fillAccess } from './form-access.ts'
import type { FormGiven } from './form-options.ts'
import {
  NO_NAMESPACE,
  readName,
  readNamespacePattern,
  readRegion,
  readRegistry,
  regionOfHosts,
} from './form-values.ts'
import { flawOf, flawOfEach, listOf } from './form-answers.ts'

/** What the form is filled in with, beside flags. */
export interface FormFacts {
  readonly runtimes: readonly RuntimeTold[]
  /** Names that others have. */
  readonly taken?: readonly string[]
  /** Of an integration that is edited. */
  readonly kept?: IntegrationSettings
  /** The caller's own region. */
  readonly region?: string
  /** Absent: nobody can be asked. */
  readonly questions?: Questions
  /** Whether what is kept is asked again, with what it is as the answer offered. */
  readonly asksAgain: boolean
}

export type Filled =
  | { readonly is: 'filled'; readonly settings: IntegrationSettings }
  /** Flags that nobody can be asked for, each with what it says. */
  | { readonly is: 'missing'; readonly flags: readonly string[] }

/** In the order of the form. */
export async function fillForm(given: FormGiven, facts: FormFacts): Promise<Filled> {
  const missing: string[] = []
  const name = given.name ?? (await askName(facts, missing))
  const runtimes = given.runtimes ?? (await askRuntimes(facts, missing))
  const access = await fillAccess(
    given,
    { ...facts, ...(runtimes === undefined ? {} : { chosen: runtimes }) },
    missing,
  )
  const registries = given.registries.length > 0 ? given.registries : await askRegistries(facts)
  const region = given.region ?? (await askRegion(registries, facts, missing))
  const namespaces = given.namespaces.length > 0 ? given.namespaces : await askNamespaces(facts)
  const settled =
    region === undefined || access === undefined
      ? undefined
      : await access.settle({ region, registries }, missing)
  if (
    missing.length > 0 ||
    name === undefined ||
    runtimes === undefined ||
    region === undefined ||
    settled === undefined
  ) {
    return { is: 'missing', flags: missing }
  }
  const shared = sharedWith(namespaces, facts.kept)
  return { is: 'filled', settings: { name, runtimes, access: settled, region, registries, ...shared } }
}

function sharedWith(
  namespaces: readonly string[] | undefined,
  kept: IntegrationSettings | undefined,
): Pick<IntegrationSettings, 'namespaces'> {
  if (namespaces === undefined || namespaces.length === 0) return {}
  if (!namespaces.includes(NO_NAMESPACE)) return { namespaces }
  return kept === undefined ? {} : { namespaces: [] }
}

/** An access whose role may still lack the account, which the registries can tell. */
export interface AccessFilled {
  settle(
    where: { readonly region: string; readonly registries: readonly string[] },
    missing: string[],
  ): Promise<IntegrationAccess | undefined>
}

async function askName({ questions, taken = [] }: FormFacts, missing: string[]): Promise<string | undefined> {
  if (questions === undefined) return void missing.push('NAME: what the integration is called')
  const flaw = (name: string): string | undefined =>
    taken.includes(name) ? `the repository has an integration ${name} already` : flawOf(readName)(name)
  return questions.text({ message: 'Name of the integration', flaw })
}

async function askRuntimes(
  { questions, kept, asksAgain, runtimes }: FormFacts,
  missing: string[],
): Promise<IntegrationSettings['runtimes'] | undefined> {
  if (kept !== undefined && !(asksAgain && questions !== undefined)) return kept.runtimes
  if (questions === undefined) {
    return void missing.push('--all-runtimes, --control-planes or --selected-runtimes NAME…: whom it is for')
  }
  const selected = {
    name: 'selected runtimes',
    value: 'selected',
    ...(runtimes.length === 0 ? { refused: '(the repository declares none)' } : {}),
  } as const
  const before = keptChoice(kept)
  const choices = [...FOR_ALL, selected]
  const chosen = await questions.one('For which runtimes?', [
    ...choices.filter(({ value }) => value === before),
    ...choices.filter(({ value }) => value !== before),
  ])
  if (chosen === 'all') return { is: 'all' }
  if (chosen === 'control-planes') return { is: 'all', controlPlanes: true }
  const names = await questions.many(
    'Which of them?',
    runtimes.map(({ name, hosted, version }) => ({
      name: `${name}${hosted ? ' (hosted)' : ''}${version === undefined ? '' : ` ${version}`}`,
      value: name,
    })),
  )
  return { is: 'selected', names }
}

const FOR_ALL = [
  { name: 'all runtimes', value: 'all' },
  { name: 'all runtimes, for the cluster each of them runs in', value: 'control-planes' },
] as const

function keptChoice(
  kept: IntegrationSettings | undefined,
): 'all' | 'control-planes' | 'selected' | undefined {
  if (kept?.runtimes.is !== 'all') return kept?.runtimes.is
  return kept.runtimes.controlPlanes === true ? 'control-planes' : 'all'
}

async function askRegistries({ questions, kept, asksAgain }: FormFacts): Promise<readonly string[]> {
  const before = kept?.registries ?? []
  if (questions === undefined || (kept !== undefined && !asksAgain)) return before
  return listOf(
    await questions.text({
      message: 'Registries it stands for, as in image references (several with commas; none: press Enter)',
      ...(before.length === 0 ? {} : { preset: before.join(', ') }),
      flaw: flawOfEach(readRegistry),
    }),
  )
}

async function askRegion(
  registries: readonly string[],
  { questions, kept, asksAgain, region: own }: FormFacts,
  missing: string[],
): Promise<string | undefined> {
  const preset = kept?.region ?? regionOfHosts(registries) ?? own
  if (questions === undefined || (kept !== undefined && !asksAgain)) {
    return preset ?? void missing.push('--region REGION: where the registries are')
  }
  return questions.text({
    message: 'Region of the registries',
    ...(preset === undefined ? {} : { preset }),
    flaw: flawOf(readRegion),
  })
}

async function askNamespaces({
  questions,
  kept,
  asksAgain,
}: FormFacts): Promise<readonly string[] | undefined> {
  const before = kept?.namespaces
  if (questions === undefined || (kept !== undefined && !asksAgain)) return before
  return listOf(
    await questions.text({
      message: `Namespaces that may use it (several with commas, * as a wildcard; ${
        kept === undefined
          ? 'Enter: the operator’s own alone'
          : `Enter: as it is; ${NO_NAMESPACE} : the operator’s own alone`
      })`,
      ...(before === undefined ? {} : { preset: before.join(', ') }),
      flaw: flawOfEach(readNamespacePattern),
    }),
  )
}
