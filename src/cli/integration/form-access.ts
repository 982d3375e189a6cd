// This file is about the part of an integration's form that says who asks AWS: a role, an access key, or the operator itself.
import type { IntegrationAccess, IntegrationSettings } from '../../operator/commands/integrations.ts'
import { flawOf, flawUnlessEmpty } from './form-answers.ts'
import type { AccessFilled, FormFacts } from './form.ts'
import type { FormGiven } from './form-options.ts'
import { fillSecret } from './form-secret.ts'
import {
  accountOf,
  accountOfHosts,
  arnOf,
  isArn,
  type Mode,
  readAccessKeyId,
  readAccount,
  readExternalId,
  readRole,
} from './form-values.ts'

export interface AccessFacts extends FormFacts {
  /** Whom the integration is for. */
  readonly chosen?: IntegrationSettings['runtimes']
}

/** Their own identity is one of whoever hosts them, which no role of ours should trust. */
const HOSTED = '(not for hosted runtimes)'

export async function fillAccess(
  given: FormGiven,
  facts: AccessFacts,
  missing: string[],
): Promise<AccessFilled | undefined> {
  const mode = given.mode ?? impliedMode(given) ?? (await askMode(facts, missing))
  switch (mode) {
    case undefined:
      return undefined
    case 'ambient':
      return { settle: async () => ({ is: 'ambient' }) }
    case 'iam-role':
      return fillRole(given, facts, missing)
    case 'access-key':
      return fillAccessKey(given, facts, missing)
  }
}

function impliedMode(given: FormGiven): Mode | undefined {
  if (given.role !== undefined) return 'iam-role'
  return given.accessKeyId === undefined ? undefined : 'access-key'
}

const MODE_OF: Readonly<Record<IntegrationAccess['is'], Mode>> = {
  role: 'iam-role',
  'access-key': 'access-key',
  ambient: 'ambient',
}

async function askMode(facts: AccessFacts, missing: string[]): Promise<Mode | undefined> {
  const { questions, kept, asksAgain } = facts
  const before = kept === undefined ? undefined : MODE_OF[kept.access.is]
  if (before !== undefined && !(asksAgain && questions !== undefined)) return before
  if (questions === undefined) {
    return void missing.push('--mode iam-role, access-key or ambient: who asks AWS')
  }
  const isRefused = isForHosted(facts)
  const role = {
    value: 'iam-role',
    name: 'IAM role',
    describes: 'the operator assumes it; nothing secret is kept anywhere',
    ...(isRefused ? { refused: HOSTED } : {}),
  } as const
  const choices = [...(isRefused ? [] : [role]), ...OTHER_MODES, ...(isRefused ? [role] : [])]
  return questions.one('Who asks AWS?', [
    ...choices.filter(({ value }) => value === before),
    ...choices.filter(({ value }) => value !== before),
  ])
}

const OTHER_MODES = [
  {
    value: 'access-key',
    name: 'access key and secret',
    describes: 'of an IAM user; the secret is sealed, or kept elsewhere',
  },
  {
    value: 'ambient',
    name: 'the operator’s own identity',
    describes: 'of its service account or node',
  },
] as const

const isForHosted = ({ runtimes, chosen }: AccessFacts): boolean =>
  runtimes.some(({ name, hosted }) => hosted && (chosen?.is !== 'selected' || chosen.names.includes(name)))

async function fillRole(
  given: FormGiven,
  facts: AccessFacts,
  missing: string[],
): Promise<AccessFilled | undefined> {
  const { questions, kept, asksAgain } = facts
  const before = kept?.access.is === 'role' ? kept.access : undefined
  const asks = questions !== undefined && (before === undefined || asksAgain)
  const role =
    given.role ??
    (asks
      ? await questions.text({
          message: 'IAM role (its ARN, or its name)',
          ...(before === undefined ? {} : { preset: before.role }),
          flaw: flawOf(readRole),
        })
      : before?.role)
  if (role === undefined) return void missing.push('--role ARN: the IAM role to assume')
  const externalId =
    given.externalId ?? (asks && given.role === undefined ? await askExternalId(facts) : before?.externalId)
  const rest = externalId === undefined ? {} : { externalId }
  return {
    async settle({ region, registries }, lacking) {
      if (isArn(role)) return { is: 'role', role, ...rest }
      const account = given.account ?? accountOfHosts(registries) ?? (await askAccount(facts, lacking))
      return account === undefined ? undefined : { is: 'role', role: arnOf(role, account, region), ...rest }
    },
  }
}

async function askExternalId({ questions, kept }: AccessFacts): Promise<string | undefined> {
  const before = kept?.access.is === 'role' ? kept.access.externalId : undefined
  const answer = await questions?.text({
    message: 'External id that its trust policy asks for (none: press Enter)',
    ...(before === undefined ? {} : { preset: before }),
    flaw: flawUnlessEmpty(readExternalId),
  })
  return answer === '' ? undefined : answer
}

async function askAccount({ questions, kept }: AccessFacts, missing: string[]): Promise<string | undefined> {
  if (questions === undefined) {
    return void missing.push('--account ID, or the ARN of the role: whose account the role is in')
  }
  const preset = kept?.access.is === 'role' ? accountOf(kept.access.role) : undefined
  return questions.text({
    message: 'AWS account of the role',
    ...(preset === undefined ? {} : { preset }),
    flaw: flawOf(readAccount),
  })
}

async function fillAccessKey(
  given: FormGiven,
  facts: AccessFacts,
  missing: string[],
): Promise<AccessFilled | undefined> {
  const { questions, kept, asksAgain } = facts
  const before = kept?.access.is === 'access-key' ? kept.access : undefined
  const asks = questions !== undefined && (before === undefined || asksAgain)
  const accessKeyId =
    given.accessKeyId ??
    (asks
      ? await questions.text({
          message: 'Access key id',
          ...(before === undefined ? {} : { preset: before.accessKeyId }),
          flaw: flawOf(readAccessKeyId),
        })
      : before?.accessKeyId)
  if (accessKeyId === undefined) missing.push('--access-key-id ID: of the IAM user')
  // Another key has another secret.
  const isSameKey = before !== undefined && before.accessKeyId === accessKeyId
  const secret = await fillSecret(given, facts, isSameKey, missing)
  if (accessKeyId === undefined || secret === undefined) return undefined
  return { settle: async () => ({ is: 'access-key', accessKeyId, secret }) }
}
