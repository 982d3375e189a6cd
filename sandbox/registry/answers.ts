// This file is about how ECR's registries refuse: statuses, headers and texts.
import type { RegistryHost } from './host.ts'
import type { TokenVerdict } from './token-check.ts'

export interface Refusal {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

export const registryError = (status: number, code: string, message: string): Refusal => ({
  status,
  headers: JSON_TYPE,
  body: `${JSON.stringify({ errors: [{ code, message }] })}\n`,
})

const denied = (message: string, status = 403): Refusal => registryError(status, 'DENIED', message)

/** The private registry asks for Basic with its own words in the body. */
export const askForBasic = (host: string): Refusal => ({
  status: 401,
  headers: {
    'content-type': 'text/plain; charset=utf-8',
    'www-authenticate': `Basic realm="https://${host}/",service="ecr.amazonaws.com"`,
  },
  body: 'Not Authorized\n',
})

/** The public registry sends clients to its token endpoint, even those that want to stay anonymous. */
export const askForBearer = (host: string): Refusal => ({
  status: 401,
  headers: {
    ...JSON_TYPE,
    'www-authenticate': `Bearer realm="https://${host}/token/",service="${host}",scope="aws"`,
  },
  body: `${JSON.stringify({ errors: [{ code: 'DENIED', message: 'Not Authorized' }] })}\n`,
})

const EXPIRED = 'Your authorization token has expired. Reauthenticate and try again.'
const INVALID = 'Your Authorization Token is invalid.'

export const invalidToken = (): Refusal => denied(INVALID, 400)

export const unknownRepository = (repository: string, account: string): Refusal =>
  registryError(
    404,
    'NAME_UNKNOWN',
    `The repository with name '${repository}' does not exist in the registry with id '${account}'`,
  )

/** Undefined when the verdict allows. */
export function refuse(
  verdict: TokenVerdict,
  host: RegistryHost,
  where: { account: string; repository: string },
): Refusal | undefined {
  switch (verdict.is) {
    case 'allowed':
      return undefined
    case 'denied':
      return denied(verdict.because)
    case 'expired':
      // ECR Public answers 400 where the private registries answer 403.
      return host.service === 'ecr' ? denied(EXPIRED) : denied(EXPIRED, 400)
    case 'foreign':
      return verdict.answered === 'expired'
        ? denied(EXPIRED)
        : { status: 400, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'Bad Request\n' }
    case 'unknown':
      return invalidToken()
    case 'no-repository':
      return unknownRepository(where.repository, where.account)
  }
}
