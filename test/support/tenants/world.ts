// This file is about what a tenant holds in the end, compared with whom AWS issued it for.
import { ALICE, MALLORY } from './manifests.ts'
import type { SecretSeen, Stage } from '../stage.ts'
import { leaksIn } from '../leaks.ts'
import { CANARIES, roleArn, userArn } from './names.ts'

interface Issued {
  readonly value: string
  readonly holder: string
}

/** Who mallory may be to AWS, wherever the operator runs. */
const MALLORYS: ReadonlySet<string> = new Set([
  userArn(MALLORY),
  roleArn('tenant-jump'),
  roleArn('mallory-jumped'),
  roleArn('mallory-pods'),
])

/** Long ones begin alike, and end alike where they die in the same second. */
const telling = ({ value }: Issued): string => (value.length > 400 ? value.slice(100, 300) : value)

export class Ledger {
  readonly #mine: readonly string[]
  readonly #others: readonly Issued[]

  private constructor(mine: readonly string[], others: readonly Issued[]) {
    this.#mine = mine
    this.#others = others
  }

  /** `alsoMallorys`: ARNs of principals that the setting lends to everybody, or an admin to mallory. */
  static async read(stage: Stage, alsoMallorys: readonly string[] = []): Promise<Ledger> {
    const { secrets } = await stage.admin<{ secrets: readonly Issued[] }>('GET', '/secrets')
    const isMine = ({ holder }: Issued): boolean => MALLORYS.has(holder) || alsoMallorys.includes(holder)
    return new Ledger(
      secrets.filter(isMine).map(telling),
      secrets.filter((one) => !isMine(one)),
    )
  }

  /** Whose credentials, other than mallory's, can be read out of the text. */
  foreignIn(text: string): readonly string[] {
    const values = [...this.#others.map(telling), ...CANARIES]
    return leaksIn(text, values).map((leak) => {
      const index = Number(/^secret (\d+)$/.exec(leak)?.[1] ?? Number.NaN)
      return this.#others[index]?.holder ?? leak
    })
  }

  hasMine(text: string): boolean {
    return leaksIn(text, this.#mine).length > 0
  }
}

/** All that a Secret says, values decoded; without what kubectl noted of what was applied. */
export const textOf = ({ metadata, data }: SecretSeen): string => {
  const { 'kubectl.kubernetes.io/last-applied-configuration': _applied, ...annotations } =
    metadata.annotations ?? {}
  const values = Object.values(data).map((value) => Buffer.from(value, 'base64').toString('latin1'))
  return [JSON.stringify({ ...metadata, annotations }), ...values].join('\n')
}

/** Values as stored, base64. */
export async function secretsOf(stage: Stage, namespace: string): Promise<readonly SecretSeen[]> {
  type Stored = Omit<SecretSeen, 'data'> & Partial<Pick<SecretSeen, 'data'>>
  const found = await stage.get<{ items: readonly Stored[] }>('secrets', '-n', namespace)
  return (found?.items ?? []).map((secret) => ({ ...secret, data: secret.data ?? {} }))
}

interface AccountSeen {
  readonly metadata: { readonly name: string; readonly annotations?: object }
  readonly secrets?: readonly object[]
  readonly imagePullSecrets?: readonly object[]
}

/** What must not change, whoever tries what: alice's Secrets and accounts. */
export async function alicesThings(stage: Stage): Promise<object> {
  const secrets = (await secretsOf(stage, ALICE)).map(
    ({ metadata: { name, uid, labels, annotations }, type, data }) => [
      name,
      { uid, labels, annotations, type, data },
    ],
  )
  const found = await stage.get<{ items: readonly AccountSeen[] }>('serviceaccounts', '-n', ALICE)
  const accounts = (found?.items ?? []).map(
    ({ metadata: { name, annotations }, secrets: linked, imagePullSecrets }) => [
      name,
      { annotations, linked, imagePullSecrets },
    ],
  )
  return { secrets: Object.fromEntries(secrets), accounts: Object.fromEntries(accounts) }
}

const KINDS = [
  'registrylogins.everpull.dev',
  'externalsecrets.external-secrets.io',
  'ecrauthorizationtokens.generators.external-secrets.io',
  'secrets.ecr.mobb.redhat.com',
  'argohelmreposecrets.ecr.mobb.redhat.com',
  'serviceaccounts',
  'configmaps',
  'events',
].join(',')

/** Everything else in mallory's namespace: statuses, events, accounts. */
export const restOf = async (stage: Stage, namespace = MALLORY): Promise<string> =>
  JSON.stringify((await stage.get(KINDS, '-n', namespace)) ?? {})
