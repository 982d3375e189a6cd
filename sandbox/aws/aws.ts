// This file is about the AWS emulator as a whole: its parts built, one HTTP server on loopback before them.
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { systemClock } from '../../src/base/clock.ts'
import type { TokenCheck } from '../registry/token-check.ts'
import { adminApi, type Controls } from './admin.ts'
import { type CallLog, createCallLog } from './call-log.ts'
import { credentialEndpoints } from './credential-endpoints.ts'
import { authorizePrivate, authorizePublic } from './ecr/authorization.ts'
import { imageActions, publicImageActions } from './ecr/image-actions.ts'
import { noImages, registryImages } from './ecr/registry-images.ts'
import { createRepositories, type Repositories } from './ecr/repository.ts'
import { createTokens } from './ecr/token.ts'
import { createFaultScript, type FaultScript } from './faults.ts'
import { createDirectory, type Directory } from './iam/directory.ts'
import { iamOperations } from './iam/iam.ts'
import { type IssuedSecret, openLedger, type PodIdentityAssociation, type Settings } from './ledger.ts'
import type { AwsOptions, OidcProvider } from './options.ts'
import { jsonAnswer, readRequest, send } from './protocol/exchange.ts'
import { registryTokens } from './registry-tokens.ts'
import { sealWith } from './seal.ts'
import { type Reply, serve, type CallPathParts } from './call-path.ts'
import { createSessions } from './sts/session.ts'
import type { StsParts } from './sts/assume-role.ts'
import { stsOperations } from './sts/sts.ts'

export interface SandboxAws {
  /** `http://127.0.0.1:<port>`; every service answers there. */
  readonly url: string
  readonly port: number
  /** Users, roles, keys and policies. */
  readonly iam: Directory
  readonly repositories: Repositories
  /** For the registry front. */
  readonly tokens: TokenCheck
  readonly faults: FaultScript
  readonly calls: CallLog
  settings(): Settings
  changeSettings(change: Partial<Settings>): void
  /** Moves the token clock, and it alone, ahead of real time: tokens age by as much. */
  setClockAhead(seconds: number): void
  /** Everything issued until now is dead: tokens at registries, or sessions at every service. */
  revokeTokens(): void
  revokeSessions(): void
  /** Providers are not kept over a restart: their keys are fetched by functions. */
  addOidcProvider(provider: OidcProvider): void
  /** `public.ecr.aws/<alias>/…` belongs to the account. */
  setAlias(alias: string, account: string): void
  setInstanceRole(roleArn: string): void
  /** Cuts the connections of calls that hang: their callers need not wait until their patience ends. */
  cutHanging(): void
  associate(association: PodIdentityAssociation): void
  /** Every secret access key, session token and ECR password ever issued, for leak sweeps. */
  secrets(): readonly IssuedSecret[]
  /** Environment variables that point SDKs here; no credentials among them. */
  environment(): Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Listens on loopback; port 0 takes any free one. */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

function buildParts(
  options: AwsOptions,
  hanging: ReadonlySet<Socket>,
): {
  controls: Controls
  service: CallPathParts
  sts: StsParts
  credentials: ReturnType<typeof credentialEndpoints>
} {
  const ledger = openLedger(options.stateFile, options.tokenLifeSeconds)
  const { book } = ledger
  const clock = options.clock ?? systemClock
  const now = (): number => Date.now()
  const seal = sealWith(Buffer.from(book.sealKey, 'base64'))
  const faults = createFaultScript()
  const directory = createDirectory(ledger, (principal, action, resource) =>
    faults.denies({ principals: [principal.arn, principal.holder], action, resource }),
  )
  const repositories = createRepositories(ledger)
  const sessions = createSessions(ledger, seal, now)
  const tokens = createTokens(ledger, seal, clock)
  const calls = createCallLog()
  const providers = [...(options.oidcProviders ?? [])]
  const images = options.registryBackend === undefined ? noImages : registryImages(options.registryBackend)
  const sts: StsParts = { directory, sessions, now, oidcProviders: () => providers }
  const authorization = { directory, tokens, settings: book.settings }
  const actions = imageActions({ directory, repositories, images })
  const change = (apply: () => void): void => {
    apply()
    ledger.save()
  }
  return {
    sts,
    credentials: credentialEndpoints(ledger, sts),
    service: {
      directory,
      sessions,
      faults,
      calls,
      settings: book.settings,
      now,
      operations: {
        ecr: { ...actions, GetAuthorizationToken: (call) => authorizePrivate(authorization, call) },
        'ecr-public': {
          ...publicImageActions(actions),
          GetAuthorizationToken: (call) => authorizePublic(authorization, call),
        },
        sts: stsOperations(sts),
        iam: iamOperations(directory),
      },
    },
    controls: {
      iam: directory,
      repositories,
      tokens: registryTokens({ ledger, directory, tokens, repositories }),
      faults,
      calls,
      settings: () => book.settings,
      changeSettings: (settings) => change(() => Object.assign(book.settings, settings)),
      setClockAhead: (seconds) => change(() => (book.clockAheadMs = seconds * 1000)),
      revokeTokens: () => change(() => (book.tokensRevokedAt = clock.now())),
      revokeSessions: () => change(() => (book.sessionsRevokedAt = now())),
      addOidcProvider: (provider) => void providers.push(provider),
      setAlias: (alias, account) => change(() => (book.aliases[alias] = account)),
      setInstanceRole: (role) => change(() => (book.instanceRole = role)),
      cutHanging: () => hanging.forEach((socket) => socket.resetAndDestroy()),
      associate: (association) => change(() => book.associations.push(association)),
      secrets: () => ledger.secrets(),
    },
  }
}

const environment = (url: string): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: url,
  AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
  AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1/credentials`,
})

export async function startAws(options: AwsOptions = {}): Promise<SandboxAws> {
  const hanging = new Set<Socket>()
  const { controls, service, credentials } = buildParts(options, hanging)
  const admin = adminApi(controls)
  const answer = async (
    request: Parameters<typeof readRequest>[0],
    response: ServerResponse,
  ): Promise<void> => {
    const read = await readRequest(request)
    const told = (await admin(read)) ?? (await credentials(read))
    const reply: Reply | undefined =
      told === undefined ? await serve(service, read) : { is: 'answer', answer: told }
    if (reply?.is === 'hang') {
      hanging.add(request.socket)
      request.socket.once('close', () => hanging.delete(request.socket))
      return
    }
    if (reply?.is === 'reset') request.socket.resetAndDestroy()
    else send(response, reply?.answer ?? jsonAnswer({ message: 'no such service' }, 404))
  }
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent || request.socket.destroyed) request.socket.destroy()
      else send(response, jsonAnswer({ message: String(error) }, 500))
    })
  })
  const port = await listen(server, options.port ?? 0)
  const url = `http://127.0.0.1:${port}`
  return {
    ...controls,
    url,
    port,
    environment: () => environment(url),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
