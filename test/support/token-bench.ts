// This file is about a token endpoint on a bench: its real server and a real issuer, with a cluster and an AWS of a few lines.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, type Instant, instant, systemClock } from '../../src/base/clock.ts'
import type { Fields, Log } from '../../src/base/log.ts'
import { SecretText } from '../../src/base/secret-text.ts'
import { anIntegration, aWorld } from '../../src/dialects/everpull/integration-fixture.ts'
import { integrationRef } from '../../src/dialects/everpull/lending.ts'
import type { Want } from '../../src/model/login.ts'
import type { Resource } from '../../src/model/resource.ts'
import { Exchange } from '../../src/token-endpoint/exchange.ts'
import { type Documents, openDocuments } from '../../src/token-endpoint/https-document.ts'
import { IssuerKeys } from '../../src/token-endpoint/issuer-keys.ts'
import type { AnswerTold, Desk, Obtained, Reviewed } from '../../src/token-endpoint/ports.ts'
import { RateLimit } from '../../src/token-endpoint/rate-limit.ts'
import { type ServerLimits, serve, type TokenServer } from '../../src/token-endpoint/server.ts'
import { OidcIssuer } from './oidc-issuer.ts'
import { tlsIdentity, type TlsIdentity } from './tls-identity.ts'
import { askEndpoint, type RefusalTold, type TokenAnswer, type TokenAsked } from './token-client.ts'

export const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
export const SUBJECT = 'repo:org/app:ref:refs/heads/main'
const ROLE = 'arn:aws:iam::123456789012:role/ecr'

export interface TokenBenchOptions {
  readonly limits?: Partial<ServerLimits>
  readonly perAddress?: { readonly burst: number; readonly perSecond: number }
  readonly perSubject?: { readonly burst: number; readonly perSecond: number }
}

/** An ordinary rule, of that issuer. */
export const ruleOf = (issuer: string, changed: object = {}): object => ({
  issuer,
  audience: 'everpull',
  subject: 'repo:org/app:ref:refs/heads/*',
  ...changed,
})

export class TokenBench implements AsyncDisposable {
  readonly issuer: OidcIssuer
  readonly folder: string
  readonly identity: TlsIdentity
  readonly log: { readonly message: string; readonly fields: Fields }[] = []
  readonly told: AnswerTold[] = []
  readonly wants: Want[] = []
  /** What the API server says about any token. */
  reviewed: Reviewed = { is: 'refused', because: 'unknown' }
  readonly reviewedFor: (readonly string[])[] = []
  /** What the API server takes tokens for itself. */
  apiAudiences: readonly string[] = []
  /** What a review waits for. */
  reviewing: Promise<void> = Promise.resolve()
  /** What AWS gives; a login unless a test says otherwise. */
  mint: (want: Want) => Obtained | Promise<Obtained> = () => ({ is: 'obtained', login: aLogin() })
  leads = true
  /** Milliseconds that the endpoint's clock is ahead of ours. */
  ahead = 0
  server: TokenServer | undefined
  readonly #resources = new Map<string, Resource>()
  readonly #documents: Documents
  readonly #options: TokenBenchOptions
  #desk: Desk

  private constructor(issuer: OidcIssuer, identity: TlsIdentity, folder: string, options: TokenBenchOptions) {
    this.issuer = issuer
    this.identity = identity
    this.folder = folder
    this.#options = options
    this.#documents = openDocuments({ proxyEnv: {}, ca: issuer.ca, timeoutMs: 1000 })
    this.#desk = this.#newDesk(Date.now() - 60_000)
  }

  static async open(options: TokenBenchOptions = {}): Promise<TokenBench> {
    const folder = await mkdtemp(join(tmpdir(), 'everpull-token-'))
    const bench = new TokenBench(await OidcIssuer.open(), await tlsIdentity('endpoint'), folder, options)
    await writeFile(join(folder, 'ca.crt'), bench.identity.cert)
    bench.integration('ci', { ciAccess: [ruleOf(bench.issuer.issuer)] })
    bench.server = await serve({ host: '127.0.0.1', port: 0 }, bench.identity, {
      exchange: bench.exchange(),
      isLeading: () => bench.leads,
      perAddress: bench.#limit(options.perAddress),
      recorder: { answered: (answer) => void bench.told.push(answer) },
      clock: bench.clock,
      log: logInto(bench.log),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    })
    return bench
  }

  get url(): string {
    return this.server?.url ?? ''
  }

  get clock(): Clock {
    return { ...systemClock, now: () => (Date.now() + this.ahead) as Instant }
  }

  integration(name: string, changed: object): void {
    const spec = { auth: { iamRole: { roleArn: ROLE } }, registries: [{ host: HOST }], ...changed }
    this.#resources.set(name, { ...anIntegration(spec), ref: integrationRef(name) })
  }

  /** Another term begins, or this process starts anew. */
  beginTerm(since = Date.now()): void {
    this.#desk = this.#newDesk(since)
  }

  exchange(): Exchange {
    return new Exchange({
      desk: () => (this.leads ? this.#desk : undefined),
      keys: new IssuerKeys({ documents: this.#documents, clock: this.clock }),
      reviewer: {
        review: async (_token, audiences) => {
          this.reviewedFor.push(audiences)
          await this.reviewing
          return this.reviewed
        },
      },
      audience: 'everpull',
      apiAudiences: async () => this.apiAudiences,
      perSubject: this.#limit(this.#options.perSubject),
      clock: this.clock,
    })
  }

  /** One that the rule of `ci` lets in. */
  token(
    changed: object = {},
    ...by: Parameters<OidcIssuer['token']> extends [unknown?, ...infer R] ? R : never
  ) {
    return this.issuer.token({ aud: 'everpull', sub: SUBJECT, ...changed }, ...by)
  }

  ask(asked: Partial<TokenAsked> = {}): Promise<TokenAnswer> {
    return askEndpoint(this.url, this.identity.cert, { integration: 'ci', ...asked })
  }

  /** "200", or status and error of a refusal. */
  async says(asked: Partial<TokenAsked> = {}): Promise<string> {
    const { status, body } = await this.ask(asked)
    return status === 200 ? '200' : `${status} ${(JSON.parse(body) as RefusalTold).error}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server?.close()
    this.#documents.close()
    await this.issuer[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true })
  }

  #limit(of = { burst: 10_000, perSecond: 1000 }): RateLimit {
    return new RateLimit({ ...of, mostRemembered: 1000, clock: systemClock })
  }

  #newDesk(since: number): Desk {
    return {
      since: instant(since),
      look: async (ask) => ask(aWorld([...this.#resources.values()])),
      obtain: async (want, signal) => {
        this.wants.push(want)
        const ended = new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true })
        })
        return Promise.race([this.mint(want), ended])
      },
    }
  }
}

function logInto(lines: { readonly message: string; readonly fields: Fields }[]): Log {
  const note = (message: string, fields: Fields = {}): void => void lines.push({ message, fields })
  const log: Log = { debug: note, info: note, warn: note, error: note, child: () => log }
  return log
}

export const PASSWORD = 'canary-password-of-the-registry'

const aLogin = () =>
  ({
    is: 'registry',
    username: 'AWS',
    password: new SecretText(PASSWORD),
    mintedAt: instant(Date.now()),
    expiresAt: instant(Date.now() + 12 * 3_600_000),
    expiryAssumed: false,
  }) as const
