// This file is about the token ECR hands out: base64 of "user:password", with an expiry that may be missing.
import { type Instant, instant } from '../base/clock.ts'
import { SecretText } from '../base/secret-text.ts'
import { AwsError, type Asked } from './error.ts'

export interface AuthorizationToken {
  readonly username: string
  readonly password: SecretText
  /** As AWS says, believable or not. */
  readonly expiresAt: Instant | undefined
  /** With scheme, as AWS gives it; ECR Public names none. */
  readonly proxyEndpoint: string | undefined
}

/** The parts of an answer that both services share. */
export interface AnsweredToken {
  readonly authorizationToken?: string | undefined
  readonly expiresAt?: Date | undefined
  readonly proxyEndpoint?: string | undefined
}

/** Throws `MalformedAnswer` where there is no token, or none of the form "user:password". */
export function decodeToken(asked: Asked, answer: AnsweredToken): AuthorizationToken {
  const text = Buffer.from(answer.authorizationToken ?? '', 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1 || colon === text.length - 1) {
    throw new AwsError({ asked, code: 'MalformedAnswer', detail: 'unexpected token format' })
  }
  const expiry = answer.expiresAt?.getTime() ?? Number.NaN
  return {
    username: text.slice(0, colon),
    password: new SecretText(text.slice(colon + 1)),
    expiresAt: Number.isNaN(expiry) ? undefined : instant(expiry),
    proxyEndpoint: answer.proxyEndpoint,
  }
}
