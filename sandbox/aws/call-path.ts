// This file is about one call from its bytes to its answer: recognise, identify, fail on request, verify, run, log.
import { partitionOf } from '../partition.ts'
import { type ApiHost, readApiHost } from './api-host.ts'
import type { CallLog } from './call-log.ts'
import type { Caller, Operations, Service } from './call.ts'
import { findKeyHolder, type KeyHolder } from './caller.ts'
import type { ActiveFault, CallFacts, FaultScript } from './faults.ts'
import type { Directory } from './iam/directory.ts'
import type { Settings } from './ledger.ts'
import { AwsError, accessDenied, unknownOperation, wrongSignature } from './protocol/aws-error.ts'
import type { Answer } from './protocol/exchange.ts'
import type { Asked } from './protocol/protocol.ts'
import { recognise } from './protocol/protocol.ts'
import { checkSignature, type Claim, readClaim, type SignedRequest } from './signature.ts'
import { askedSession } from './sts/asked-session.ts'
import type { Sessions } from './sts/session.ts'

export interface CallPathParts {
  readonly operations: Readonly<Record<Service, Operations>>
  readonly directory: Directory
  readonly sessions: Sessions
  readonly faults: FaultScript
  readonly calls: CallLog
  readonly settings: Settings
  readonly now: () => number
}

/** A fault may leave the caller without any answer. */
export type Reply =
  | { readonly is: 'answer'; readonly answer: Answer }
  | { readonly is: 'hang' }
  | { readonly is: 'reset' }

/** Asked without a signature: STS looks at the web identity token instead. */
const UNSIGNED = new Set(['AssumeRoleWithWebIdentity'])
const UNSIGNED_REGION = 'us-east-1'
const SKEW_SECONDS = 900

interface Signer {
  readonly claim: Claim
  readonly holder: KeyHolder | undefined
}

const isKnownThere = ({ settings }: CallPathParts, { principal }: KeyHolder, { region }: Claim): boolean =>
  !settings.partitionsApart || principal.arn.split(':')[1] === partitionOf(region).id

/** What the request says of itself, with the reason when it says nothing readable. */
function readSigner(
  parts: CallPathParts,
  request: SignedRequest,
  asked: Asked,
): Signer | AwsError | undefined {
  if (UNSIGNED.has(asked.operation)) return undefined
  try {
    const claim = readClaim(request)
    const holder = findKeyHolder(claim, parts.directory, parts.sessions)
    return { claim, holder: holder !== undefined && isKnownThere(parts, holder, claim) ? holder : undefined }
  } catch (error) {
    if (error instanceof AwsError) return error
    throw error
  }
}

function faultError(fault: ActiveFault, facts: CallFacts): AwsError | undefined {
  switch (fault.kind) {
    case 'throttle':
      return new AwsError('ThrottlingException', 400, 'Rate exceeded', { code: 'Throttling', status: 400 })
    case 'throttle-429':
      return new AwsError('ThrottlingException', 429, 'Rate exceeded', { code: 'Throttling', status: 429 })
    case 'server-error':
      return new AwsError('ServerException', 500, 'An internal error occurred', {
        code: 'InternalFailure',
        status: 500,
      })
    case 'unavailable':
      return new AwsError('ServiceUnavailableException', 503, 'Service Unavailable', {
        code: 'ServiceUnavailable',
        status: 503,
      })
    case 'access-denied':
      return accessDenied(
        `User: ${facts.principal} is not authorized to perform: ${facts.service}:${facts.operation} on resource: * with an explicit deny in a service control policy`,
      )
    case 'error':
      return new AwsError(fault.code ?? '', fault.status ?? 400, fault.message ?? '')
    case 'hang':
    case 'reset':
    case 'answer-lost':
    case 'mute':
    case 'skew':
    case 'deny':
      return undefined
  }
}

async function identify(
  request: SignedRequest,
  asked: Asked,
  signer: Signer | AwsError | undefined,
  now: number,
): Promise<Caller> {
  if (signer === undefined) return { is: 'nobody' }
  if (signer instanceof AwsError) throw signer
  await checkSignature(request, signer.claim, signer.holder?.key, { service: asked.service, now })
  return signer.holder === undefined ? { is: 'nobody' } : { is: 'known', principal: signer.holder.principal }
}

