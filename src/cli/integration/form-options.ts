// This file is about the flags of an integration's form, and reading what was given by them.
import { type Command, Option } from 'commander'
import { readText } from '../../config/values.ts'
import { SecretText } from '../../base/secret-text.ts'
import { CommandFailure } from '../../operator/commands.ts'
import type { IntegrationSettings } from '../../operator/commands/integrations.ts'
import type { Context } from '../context.ts'
import { valueReader } from '../value-reader.ts'
import {
  type Mode,
  MODES,
  readAccessKeyId,
  readAccount,
  readExternalId,
  readMode,
  readName,
  readNamespacePattern,
  readRegion,
  readRegistry,
  readRole,
  readSecretName,
  readStore,
  type SecretName,
  type StoreName,
} from './form-values.ts'
import { readSecretFile } from './secret-file.ts'

export const SECRET_VARIABLE = 'EVERPULL_SECRET_ACCESS_KEY'
const SESSION_VARIABLE = 'EVERPULL_SESSION_TOKEN'

/** What flags and environment say of an integration; everything may be absent. */
export interface FormGiven {
  readonly name?: string
  readonly runtimes?: IntegrationSettings['runtimes']
  readonly mode?: Mode
  readonly role?: string
  readonly account?: string
  readonly externalId?: string
  readonly accessKeyId?: string
  readonly secretAccessKey?: SecretText
  readonly sessionToken?: SecretText
  readonly region?: string
  readonly registries: readonly string[]
  readonly namespaces: readonly string[]
  readonly certificateFile?: string
  readonly store?: StoreName
  readonly remoteKey?: string
  readonly remoteProperty?: string
  readonly existing?: SecretName
  readonly secretKey?: string
}

const FILE_HELP = 'or - for standard input'

export function addForm(command: Command): Command {
  return command
    .option('--all-runtimes', 'for all runtimes of the repository')
    .option(
      '--control-planes',
      'for all runtimes, kept in the folder for the cluster that each of them runs in',
    )
    .option('--selected-runtimes <NAME,…>', 'for these runtimes only', collect)
    .addOption(
      new Option(
        '--mode <MODE>',
        'who asks AWS: a role, the key of an IAM user, or the operator itself',
      ).choices(MODES),
    )
    .option('--role <ARN|NAME>', 'the IAM role, which the operator assumes')
    .option('--account <ID>', 'the AWS account of a role that is named without its ARN')
    .option('--external-id <ID>', 'the external id that the trust policy of the role asks for')
    .option('--access-key-id <ID>', 'the access key id of the IAM user')
    .option(
      '--secret-access-key-file <FILE>',
      `a file that holds the secret access key, ${FILE_HELP} [${SECRET_VARIABLE}]`,
    )
    .option(
      '--session-token-file <FILE>',
      `a file that holds the session token of temporary keys, ${FILE_HELP} [${SESSION_VARIABLE}]`,
    )
    .option(
      '--region <REGION>',
      'the region of the registries (default: that of the first of them, else yours)',
    )
    .option('--registry <HOST,…>', 'registries it stands for, and is tested on', collect)
    .option(
      '--share-with <NAMESPACE,…>',
      'namespaces whose objects may use it, * and ? as wildcards; - for the operator’s own alone',
      collect,
    )
    .option(
      '--cert <FILE>',
      'seal the secret with this certificate (default: that of the cluster’s controller)',
    )
    .option('--external-secret <STORE>', 'have an ExternalSecret fetch the secret: [ClusterSecretStore/]NAME')
    .option('--remote-key <KEY>', 'where in that store the secret access key is')
    .option('--remote-property <NAME>', 'which property of it')
    .option('--existing-secret <NAME>', 'a Secret that has the keys already: [NAMESPACE/]NAME')
    .option('--secret-key <KEY>', 'the key of it that holds the secret access key')
}

/** May be repeated; taking several words at once, it would swallow NAME. */
const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, value]

interface Raw {
  readonly allRuntimes?: boolean
  readonly controlPlanes?: boolean
  readonly selectedRuntimes?: readonly string[]
  readonly mode?: string
  readonly role?: string
  readonly account?: string
  readonly externalId?: string
  readonly accessKeyId?: string
  readonly secretAccessKeyFile?: string
  readonly sessionTokenFile?: string
  readonly region?: string
  readonly registry?: readonly string[]
  readonly shareWith?: readonly string[]
  readonly cert?: string
  readonly externalSecret?: string
  readonly remoteKey?: string
  readonly remoteProperty?: string
  readonly existingSecret?: string
  readonly secretKey?: string
}

export interface FormRead {
  readonly given: FormGiven
  readonly mistakes: readonly string[]
  /** Whether any field was given at all. */
  readonly isTouched: boolean
  /** Whether one was given by a flag: a secret in the environment may be left there from before. */
  readonly isFlagged: boolean
}

/** A name is no matter of usage: one that nothing can have fails, as one that nothing has does. */
export function nameGiven(name: string): string {
  const read = readName(name)
  if (read.is === 'value') return read.value
  throw new CommandFailure(`NAME: "${name}" ${read.because}`)
}

