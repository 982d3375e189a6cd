// This file is about one registry request: who sends it, whether that one may, and then on to the registry behind.
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  askForBasic,
  askForBearer,
  invalidToken,
  type Refusal,
  refuse,
  registryError,
  unknownRepository,
} from './answers.ts'
import { pass } from './backend.ts'
import { backendName } from './backend-name.ts'
import type { RegistryHost } from './host.ts'
import { ANONYMOUS_TOKEN, type Login, readLogin } from './login.ts'
import type { PullLog } from './pull-log.ts'
import { type Route, readRoute } from './route.ts'
import type { TokenCheck, TokenVerdict } from './token-check.ts'

export interface RegistryParts {
  readonly backend: string
  readonly tokens: TokenCheck
  readonly pulls: PullLog
}

interface Visit {
  readonly parts: RegistryParts
  /** As the client wrote it. */
  readonly hostName: string
  readonly host: RegistryHost
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
}

type Entrance =
  | { readonly is: 'open'; readonly principal: string; readonly account: string }
  | { readonly is: 'closed'; readonly principal: string; readonly refusal: Refusal }

const closed = (refusal: Refusal, principal = ''): Entrance => ({ is: 'closed', refusal, principal })

const principalOf = (verdict: TokenVerdict): string => (verdict.is === 'unknown' ? '' : verdict.principal)

/** Reading the public registry takes no permission, only a living token or none at all. */
function actionsOf(host: RegistryHost, route: Route): readonly (readonly string[])[] {
  const reads = route.operation === 'pull' || route.operation === 'tags'
  if (host.service === 'ecr-public' && reads) return []
  return route.actions.map((group) => group.map((action) => `${host.service}:${action}`))
}

async function checkPassword(visit: Visit, route: Route, password: string): Promise<Entrance> {
  const { host } = visit
  const verdict = await visit.parts.tokens.authorize({
    service: host.service,
    password,
    account: route.account,
    region: host.region,
    ...(route.repository === undefined ? {} : { repository: route.repository }),
    actions: actionsOf(host, route),
  })
  const where = { account: route.account, repository: route.repository ?? '' }
  const refusal = refuse(verdict, host, where)
  if (refusal !== undefined) return closed(refusal, principalOf(verdict))
  return {
    is: 'open',
    principal: principalOf(verdict),
    account: verdict.is === 'allowed' ? verdict.account : route.account,
  }
}

async function admitAnonymous(visit: Visit, route: Route): Promise<Entrance> {
  if (route.operation === 'ping') return { is: 'open', principal: 'anonymous', account: '' }
  if (route.operation !== 'pull' && route.operation !== 'tags')
    return closed(askForBearer(visit.hostName), 'anonymous')
  const { account, repository = '' } = route
  const owner = await visit.parts.tokens.ownerOf({
    service: visit.host.service,
    account,
    region: visit.host.region,
    repository,
  })
  if (owner === undefined) return closed(unknownRepository(repository, account), 'anonymous')
  return { is: 'open', principal: 'anonymous', account: owner }
}

async function enter(visit: Visit, route: Route): Promise<Entrance> {
  const { host, hostName, request } = visit
  const login = readLogin(request.headers.authorization, host.service === 'ecr' ? 'basic' : 'bearer')
  switch (login.is) {
    case 'none':
      return closed(host.service === 'ecr' ? askForBasic(hostName) : askForBearer(hostName))
    case 'unreadable':
      return closed(host.service === 'ecr' ? askForBasic(hostName) : invalidToken())
    case 'anonymous':
      return admitAnonymous(visit, route)
    case 'password':
      return checkPassword(visit, route, login.password)
  }
}

function sendRefusal(visit: Visit, refusal: Refusal): void {
  const body = Buffer.from(refusal.body)
  visit.request.resume()
  visit.response.writeHead(refusal.status, {
    'docker-distribution-api-version': 'registry/2.0',
    ...refusal.headers,
    'content-length': body.length,
  })
  visit.response.end(visit.request.method === 'HEAD' ? undefined : body)
}

