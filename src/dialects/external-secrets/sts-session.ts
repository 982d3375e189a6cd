// This file is about the STSSessionToken generator: the temporary keys it asks for.
import type { Fault } from '../../model/fault.ts'
import type { SessionScope } from '../../model/login.ts'
import type { Warning } from '../dialect.ts'
import { identityOf, type Place } from './credentials.ts'
import { NO_JWT, NO_ROLE, STS_SESSION_TOKEN_COVERAGE } from './generator-coverage.ts'
import { STSSessionTokenSpec } from './generator-schema.ts'
import {
  type Asked,
  covered,
  odd,
  regionFault,
  type ServedGenerator,
  specFault,
  unusable,
} from './served-generator.ts'
import { coveredFields } from './used-fields.ts'

const FIELDS = coveredFields(STS_SESSION_TOKEN_COVERAGE)

/** Seconds, as AWS documents them for users. */
const SHORTEST = 900
const LONGEST = 129_600
const CODE = /^\d{6}$/

export const stsSession: ServedGenerator = { kind: 'STSSessionToken', read }

function read(spec: unknown, place: Place): Asked | Fault {
  const { generator } = place
  const parsed = STSSessionTokenSpec.safeParse(spec ?? {})
  if (!parsed.success) return specFault(parsed.error, generator)
  const flaw = flawOf(parsed.data, generator)
  if (flaw !== undefined) return unusable(flaw)
  const lost = regionFault(parsed.data.region, place)
  if (lost !== undefined) return lost
  const { role: _empty, ...wanted } = parsed.data
  const identity = identityOf(wanted, place)
  if ('is' in identity) return identity
  const used = covered(withoutRole(spec), generator, FIELDS)
  if (used.is === 'fault') return used
  return {
    is: 'asked',
    want: { identity, scope: scopeOf(parsed.data) },
    warnings: [...used.warnings, ...oddities(parsed.data, generator)],
  }
}

/** An empty role is none. */
const withoutRole = (spec: unknown): unknown =>
  typeof spec === 'object' && spec !== null ? { ...spec, role: undefined } : spec

/** What AWS would refuse for ever. */
function flawOf(
  { role = '', auth, requestParameters = {} }: STSSessionTokenSpec,
  generator: string,
): string | undefined {
  const { sessionDuration: seconds, serialNumber = '', tokenCode = '' } = requestParameters
  const parameters = `spec.requestParameters of ${generator}`
  if (auth?.jwt !== undefined) return `${NO_JWT}: leave spec.auth.jwt of ${generator} out`
  if (role !== '') return `spec.role of ${generator} cannot work: ${NO_ROLE}: leave it out`
  if (seconds !== undefined && (seconds < SHORTEST || seconds > LONGEST)) {
    return `${parameters}: a sessionDuration of ${seconds} is not to be had: AWS gives ${SHORTEST} to ${LONGEST} seconds`
  }
  if ((serialNumber === '') !== (tokenCode === '')) {
    return `${parameters}: serialNumber and tokenCode are of use together only`
  }
  return tokenCode === '' || CODE.test(tokenCode)
    ? undefined
    : `${parameters}: tokenCode is not the six digits that an MFA device shows`
}

function scopeOf({ region, requestParameters = {} }: STSSessionTokenSpec): SessionScope {
  const { sessionDuration, serialNumber = '', tokenCode = '' } = requestParameters
  return {
    service: 'session',
    region,
    ...(sessionDuration === undefined ? {} : { lifeSeconds: sessionDuration }),
    ...(serialNumber === '' ? {} : { serialNumber }),
    ...(tokenCode === '' ? {} : { tokenCode }),
  }
}

const oddities = ({ requestParameters }: STSSessionTokenSpec, generator: string): readonly Warning[] =>
  (requestParameters?.tokenCode ?? '') === ''
    ? []
    : [
        odd(
          `AWS takes spec.requestParameters.tokenCode of ${generator} once: these credentials cannot be renewed before it is replaced`,
        ),
      ]