export async function formGiven(
  command: Command,
  context: Context,
  name: string | undefined,
): Promise<FormRead> {
  const raw = command.opts<Raw>()
  const values = valueReader()
  const secrets = await secretsGiven(raw, context)
  const registries = values.many('--registry', raw.registry, readRegistry)
  const namespaces = values.many('--share-with', raw.shareWith, readNamespacePattern)
  const runtimes = values.many('--selected-runtimes', raw.selectedRuntimes, readName)
  const given = present({
    name: name === undefined ? undefined : nameGiven(name),
    mode: values.one('--mode', raw.mode, readMode),
    role: values.one('--role', raw.role, readRole),
    account: values.one('--account', raw.account, readAccount),
    externalId: values.one('--external-id', raw.externalId, readExternalId),
    accessKeyId: values.one('--access-key-id', raw.accessKeyId, readAccessKeyId),
    region: values.one('--region', raw.region, readRegion),
    certificateFile: values.one('--cert', raw.cert, readText),
    store: values.one('--external-secret', raw.externalSecret, readStore),
    remoteKey: raw.remoteKey,
    remoteProperty: raw.remoteProperty,
    existing: values.one('--existing-secret', raw.existingSecret, readSecretName),
    secretKey: raw.secretKey,
    secretAccessKey: secrets.secretAccessKey,
    sessionToken: secrets.sessionToken,
    runtimes: runtimesGiven(raw, runtimes),
  })
  const lists = registries.length + namespaces.length
  const fields = Object.keys(given).filter((field) => field !== 'name')
  return {
    given: { ...given, registries, namespaces },
    mistakes: [...values.mistakes, ...secrets.mistakes, ...contradictions(raw)],
    isTouched: fields.length + lists > 0,
    isFlagged: fields.some((field) => !isFromEnvironment(field, raw)) || lists > 0,
  }
}

const isFromEnvironment = (field: string, raw: Raw): boolean =>
  (field === 'secretAccessKey' && raw.secretAccessKeyFile === undefined) ||
  (field === 'sessionToken' && raw.sessionTokenFile === undefined)

function runtimesGiven(raw: Raw, names: readonly string[]): IntegrationSettings['runtimes'] | undefined {
  if (raw.controlPlanes === true) return { is: 'all', controlPlanes: true }
  if (raw.allRuntimes === true) return { is: 'all' }
  return names.length > 0 ? { is: 'selected', names } : undefined
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

const present = <T extends object>(all: T): Present<T> =>
  Object.fromEntries(Object.entries(all).filter(([, one]) => one !== undefined)) as Present<T>

/** Flags that cannot both be meant. */
function contradictions(raw: Raw): readonly string[] {
  const pairs: readonly (readonly [unknown, string, unknown, string])[] = [
    [raw.allRuntimes, '--all-runtimes', raw.selectedRuntimes, '--selected-runtimes'],
    [raw.controlPlanes, '--control-planes', raw.selectedRuntimes, '--selected-runtimes'],
    [raw.role, '--role', raw.accessKeyId, '--access-key-id'],
    [raw.cert, '--cert', raw.externalSecret, '--external-secret'],
    [raw.cert, '--cert', raw.existingSecret, '--existing-secret'],
    [raw.externalSecret, '--external-secret', raw.existingSecret, '--existing-secret'],
  ]
  const both = pairs.flatMap(([one, name, other, otherName]) =>
    one === undefined || other === undefined ? [] : [`${name} and ${otherName}: leave out one of the two`],
  )
  return [
    ...both,
    ...belongs(raw.role, '--role', raw.mode, 'iam-role'),
    ...belongs(raw.accessKeyId, '--access-key-id', raw.mode, 'access-key'),
  ]
}

const belongs = (one: unknown, flag: string, mode: string | undefined, its: Mode): readonly string[] =>
  one !== undefined && mode !== undefined && mode !== its ? [`${flag} belongs to --mode ${its}`] : []

interface SecretsGiven {
  readonly secretAccessKey: SecretText | undefined
  readonly sessionToken: SecretText | undefined
  readonly mistakes: readonly string[]
}

async function secretsGiven(raw: Raw, { terminal, root }: Context): Promise<SecretsGiven> {
  const mistakes: string[] = []
  const read = async (flag: string, file: string | undefined, variable: string) => {
    const text = file === undefined ? root.environment[variable] : await readSecretFile(terminal, file)
    if (file !== undefined && text === undefined) {
      mistakes.push(`${flag}: "${file}" cannot be read, or is empty`)
    }
    return text === undefined || text === '' ? undefined : new SecretText(text)
  }
  return {
    secretAccessKey: await read('--secret-access-key-file', raw.secretAccessKeyFile, SECRET_VARIABLE),
    sessionToken: await read('--session-token-file', raw.sessionTokenFile, SESSION_VARIABLE),
    mistakes,
  }
}
