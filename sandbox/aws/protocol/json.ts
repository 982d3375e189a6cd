// This file is about AWS JSON 1.1, the protocol of ECR and ECR Public.
import type { Output, Service } from '../call.ts'
import { AwsError } from './aws-error.ts'
import type { Input } from './input.ts'

const SERVICES: ReadonlyMap<string, Service> = new Map([
  ['AmazonEC2ContainerRegistry_V20150921', 'ecr'],
  ['SpencerFrontendService', 'ecr-public'],
])

/** Splits `AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken`; undefined for other services' targets. */
export function readTarget(target: string): { service: Service; operation: string } | undefined {
  const dot = target.indexOf('.')
  const service = SERVICES.get(target.slice(0, dot))
  return service === undefined ? undefined : { service, operation: target.slice(dot + 1) }
}

export function readJsonInput(body: Buffer): Input {
  if (body.length === 0) return {}
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Input
  } catch {
    // Told below as AWS does.
  }
  throw new AwsError('SerializationException', 400, 'Start of structure or map found where not expected.')
}

/** Dates become seconds since the epoch with milliseconds, members that are undefined vanish. */
export const writeJson = (output: Output): string =>
  JSON.stringify(output, function (this: Record<string, unknown>, key, value: unknown) {
    const raw = this[key]
    return raw instanceof Date ? raw.getTime() / 1000 : value
  })

export const writeJsonError = (error: AwsError): string =>
  JSON.stringify({ __type: error.code, message: error.message })
