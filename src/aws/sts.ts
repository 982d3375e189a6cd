// This file is about STS: how sessions of roles and users are had, and who the caller is.
import type { Credentials } from '@aws-sdk/client-sts'
import type { Duration } from '../base/duration.ts'
import { SecretText } from '../base/secret-text.ts'
import { clientOptions, describe } from './client-options.ts'
import type { Aws, SignedCall } from './connection.ts'
import { type AwsCredentials, fromSdk, NOBODY, type SessionCredentials } from './credentials.ts'
import { AwsError, type Asked, asking } from './error.ts'

export interface AssumeRole extends SignedCall {
  readonly roleArn: string
  readonly sessionName: string
  readonly duration: Duration
  readonly externalId?: string | undefined
  /** A session policy, JSON text. */
  readonly policy?: string | undefined
  /** Session tags. */
  readonly tags?: Readonly<Record<string, string>> | undefined
}

export interface AssumeRoleWithWebIdentity extends Omit<SignedCall, 'credentials'> {
  readonly roleArn: string
  readonly sessionName: string
  /** The JWT that proves who asks; the call is not signed. */
  readonly token: SecretText
  readonly duration: Duration
  /** A session policy, JSON text. */
  readonly policy?: string | undefined
}

export interface GetSessionToken extends SignedCall {
  /** Seconds, 900 to 129,600; AWS's own choice where not given. */
  readonly lifeSeconds?: number | undefined
  readonly serialNumber?: string | undefined
  readonly tokenCode?: string | undefined
}

export interface Caller {
  readonly arn: string
  readonly account: string
}

export function assumeRole(aws: Aws, call: AssumeRole): Promise<AwsCredentials> {
  const asked = describe(aws, 'sts', 'sts:AssumeRole', call, call.roleArn)
  return asking(aws, asked, call.signal, async () => {
    const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts')
    const client = new STSClient(await clientOptions(aws, asked, call.credentials))
    const command = new AssumeRoleCommand({
      RoleArn: call.roleArn,
      RoleSessionName: call.sessionName,
      DurationSeconds: Math.round(call.duration / 1000),
      ExternalId: call.externalId,
      Policy: call.policy,
      ...(call.tags === undefined
        ? {}
        : { Tags: Object.entries(call.tags).map(([Key, Value]) => ({ Key, Value })) }),
    })
    const answer = await client.send(command, { abortSignal: call.signal })
    return sessionOf(asked, answer.Credentials)
  })
}

export function assumeRoleWithWebIdentity(
  aws: Aws,
  call: AssumeRoleWithWebIdentity,
): Promise<AwsCredentials> {
  const asked = describe(aws, 'sts', 'sts:AssumeRoleWithWebIdentity', call, call.roleArn)
  return asking(aws, asked, call.signal, async () => {
    const { AssumeRoleWithWebIdentityCommand, STSClient } = await import('@aws-sdk/client-sts')
    const client = new STSClient(await clientOptions(aws, asked, NOBODY))
    const command = new AssumeRoleWithWebIdentityCommand({
      RoleArn: call.roleArn,
      RoleSessionName: call.sessionName,
      WebIdentityToken: call.token.reveal(),
      DurationSeconds: Math.round(call.duration / 1000),
      Policy: call.policy,
    })
    const answer = await client.send(command, { abortSignal: call.signal })
    return sessionOf(asked, answer.Credentials)
  })
}

/** sts:GetSessionToken: temporary keys of the user who asks. AWS refuses everybody who is a session already. */
export function getSessionToken(aws: Aws, call: GetSessionToken): Promise<SessionCredentials> {
  const asked = describe(aws, 'sts', 'sts:GetSessionToken', call)
  return asking(aws, asked, call.signal, async () => {
    const { GetSessionTokenCommand, STSClient } = await import('@aws-sdk/client-sts')
    const client = new STSClient(await clientOptions(aws, asked, call.credentials))
    const command = new GetSessionTokenCommand({
      DurationSeconds: call.lifeSeconds,
      SerialNumber: call.serialNumber,
      TokenCode: call.tokenCode,
    })
    const answer = await client.send(command, { abortSignal: call.signal })
    return sessionOf(asked, answer.Credentials)
  })
}

/** sts:GetCallerIdentity, which no policy can forbid. */
export function callerIdentity(aws: Aws, call: SignedCall): Promise<Caller> {
  const asked = describe(aws, 'sts', 'sts:GetCallerIdentity', call)
  return asking(aws, asked, call.signal, async () => {
    const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts')
    const client = new STSClient(await clientOptions(aws, asked, call.credentials))
    const { Arn, Account } = await client.send(new GetCallerIdentityCommand({}), { abortSignal: call.signal })
    if (Arn === undefined || Account === undefined) throw new AwsError({ asked, code: 'MalformedAnswer' })
    return { arn: Arn, account: Account }
  })
}

function sessionOf(asked: Asked, given: Credentials | undefined): SessionCredentials {
  if (
    given?.AccessKeyId === undefined ||
    given.SecretAccessKey === undefined ||
    given.SessionToken === undefined
  ) {
    throw new AwsError({ asked, code: 'MalformedAnswer', detail: 'STS answered without credentials' })
  }
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken } = given
  const expiry = given.Expiration === undefined ? {} : { expiration: given.Expiration }
  return {
    ...fromSdk({ accessKeyId, secretAccessKey, ...expiry }),
    sessionToken: new SecretText(SessionToken),
  }
}
