// This file is about the steps of a renewal as they are seen from outside: each effect it has on the API server or on AWS.
//
// A process that dies between two effects leaves the same world as one that dies just before the later of them, so these
// are all the points at which dying can make a difference to anybody else.
import type { Moment, PassingRequest } from './front.ts'

export type RenewalStep = ApiStep | AwsStep

export interface ApiStep {
  readonly name: string
  readonly at: Moment
  readonly matches: (request: PassingRequest) => boolean
}

/** `hang`: the call for a login has come in, and no login was minted. `mute`: it was minted, and nobody heard of it. */
export interface AwsStep {
  readonly name: string
  readonly fault: 'hang' | 'mute'
}

const isSecretRead = ({ method, resource, name }: PassingRequest): boolean =>
  method === 'GET' && resource === 'secrets' && name !== ''
const isWrite = ({ method }: PassingRequest): boolean => ['POST', 'PUT', 'PATCH'].includes(method)

/** Credentials are read once, and again when they change: a renewal comes by there after a start. */
export const isTakenAtStart = ({ name }: RenewalStep): boolean => name.includes('the credentials')

/** In the order in which a renewal takes them; `holdsKeys` tells Secrets with credentials from those that are kept. */
export function renewalSteps(holdsKeys: (secretName: string) => boolean): readonly RenewalStep[] {
  const effects: readonly (readonly [string, ApiStep['matches']])[] = [
    ['the lease is renewed', (request) => isWrite(request) && request.resource === 'leases'],
    ['the Secret is read', (request) => isSecretRead(request) && !holdsKeys(request.name)],
    ['the credentials are read', (request) => isSecretRead(request) && holdsKeys(request.name)],
    ['the Secret is written', (request) => isWrite(request) && request.resource === 'secrets'],
    ['the status is written', (request) => isWrite(request) && request.resource.endsWith('/status')],
    ['the event is written', (request) => isWrite(request) && request.resource === 'events'],
  ]
  const steps = effects.flatMap(([effect, matches]): readonly RenewalStep[] => [
    { name: `before ${effect}`, at: 'asked', matches },
    { name: `after ${effect}, unheard`, at: 'answered', matches },
    { name: `after ${effect}, heard`, at: 'told', matches },
  ])
  const login: readonly RenewalStep[] = [
    { name: 'before the login is minted', fault: 'hang' },
    { name: 'after the login is minted, unheard', fault: 'mute' },
  ]
  const written = steps.findIndex(({ name }) => name === 'before the Secret is written')
  return steps.toSpliced(written, 0, ...login)
}
