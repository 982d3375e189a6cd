// This file is about who asks AWS, as users write it: an integration, a service account or an access key, and roles on top.
import { z } from 'zod'
import { hours, minutes } from '../../base/duration.ts'
import { dataKey, namespaceName, objectName } from '../name-fields.ts'
import { exactlyOneOf, goDuration } from './fields.ts'
import { externalId, sessionName, sessionTags } from './session-fields.ts'

const roleArn = () => z.string().min(1).max(600)

const integration = z.object({ name: objectName().describe('The EcrIntegration.') })

const serviceAccount = z.object({
  name: objectName().describe('The service account.'),
  audiences: z
    .array(z.string().min(1).max(253))
    .min(1)
    .max(8)
    .optional()
    .describe('Who its token is for; sts.amazonaws.com where not given.'),
  roleArn: roleArn()
    .optional()
    .describe(
      'The role it asks as: an ARN, or a bare name in the account of the registries. Absent: its annotation eks.amazonaws.com/role-arn.',
    ),
})

const accessKey = z.object({
  secretName: objectName().describe('The Secret that holds the key.'),
  accessKeyIdKey: dataKey()
    .optional()
    .describe('The key of the Secret with the access key id; aws_access_key_id where not given.'),
  secretAccessKeyKey: dataKey()
    .optional()
    .describe('The key of the Secret with the secret access key; aws_secret_access_key where not given.'),
  sessionTokenKey: dataKey()
    .optional()
    .describe(
      'The key of the Secret with the session token, for temporary credentials. Absent: there is none.',
    ),
})

const IN_NAMESPACE = 'Where it is; the namespace of the operator where not given.'
const namespace = () => namespaceName().optional().describe(IN_NAMESPACE)

const ABOUT = 'Who asks AWS: exactly one of its fields. Absent: the integration named "default".'
const sources = ['integration', 'serviceAccount', 'accessKey'] as const

/** Of an object in a namespace: what it names lives there too. */
export const identity = exactlyOneOf(
  z.object({
    integration: integration.optional().describe('A shared integration: it says who may use it.'),
    serviceAccount: serviceAccount.optional().describe('The web identity of a service account.'),
    accessKey: accessKey.optional().describe("An IAM user's access key."),
  }),
  sources,
).describe(ABOUT)

export const clusterIdentity = exactlyOneOf(
  z.object({
    integration: integration
      .optional()
      .describe('A shared integration: every namespace served has to be one it is shared with.'),
    serviceAccount: serviceAccount
      .extend({ namespace: namespace() })
      .optional()
      .describe('The web identity of a service account.'),
    accessKey: accessKey.extend({ namespace: namespace() }).optional().describe("An IAM user's access key."),
  }),
  sources,
).describe(ABOUT)
export type IdentityFields = z.infer<typeof clusterIdentity>

const role = z.object({
  roleArn: roleArn().describe('An ARN, or a bare name in the account of the registries.'),
  externalId: externalId().optional().describe('What the role demands of whom assumes it.'),
  sessionName: sessionName().optional().describe('How the session is called in CloudTrail.'),
  duration: goDuration(minutes(15), hours(12))
    .optional()
    .describe('How long the session lives. AWS allows one hour at most where a role assumes the next.'),
  tags: sessionTags().optional().describe('Session tags; the role has to allow sts:TagSession.'),
  policy: z.string().min(1).max(2048).optional().describe('A session policy, as JSON text.'),
})
export type RoleFields = z.infer<typeof role>

export const assumeRoles = () =>
  z.array(role).max(8).optional().describe('Roles assumed on top of the identity, one after the other.')
