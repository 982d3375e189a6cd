// This file is about the generators that are served as users write them: who asks AWS, and for what.
import { z } from 'zod'
import { dataKey, namespaceName, objectName } from '../name-fields.ts'

const secretKeyRef = z.object({
  name: objectName()
    .optional()
    .describe('The Secret, in the namespace of the object that uses the generator.'),
  key: dataKey().optional().describe('The key in that Secret.'),
  namespace: namespaceName()
    .optional()
    .describe(
      'Has no effect: the Secret is always read in the namespace of the object that uses the generator.',
    ),
})
export type SecretKeySelector = z.infer<typeof secretKeyRef>

const serviceAccountRef = z.object({
  name: objectName().describe('The service account, in the namespace of the object that uses the generator.'),
  namespace: namespaceName().optional().describe('Has no effect, as in secretRef.'),
  audiences: z
    .array(z.string())
    .optional()
    .describe(
      "Asked for besides the service account's own audience, or sts.amazonaws.com where it names none.",
    ),
})

const auth = z.object({
  secretRef: z
    .object({
      accessKeyIDSecretRef: secretKeyRef.optional().describe('Where the access key id is.'),
      secretAccessKeySecretRef: secretKeyRef.optional().describe('Where the secret access key is.'),
      sessionTokenSecretRef: secretKeyRef
        .optional()
        .describe('Where the session token is, for temporary credentials.'),
    })
    .optional()
    .describe('Static credentials. Wins over jwt where both are given.'),
  jwt: z
    .object({
      serviceAccountRef: serviceAccountRef
        .optional()
        .describe('A service account annotated with the role to assume (eks.amazonaws.com/role-arn).'),
    })
    .optional()
    .describe("Exchanges a service account's token for credentials of its role."),
})

const region = z
  .string()
  .describe('The AWS region to ask. Empty: the region the operator is configured with.')

const asker = auth.optional().describe("Who asks. Absent: the operator's own AWS identity.")

export const ECRAuthorizationTokenSpec = z.object({
  region,
  role: z.string().optional().describe('A role to assume before the token is asked for.'),
  scope: z
    .string()
    .optional()
    .describe('"public" asks ECR Public; anything else the private registries of the region.'),
  auth: asker,
})
export type ECRAuthorizationTokenSpec = z.infer<typeof ECRAuthorizationTokenSpec>

export const ECRAuthorizationToken = z
  .object({ spec: ECRAuthorizationTokenSpec.optional() })
  .describe('Asks Amazon ECR for a token that opens every registry its identity may use in a region.')

/** sessionDuration in seconds. */
const requestParameters = z.object({
  sessionDuration: z
    .int32()
    .optional()
    .describe('How long the credentials live, in seconds: 900 to 129600; 12 hours where not given.'),
  serialNumber: z
    .string()
    .optional()
    .describe("The asker's MFA device: its serial number, or its ARN where it is a virtual one."),
  tokenCode: z.string().optional().describe('What that device shows: it can be used once.'),
})

export const STSSessionTokenSpec = z.object({
  region,
  role: z
    .string()
    .optional()
    .describe('A role to assume first. AWS gives no session token to a role: leave it out.'),
  auth: asker,
  requestParameters: requestParameters.optional().describe('What is asked of AWS STS besides.'),
})
export type STSSessionTokenSpec = z.infer<typeof STSSessionTokenSpec>

export const STSSessionToken = z
  .object({ spec: STSSessionTokenSpec.optional() })
  .describe('Asks AWS STS for temporary credentials of the one who asks (GetSessionToken).')
