// This file is about errors as AWS names them: one code for the JSON services, one for STS and IAM.

/** Thrown by an operation, answered by the protocol it was asked in. */
export class AwsError extends Error {
  readonly code: string
  readonly status: number
  /** Code and status in the query protocol, where they differ. */
  readonly inQuery: { readonly code: string; readonly status: number }
  constructor(code: string, status: number, message: string, inQuery?: { code: string; status: number }) {
    super(message)
    this.name = 'AwsError'
    this.code = code
    this.status = status
    this.inQuery = inQuery ?? { code, status }
  }
}

const SIGNING_ADVICE =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'

export const unknownKey = (): AwsError =>
  new AwsError('UnrecognizedClientException', 400, 'The security token included in the request is invalid.', {
    code: 'InvalidClientTokenId',
    status: 403,
  })

export const wrongSignature = (message = SIGNING_ADVICE): AwsError =>
  new AwsError('InvalidSignatureException', 400, message, { code: 'SignatureDoesNotMatch', status: 403 })

export const expiredSession = (): AwsError =>
  new AwsError('ExpiredTokenException', 400, 'The security token included in the request is expired', {
    code: 'ExpiredToken',
    status: 403,
  })

export const missingSignature = (): AwsError =>
  new AwsError('MissingAuthenticationTokenException', 400, 'Missing Authentication Token', {
    code: 'MissingAuthenticationToken',
    status: 403,
  })

export const incompleteSignature = (message: string): AwsError =>
  new AwsError('IncompleteSignatureException', 400, message, { code: 'IncompleteSignature', status: 400 })

export const accessDenied = (message: string): AwsError =>
  new AwsError('AccessDeniedException', 400, message, { code: 'AccessDenied', status: 403 })

export const unknownOperation = (name: string): AwsError =>
  new AwsError('UnknownOperationException', 400, `Unknown operation ${name}`, {
    code: 'InvalidAction',
    status: 400,
  })

export const validationError = (message: string): AwsError => new AwsError('ValidationError', 400, message)
export const invalidParameter = (message: string): AwsError =>
  new AwsError('InvalidParameterException', 400, message)
