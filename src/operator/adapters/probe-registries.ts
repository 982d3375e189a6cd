// This file is about the second half of a probe: a login of each region, each registry asked to take it, each action tried.
import { tryPublicOperation } from '../../aws/ecr-public-trials.ts'
import { someRepositories, type RegistryCall, tryOperation } from '../../aws/ecr-trials.ts'
import type { AwsCredentials } from '../../aws/credentials.ts'
import { AwsError } from '../../aws/error.ts'
import type { Clock } from '../../base/clock.ts'
import { arnParts, type Repositories, repositoryArn } from '../../model/iam-policy.ts'
import type { RegistryLogin, RegistryScope } from '../../model/login.ts'
import type { ProbedRegistry } from '../../model/probe.ts'
import { partitionIdOf } from '../../model/registry.ts'
import type { Registries } from '../../oci/registry.ts'
import { faultOfRegistry, isDenied } from './faults.ts'
import { placeOf } from './logins.ts'
import { mint } from './mint.ts'
import { done, type Outcome, trouble } from './probe-log.ts'
import {
  type InferredStep,
  nameOf,
  PUBLIC_PUSH_TRIALS,
  trialsFor,
  type TrialStep,
  UNASKED,
  UPLOAD_TRIALS,
} from './probe-trials.ts'
import type { Circumstances } from './remedies.ts'
import { asking, type Base, callerAfter, credentialsAt, type Probing } from './probing.ts'

/** A login, and what it was obtained with. */
export interface Opened {
  readonly login: RegistryLogin
  readonly credentials: AwsCredentials
}

export async function logIn(
  probing: Probing,
  base: Base | undefined,
  scope: RegistryScope,
  clock: Clock,
): Promise<Opened | undefined> {
  const tried = { name: 'login', on: scope.service === 'public' ? 'ECR Public' : scope.region }
  if (base === undefined) {
    probing.log.skip(tried)
    return undefined
  }
  const { chains, probe, signal } = probing
  const depth = probe.identity.roles.length
  const obtained = await probing.log.try(tried, () =>
    asking(probing, { depth, base }, async () => {
      const credentials = await credentialsAt(probing, base, depth, placeOf(scope))
      const login = await mint(chains.aws, scope, { credentials, signal }, clock)
      if (login.is !== 'registry') throw new TypeError('a registry scope gives a login of registries')
      return { login, credentials }
    }),
  )
  return obtained?.value
}

/** Whether the registry takes the login. */
export async function knock(
  { log, signal }: Probing,
  registries: Registries,
  { host }: ProbedRegistry,
  opened: Opened | undefined,
): Promise<boolean> {
  const tried = { name: 'registry', on: host }
  if (opened === undefined) {
    log.skip(tried)
    return false
  }
  const { username, password } = opened.login
  const passed = await log.try(tried, async (): Promise<Outcome<true>> => {
    const answer = await registries.ping({ host, username, password, signal })
    const refused = faultOfRegistry(host, answer)
    return refused === undefined
      ? done(true)
      : trouble(refused, answer.is === 'answered' ? WRONG_PLACE : NO_WAY)
  })
  return passed !== undefined
}

const WRONG_PLACE =
  'A login is good in the region it was obtained in: check the region of the host name, and what a VPC endpoint policy on the way allows.'
const NO_WAY =
  'Let the operator out to this host, by HTTPS_PROXY where there is a proxy; a private network needs an interface endpoint for ecr.dkr with private DNS.'

/** `opened` is undefined where the registry did not take the login. */
export function tryOut(
  probing: Probing,
  base: Base | undefined,
  registry: ProbedRegistry,
  opened: Opened | undefined,
): Promise<void> {
  if (registry.service === 'public') return tryOutPublic(probing, base, registry, opened)
  // Behind an alias the account is unknown; whoever asks without naming one means its own.
  const account = registry.account ?? accountAfter(probing, base)
  return tryOutPrivate(probing, base, { ...registry, account }, opened)
}

/** Empty where nobody knows. */
const accountAfter = (probing: Probing, base: Base | undefined): string =>
  arnParts(callerAfter(probing, base, probing.probe.identity.roles.length) ?? '').account

/** A name nobody gives a repository. */
const NO_REPOSITORY = 'everpull-probe'
/** An action may be allowed on some repositories only: as many are tried before it counts as denied. */
const MOST_REPOSITORIES = 3

type PrivateRegistry = ProbedRegistry & { readonly account: string }

async function tryOutPrivate(
  probing: Probing,
  base: Base | undefined,
  registry: PrivateRegistry,
  opened: Opened | undefined,
): Promise<void> {
  const { log, probe } = probing
  const on = registry.host
  const trials = trialsFor(probe)
  if (trials.length === 0) return
  const listing = { name: 'ecr:DescribeRepositories', on, optional: true } as const
  if (base === undefined || opened === undefined || registry.account === '') {
    log.skip(listing)
    for (const step of trials) log.skip(nameOf(step, on))
    return
  }
  const call = callOf(probing, registry, opened)
  const about = { repositories: repositoriesOf(registry) }
  const depth = probe.identity.roles.length
  const listed = await log.try(listing, async () => {
    const names = await asking(probing, { depth, base, about }, () =>
      someRepositories(probing.chains.aws, call, MOST_REPOSITORIES),
    )
    return names.is === 'done' && names.value.length === 0 ? done(names.value, noneThere(registry)) : names
  })
  for (const step of trials)
    await tryStep(probing, base, step, { registry, call, found: listed?.value ?? [] })
}

