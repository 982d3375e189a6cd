// This file is about recognising a request: which service and operation it asks for, and how to answer it.
import type { Output, Service } from '../call.ts'
import { requestId } from '../identifiers.ts'
import type { SignedRequest } from '../signature.ts'
import type { AwsError } from './aws-error.ts'
import type { Answer } from './exchange.ts'
import type { Input } from './input.ts'
import { readJsonInput, readTarget, writeJson, writeJsonError } from './json.ts'
import { readForm, writeXml, writeXmlError, XMLNS } from './query.ts'

export interface Asked {
  readonly service: Service
  readonly operation: string
  /** Throws SerializationException. */
  readInput(): Input
  write(output: Output): Answer
  writeError(error: AwsError): Answer
}

function jsonCall(request: SignedRequest, service: Service, operation: string): Asked {
  const answer = (status: number, body: string): Answer => ({
    status,
    contentType: 'application/x-amz-json-1.1',
    headers: { 'x-amzn-requestid': requestId() },
    body,
  })
  return {
    service,
    operation,
    readInput: () => readJsonInput(request.body),
    write: (output) => answer(200, writeJson(output)),
    writeError: (error) => answer(error.status, writeJsonError(error)),
  }
}

const IAM_VERSION = '2010-05-08'

function queryCall(input: Input): Asked | undefined {
  const operation = input['Action']
  if (typeof operation !== 'string') return undefined
  const service = input['Version'] === IAM_VERSION ? 'iam' : 'sts'
  const id = requestId()
  const answer = (status: number, body: string): Answer => ({
    status,
    contentType: 'text/xml',
    headers: { 'x-amzn-requestid': id },
    body,
  })
  return {
    service,
    operation,
    readInput: () => input,
    write: (output) => answer(200, writeXml(operation, output, XMLNS[service], id)),
    writeError: (error) => answer(error.inQuery.status, writeXmlError(error, XMLNS[service], id)),
  }
}

/** Undefined for a request that is no call of the emulated services. */
export function recognise(request: SignedRequest): Asked | undefined {
  const target = request.headers['x-amz-target']
  if (target !== undefined) {
    const found = readTarget(target)
    return found === undefined ? undefined : jsonCall(request, found.service, found.operation)
  }
  return queryCall(request.method === 'POST' ? readForm(request.body) : request.query)
}
