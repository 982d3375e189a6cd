// This file is about service accounts on a real API server, as those see them who look at their lists or write them too.
import type { AccountList } from '../../src/model/link.ts'
import { eventually } from './eventually.ts'
import type { Stage } from './stage.ts'

type Lists = Readonly<Partial<Record<AccountList, readonly { readonly name: string }[]>>>

export interface AccountSeen extends Lists {
  readonly metadata: {
    readonly name: string
    readonly resourceVersion: string
    readonly annotations?: Readonly<Record<string, string>>
  }
}

/** The service accounts of one namespace. */
export class LinkedAccounts {
  readonly #stage: Stage
  readonly #namespace: string

  constructor(stage: Stage, namespace: string) {
    this.#stage = stage
    this.#namespace = namespace
  }

  async create(
    name: string,
    labels: Readonly<Record<string, string>> = {},
    lists: Lists = {},
  ): Promise<void> {
    const metadata = { namespace: this.#namespace, name, labels }
    await this.#stage.apply(JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata, ...lists }))
  }

  async get(name: string): Promise<AccountSeen | undefined> {
    const { status, body } = await this.#stage.sandbox.controlPlane.admin.call('GET', this.#path(name))
    return status === 404 ? undefined : (JSON.parse(body) as AccountSeen)
  }

  /** Until its lists are these, names only. */
  async where(
    name: string,
    imagePullSecrets: readonly string[],
    secrets: readonly string[],
  ): Promise<AccountSeen> {
    const wanted = JSON.stringify([imagePullSecrets, secrets])
    let seen = ''
    const look = async (): Promise<AccountSeen | undefined> => {
      const account = await this.get(name)
      seen = JSON.stringify([namesIn(account, 'imagePullSecrets'), namesIn(account, 'secrets')])
      return seen === wanted ? account : undefined
    }
    try {
      return await eventually(`service account ${name} lists ${wanted}`, look, 20_000)
    } catch (error) {
      throw new Error(`${String(error)}; it lists ${seen}`, { cause: error })
    }
  }

  /** As another writer does: read, change, write at the version read, and again where somebody was faster. */
  async edit(name: string, change: (account: AccountSeen) => Lists): Promise<void> {
    await eventually(`service account ${name} is edited`, async () => {
      const account = await this.get(name)
      if (account === undefined) return false
      const written = { ...account, ...change(account) }
      const { status, body } = await this.#stage.sandbox.controlPlane.admin.call(
        'PUT',
        this.#path(name),
        written,
      )
      if (status !== 200 && status !== 409) throw new Error(body)
      return status === 200
    })
  }

  async remove(name: string): Promise<void> {
    await this.#stage.kubectl('delete', 'serviceaccount', name, '-n', this.#namespace)
  }

  #path(name: string): string {
    return `/api/v1/namespaces/${this.#namespace}/serviceaccounts/${name}`
  }
}

export const namesIn = (account: AccountSeen | undefined, list: AccountList): readonly string[] =>
  (account?.[list] ?? []).map(({ name }) => name)

export const recordsOn = ({ metadata }: AccountSeen): readonly string[] =>
  Object.keys(metadata.annotations ?? {}).filter((key) => key.startsWith('everpull.dev/links-'))