async function run(
  parts: CallPathParts,
  request: SignedRequest,
  asked: Asked,
  signer: Signer | AwsError | undefined,
  fault: ActiveFault | undefined,
  facts: CallFacts,
): Promise<Answer> {
  const error = fault === undefined ? undefined : faultError(fault, facts)
  if (error !== undefined) throw error
  checkPlace(request, asked, facts.region)
  const skew = fault?.kind === 'skew' ? (fault.aheadSeconds ?? SKEW_SECONDS) * 1000 : 0
  const caller = await identify(request, asked, signer, parts.now() + skew)
  const operation = parts.operations[asked.service][asked.operation]
  if (operation === undefined) throw unknownOperation(asked.operation)
  const { service, operation: name } = asked
  return asked.write(
    await operation({ service, operation: name, region: facts.region, input: asked.readInput(), caller }),
  )
}

const internalFailure = (): AwsError =>
  new AwsError('ServerException', 500, 'The emulator failed', { code: 'InternalFailure', status: 500 })

/** An error's answer, and the code under which it is logged. */
function answerError(asked: Asked, error: unknown): { answer: Answer; outcome: string } {
  const told = error instanceof AwsError ? error : internalFailure()
  const answer = asked.writeError(told)
  const outcome = answer.contentType === 'text/xml' ? told.inQuery.code : told.code
  return { answer, outcome: error instanceof AwsError ? outcome : `bug: ${String(error)}` }
}

const hostOf = (request: SignedRequest): string => request.headers['host'] ?? ''

/** One of AWS's own names, reached through the proxy; undefined for the emulator's address, which is of any region. */
const apiHostOf = (request: SignedRequest): ApiHost | undefined =>
  readApiHost(hostOf(request).replace(/:\d+$/, ''))

/** Each of AWS's servers answers for one service in one region, and says so to signatures made for others. */
function checkPlace(request: SignedRequest, asked: Asked, region: string): void {
  const place = apiHostOf(request)
  if (place === undefined) return
  if (place.service !== asked.service) throw unknownOperation(asked.operation)
  if (place.region !== region) throw wrongSignature('Credential should be scoped to a valid region. ')
}

/** Nobody signs for a web identity, so its call goes by the role it asks for. */
function roleAsked(asked: Asked): string {
  const role = asked.readInput()['RoleArn']
  return typeof role === 'string' ? role : ''
}

/** Undefined for what is no call of an emulated service. */
export async function serve(parts: CallPathParts, request: SignedRequest): Promise<Reply | undefined> {
  const asked = recognise(request)
  if (asked === undefined) return undefined
  const signer = readSigner(parts, request, asked)
  const signed = signer === undefined || signer instanceof AwsError ? undefined : signer
  const facts: CallFacts = {
    service: asked.service,
    operation: asked.operation,
    region: signed?.claim.region ?? apiHostOf(request)?.region ?? UNSIGNED_REGION,
    principal: signed?.holder?.principal.arn ?? (signer === undefined ? roleAsked(asked) : ''),
  }
  const fault = parts.faults.take(facts)
  const sessionPolicies = signed?.holder?.principal.sessionPolicies
  const asks = asked.service === 'sts' ? askedSession(asked.operation, asked.readInput()) : undefined
  const record = (outcome: string): void =>
    parts.calls.record({
      ...facts,
      accessKeyId: signed?.claim.accessKeyId ?? '',
      host: hostOf(request),
      ...(sessionPolicies === undefined ? {} : { sessionPolicies }),
      ...(asks === undefined ? {} : { asks }),
      outcome,
      ...(fault === undefined ? {} : { fault: fault.kind }),
    })
  if (fault?.kind === 'hang' || fault?.kind === 'reset') {
    record(fault.kind)
    return { is: fault.kind }
  }
  try {
    const answer = await run(parts, request, asked, signer, fault, facts)
    record('ok')
    if (fault?.kind === 'answer-lost') return { is: 'reset' }
    if (fault?.kind === 'mute') return { is: 'hang' }
    return { is: 'answer', answer: withDate(answer, parts.now(), fault) }
  } catch (error) {
    const { answer, outcome } = answerError(asked, error)
    record(outcome)
    return { is: 'answer', answer: withDate(answer, parts.now(), fault) }
  }
}

/** Under the skew fault the answer carries the false date too: that is what SDKs correct themselves by. */
function withDate(answer: Answer, now: number, fault: ActiveFault | undefined): Answer {
  if (fault?.kind !== 'skew') return answer
  const date = new Date(now + (fault.aheadSeconds ?? SKEW_SECONDS) * 1000).toUTCString()
  return { ...answer, headers: { ...answer.headers, date } }
}