const answerJson = (visit: Visit, body: unknown): void =>
  sendRefusal(visit, {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

/** `GET /token/`: the public registry's way from Basic to Bearer; the token is the login itself. */
async function answerToken(visit: Visit): Promise<{ status: number; principal: string; refusal?: Refusal }> {
  const login: Login = readLogin(visit.request.headers.authorization, 'basic')
  if (login.is === 'none') {
    answerJson(visit, { token: ANONYMOUS_TOKEN })
    return { status: 200, principal: 'anonymous' }
  }
  const route: Route = { operation: 'ping', account: '', actions: [], rest: '' }
  const entrance =
    login.is === 'password' ? await checkPassword(visit, route, login.password) : closed(invalidToken())
  if (entrance.is === 'closed') {
    sendRefusal(visit, entrance.refusal)
    return { status: entrance.refusal.status, principal: entrance.principal, refusal: entrance.refusal }
  }
  answerJson(visit, { token: visit.request.headers.authorization?.replace(/^\w+ +/, '') })
  return { status: 200, principal: entrance.principal }
}

/** Whoever may not read the other repository cannot mount from it. */
async function mayMount(visit: Visit, from: Pick<Route, 'account' | 'repository'>): Promise<boolean> {
  const route: Route = { ...from, operation: 'pull', actions: [['GetDownloadUrlForLayer']], rest: '' }
  return (await enter(visit, route)).is === 'open'
}

/** Mounting names a second repository, which must be translated too; a mount that is refused becomes an upload. */
async function queryOf(visit: Visit, account: string): Promise<string> {
  const from = visit.url.searchParams.get('from')
  if (from === null) return visit.url.search
  const query = new URLSearchParams(visit.url.searchParams)
  const name = visit.host.service === 'ecr' ? from : from.slice(from.indexOf('/') + 1)
  if (await mayMount(visit, { account, repository: name })) {
    query.set('from', backendName({ ...visit.host, account, name }))
  } else {
    query.delete('from')
    query.delete('mount')
  }
  return `?${query.toString()}`
}

async function passOn(
  visit: Visit,
  route: Route,
  account: string,
): Promise<{ status: number; refusal?: Refusal }> {
  const { repository } = route
  if (repository === undefined) {
    answerJson(visit, '')
    return { status: 200 }
  }
  const passed = await pass(
    {
      backend: visit.parts.backend,
      host: visit.hostName,
      clientName: visit.host.service === 'ecr' ? repository : `${route.account}/${repository}`,
      backendName: backendName({ ...visit.host, account, name: repository }),
      rest: route.rest,
      query: await queryOf(visit, account),
    },
    visit.request,
    visit.response,
  )
  if (passed.is === 'answered') return { status: passed.status }
  sendRefusal(visit, passed.refusal)
  return { status: passed.refusal.status, refusal: passed.refusal }
}

const wordsOf = (refusal: Refusal | undefined): { because?: string } =>
  refusal === undefined ? {} : { because: refusal.body.trim() }

async function visitToken(visit: Visit): Promise<void> {
  const { status, principal, refusal } = await answerToken(visit)
  const method = visit.request.method ?? ''
  const asked = { host: visit.hostName, operation: 'token', method, repository: '', rest: '' } as const
  visit.parts.pulls.record({ ...asked, principal, status, ...wordsOf(refusal) })
}

async function visitRoute(visit: Visit, route: Route): Promise<void> {
  const entrance = await enter(visit, route)
  const asked = {
    host: visit.hostName,
    operation: route.operation,
    method: visit.request.method ?? '',
    repository: route.repository ?? '',
    rest: route.rest,
    principal: entrance.principal,
  }
  if (entrance.is === 'closed') {
    sendRefusal(visit, entrance.refusal)
    visit.parts.pulls.record({ ...asked, status: entrance.refusal.status, ...wordsOf(entrance.refusal) })
    return
  }
  const { status, refusal } = await passOn(visit, route, entrance.account)
  visit.parts.pulls.record({ ...asked, status, ...wordsOf(refusal) })
}

/** Answers one request for a registry's host name. */
export async function visitRegistry(
  parts: RegistryParts,
  hostName: string,
  host: RegistryHost,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', `https://${hostName}`)
  const visit: Visit = { parts, hostName, host, request, response, url }
  if (host.service === 'ecr-public' && /^\/token\/?$/.test(url.pathname)) return visitToken(visit)
  const route = readRoute(host, request.method ?? 'GET', url.pathname)
  if (route !== undefined) return visitRoute(visit, route)
  sendRefusal(visit, registryError(404, 'NOT_FOUND', 'page not found'))
}
