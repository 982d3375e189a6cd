// This file is about what is kept of failed calls, and what is not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Asked, asAwsError, asking, AwsError } from './error.ts'

const asked: Asked = { service: 'ecr', action: 'ecr:GetAuthorizationToken', region: 'us-west-1' }

function sdkError(name: string, status: number | undefined, message = 'm'): Error {
  const error = new Error(message)
  error.name = name
  return Object.assign(error, { $metadata: status === undefined ? {} : { httpStatusCode: status } })
}
const named = (name: string, code?: string): Error =>
  Object.assign(new Error('m'), { name }, code === undefined ? {} : { code })

const rows: readonly { name: string; error: unknown; code: string; status?: number; detail?: string }[] = [
  {
    name: 'an exception keeps its name and status, and no text that may quote a signature',
    error: sdkError('InvalidSignatureException', 403, 'canonical string with x-amz-security-token:abc'),
    code: 'InvalidSignatureException',
    status: 403,
  },
  {
    name: 'a token that a refusal quotes is left out',
    error: sdkError(
      'ValidationError',
      400,
      `Value 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln' and ${'FwoGZXIv'.repeat(30)}== are too long`,
    ),
    code: 'ValidationError',
    status: 400,
    detail: "Value '…' and … are too long",
  },
  {
    name: 'a refusal keeps its text in one line, without request ids and times in session names',
    error: sdkError(
      'AccessDeniedException',
      400,
      'User: arn:aws:sts::1:assumed-role/r/aws-sdk-js-session-1700000000000 is not\n authorized (Request ID: 1b2c3d4e-0000-1111-2222-333344445555)',
    ),
    code: 'AccessDeniedException',
    status: 400,
    detail: 'User: arn:aws:sts::1:assumed-role/r/aws-sdk-js is not authorized',
  },
  {
    name: 'a body that is no AWS answer is malformed',
    error: sdkError('SyntaxError', 502),
    code: 'MalformedAnswer',
    status: 502,
  },
  { name: 'an errno is kept', error: named('Error', 'ENOTFOUND'), code: 'ENOTFOUND' },
  {
    name: 'a timeout of the socket keeps its errno',
    error: named('TimeoutError', 'ECONNRESET'),
    code: 'ECONNRESET',
  },
  { name: 'any other timeout is one', error: named('TimeoutError'), code: 'Timeout' },
  {
    name: 'of several addresses that fail the first counts',
    error: new AggregateError([named('Error', 'ECONNREFUSED'), named('Error', 'EHOSTUNREACH')]),
    code: 'ECONNREFUSED',
  },
  {
    name: 'a chain that found nobody is that, whatever it tried last',
    error: named('CredentialsProviderError', 'EHOSTUNREACH'),
    code: 'NoCredentials',
  },
  { name: 'anything else is unknown', error: new Error('m'), code: 'Unknown' },
  { name: 'what is no error is unknown', error: 'text', code: 'Unknown' },
]
for (const { name, error, code, status, detail } of rows) {
  test(name, () => {
    const kept = asAwsError(asked, error)
    assert.ok(kept instanceof AwsError)
    assert.deepEqual([kept.code, kept.status, kept.detail], [code, status, detail])
    assert.equal(kept.cause, undefined)
  })
}

test('a mistake in the program stays one', () => {
  const bug = new TypeError('x is not a function')
  assert.equal(asAwsError(asked, bug), bug)
})

test('an abort keeps its reason', async () => {
  const stop = new AbortController()
  const reason = new Error('stopping')
  const asking1 = asking({}, asked, stop.signal, async () => {
    stop.abort(reason)
    throw named('AbortError')
  })
  await assert.rejects(asking1, reason)
  await assert.rejects(
    asking({}, asked, stop.signal, async () => 1),
    reason,
  )
})
