// This file is about the emulator's own HTTP API under /_sandbox/: faults, calls, clock, settings, identities.
import type { RepositoryAsk, TokenAsk } from '../registry/token-check.ts'
import type { NewRole, NewUser } from './iam/directory.ts'
import { FAULT_KINDS, type FaultRule } from './faults.ts'
import type { PolicyDocument } from './iam/policy-document.ts'
import type { Settings } from './ledger.ts'
import { AwsError } from './protocol/aws-error.ts'
import { type Answer, jsonAnswer } from './protocol/exchange.ts'
import type { RepositoryKey } from './ecr/repository.ts'
import type { SignedRequest } from './signature.ts'
import type { SandboxAws } from './aws.ts'

/** What the admin API can do is what the emulator's own methods do. */
export type Controls = Omit<SandboxAws, 'url' | 'port' | 'environment' | 'close'>

type Route = (request: { body: unknown; query: Readonly<Record<string, string>> }) => unknown

const bad = (message: string): AwsError => new AwsError('BadRequest', 400, message)

function fault(body: unknown): FaultRule {
  const rule = body as FaultRule
  if (!FAULT_KINDS.includes(rule.kind)) throw bad(`kind must be one of ${FAULT_KINDS.join(', ')}`)
  if (rule.kind === 'error' && typeof rule.code !== 'string') throw bad('error needs a code')
  if (rule.kind === 'deny' && typeof rule.action !== 'string') throw bad('deny needs an action')
  return rule
}

/** Bodies are the direct methods' own arguments; a client of this API is a test or our CLI, on loopback. */
const routes = (controls: Controls): Readonly<Record<string, Route>> => ({
  'GET /health': () => ({ ok: true }),
  'GET /calls': ({ query }) => ({
    calls: controls.calls.list({
      ...query,
      ...(query['since'] ? { since: Number(query['since']) } : { since: 0 }),
    }),
  }),
  'DELETE /calls': () => controls.calls.clear(),
  'GET /counters': () => ({ counters: controls.calls.counts() }),
  'GET /faults': () => ({ faults: controls.faults.list() }),
  'POST /faults': ({ body }) => ({ id: controls.faults.add(fault(body)) }),
  'DELETE /faults': ({ query }) => controls.faults.clear(query['id']),
  'GET /secrets': () => ({ secrets: controls.secrets() }),
  'GET /settings': () => controls.settings(),
  'PUT /settings': ({ body }) => controls.changeSettings(body as Partial<Settings>),
  'PUT /clock': ({ body }) => controls.setClockAhead((body as { aheadSeconds: number }).aheadSeconds),
  'POST /hanging/cut': () => controls.cutHanging(),
  'POST /tokens/revoke': () => controls.revokeTokens(),
  'POST /sessions/revoke': () => controls.revokeSessions(),
  'POST /authorize': ({ body }) => controls.tokens.authorize(body as TokenAsk),
  'POST /repository-owner': async ({ body }) => ({
    account: await controls.tokens.ownerOf(body as RepositoryAsk),
  }),
  'POST /users': ({ body }) => ({ arn: controls.iam.createUser(body as NewUser).arn }),
  'POST /roles': ({ body }) => ({ arn: controls.iam.createRole(body as NewRole).arn }),
  'DELETE /principals': ({ query }) => controls.iam.delete(query['arn'] ?? ''),
  'POST /access-keys': ({ body }) => controls.iam.createAccessKey((body as { user: string }).user),
  'PUT /access-keys': ({ body }) => {
    const { id, active } = body as { id: string; active: boolean }
    controls.iam.setAccessKeyActive(id, active)
  },
  'DELETE /access-keys': ({ query }) => controls.iam.deleteAccessKey(query['id'] ?? ''),
  'PUT /policies': ({ body }) => {
    const { holder, name, document } = body as {
      holder: string
      name: string
      document: PolicyDocument | null
    }
    controls.iam.putPolicy(holder, name, document)
  },
  'PUT /trust': ({ body }) => {
    const { role, trust } = body as { role: string; trust: PolicyDocument }
    controls.iam.setTrust(role, trust)
  },
  'POST /repositories': ({ body }) => {
    const { policy, ...key } = body as RepositoryKey & { policy?: PolicyDocument }
    controls.repositories.create(key, policy)
  },
  'PUT /aliases': ({ body }) => {
    const { alias, account } = body as { alias: string; account: string }
    controls.setAlias(alias, account)
  },
  'PUT /instance-role': ({ body }) => controls.setInstanceRole((body as { role: string }).role),
  'POST /associations': ({ body }) => controls.associate(body as Parameters<typeof controls.associate>[0]),
})

const PREFIX = '/_sandbox'

const single = (query: SignedRequest['query']): Record<string, string> =>
  Object.fromEntries(Object.entries(query).map(([k, v]) => [k, Array.isArray(v) ? (v[0] ?? '') : v]))

/** Undefined for requests outside /_sandbox/. */
export function adminApi(controls: Controls): (request: SignedRequest) => Promise<Answer | undefined> {
  const table = routes(controls)
  return async (request) => {
    if (!request.path.startsWith(`${PREFIX}/`)) return undefined
    const route = table[`${request.method} ${request.path.slice(PREFIX.length)}`]
    if (route === undefined) return jsonAnswer({ error: 'no such route' }, 404)
    try {
      const body: unknown = request.body.length > 0 ? JSON.parse(request.body.toString('utf8')) : {}
      return jsonAnswer((await route({ body, query: single(request.query) })) ?? {})
    } catch (error) {
      if (error instanceof AwsError || error instanceof SyntaxError)
        return jsonAnswer({ error: error.message }, 400)
      throw error
    }
  }
}