interface Trying {
  readonly registry: PrivateRegistry
  readonly call: RegistryCall
  /** Repositories that were listed. */
  readonly found: readonly string[]
}

async function tryStep(
  probing: Probing,
  base: Base,
  step: TrialStep | InferredStep,
  { registry, call, found }: Trying,
): Promise<void> {
  const { log, probe, chains } = probing
  const tried = nameOf(step, registry.host)
  if ('infers' in step) {
    log.infer(
      tried,
      UPLOAD_TRIALS.map((trial) => `ecr:${trial}`),
    )
    return
  }
  const own = accountAfter(probing, base)
  const isForeign = own !== registry.account
  if (isForeign && (found.length === 0 || step.ofRegistry === true)) {
    log.skip(tried, step.ofRegistry === true ? undefined : unknownThere(registry, own))
    return
  }
  const names = found.length === 0 ? [NO_REPOSITORY] : found
  const repositories = repositoriesOf(registry)
  const about = {
    ...(step.ofRegistry === true ? {} : { repositories }),
    ...(step.action === undefined ? {} : { action: step.action }),
  }
  await log.try(tried, () =>
    asking(probing, { depth: probe.identity.roles.length, base, about }, () =>
      firstAllowed(names, (repository) =>
        tryOperation(chains.aws, step.trial, {
          ...call,
          repository,
          repositoryArn: repositoryArn(repositories, repository),
        }),
      ),
    ),
  )
}

const noneThere = ({ account, region }: PrivateRegistry): string =>
  `there is no repository in account ${account} and region ${region}, which its host names: check both, or make one`

const unknownThere = ({ account, region }: PrivateRegistry, own: string): string =>
  `There is no repository to try it on: the host is that of account ${account} in ${region}, and whoever asks is of ` +
  `account ${own}. Check account and region of the host; or, if they are right, have a policy of the repositories ` +
  'there allow ecr:DescribeRepositories, as those of another account are known only to whom a policy there lets list them.'

const repositoriesOf = ({ account, region }: PrivateRegistry): Repositories => ({
  partition: partitionIdOf(region),
  account,
  region,
})

const callOf = ({ signal }: Probing, registry: PrivateRegistry, { credentials }: Opened): RegistryCall => ({
  ...placeOf(registry),
  account: registry.account,
  credentials,
  signal,
})

/** Throws what the first one said where all are denied; any other failure at once. */
async function firstAllowed(
  names: readonly string[],
  ask: (repository: string) => Promise<void>,
): Promise<true> {
  let denied: AwsError | undefined
  for (const name of names) {
    try {
      await ask(name)
      return true
    } catch (error) {
      if (!(error instanceof AwsError && isDenied(error))) throw error
      denied ??= error
    }
  }
  throw denied ?? new TypeError('there is no repository to ask about')
}

async function tryOutPublic(
  probing: Probing,
  base: Base | undefined,
  registry: ProbedRegistry,
  opened: Opened | undefined,
): Promise<void> {
  const { log, probe } = probing
  if (!probe.permissions.includes('push')) return
  const depth = probe.identity.roles.length
  const account = accountAfter(probing, base)
  const about = account === '' ? {} : { repositories: { partition: 'aws', account } as const }
  await tryPublicTrials(probing, base, registry, { opened, about, depth })
  const uploading = UPLOAD_TRIALS.map((trial) => `ecr-public:${trial}`)
  for (const unasked of UNASKED) {
    const tried = { name: `ecr-public:${unasked}`, on: registry.host }
    if (opened === undefined) log.skip(tried)
    else log.infer(tried, uploading)
  }
}

interface TryingPublic {
  readonly opened: Opened | undefined
  readonly about: Pick<Circumstances, 'repositories'>
  readonly depth: number
}

async function tryPublicTrials(
  probing: Probing,
  base: Base | undefined,
  registry: ProbedRegistry,
  { opened, about, depth }: TryingPublic,
): Promise<void> {
  const { log, signal, chains } = probing
  for (const trial of PUBLIC_PUSH_TRIALS) {
    const tried = { name: `ecr-public:${trial}`, on: registry.host }
    if (base === undefined || opened === undefined) {
      log.skip(tried)
      continue
    }
    const { fips, dualStack } = placeOf(registry)
    const flags = { fips: fips === true, dualStack: dualStack === true }
    const { credentials } = opened
    const call = { ...flags, credentials, signal, repository: NO_REPOSITORY }
    await log.try(tried, () =>
      asking(probing, { depth, base, about }, async () => {
        await tryPublicOperation(chains.aws, trial, call)
        return true
      }),
    )
  }
}
