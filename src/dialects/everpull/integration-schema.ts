// This file is about the EcrIntegration kind as users write it: access to ECR with a name, and who may use it.
import { z } from 'zod'
import { hours, minutes, seconds } from '../../base/duration.ts'
import { dataKey, namespaceName, objectName } from '../name-fields.ts'
import { ciAccess } from './ci-access-schema.ts'
import { conditions, time } from './conditions.ts'
import { exactlyOneOf, goDuration, regionName, ruled } from './fields.ts'
import { namespaces } from './namespaces-schema.ts'
import { registries } from './registry-schema.ts'
import { externalId, sessionName, sessionTags } from './session-fields.ts'

const step = {
  roleArn: z
    .string()
    .min(1)
    .max(600)
    .describe('Its ARN; or its bare name, where `registries` tell one account: it is looked for there.'),
  externalId: externalId().optional().describe('The external id that its trust policy asks for.'),
  sessionName: sessionName()
    .optional()
    .describe('How CloudTrail names the session; everpull- and the name of this object where not given.'),
  tags: sessionTags()
    .optional()
    .describe('Session tags; the trust policy has to allow sts:TagSession as well.'),
}

const LIFE = 'How long its session lives, as a Go duration'

const chainedRole = z.object({
  ...step,
  duration: goDuration(minutes(15), hours(1))
    .optional()
    .describe(`${LIFE}: 15m to 1h, as AWS gives no longer one to a role that a role assumes.`),
})

const iamRole = z.object({
  ...step,
  duration: goDuration(minutes(15), hours(12))
    .optional()
    .describe(
      `${LIFE}: 15m to 12h; one hour where not given, and at most where the operator itself runs as a role.`,
    ),
  chain: z
    .array(chainedRole)
    .max(8)
    .optional()
    .describe('Roles to assume from there on, one after the other.'),
})

const accessKey = ruled(
  z
    .object({
      secretName: objectName().describe('The Secret that holds it.'),
      secretNamespace: namespaceName()
        .optional()
        .describe("Where that Secret is; the operator's own namespace where not given."),
      accessKeyId: z
        .string()
        .min(16)
        .max(128)
        .regex(/^[A-Z0-9]+$/)
        .optional()
        .describe('The access key id itself, which is no secret, instead of a key of the Secret.'),
      accessKeyIdKey: dataKey()
        .optional()
        .describe('The key that holds the access key id; aws_access_key_id where not given.'),
      secretAccessKeyKey: dataKey()
        .optional()
        .describe('The key that holds the secret access key; aws_secret_access_key where not given.'),
      sessionTokenKey: dataKey()
        .optional()
        .describe('The key that holds the session token, for temporary credentials; none where not given.'),
    })
    .refine(
      ({ accessKeyId, accessKeyIdKey }) => accessKeyId === undefined || accessKeyIdKey === undefined,
      'give accessKeyId or accessKeyIdKey, not both',
    ),
  {
    rule: '!has(self.accessKeyId) || !has(self.accessKeyIdKey)',
    message: 'give accessKeyId or accessKeyIdKey, not both',
  },
)

const auth = exactlyOneOf(
  z.object({
    iamRole: iamRole
      .optional()
      .describe(
        'A role, assumed by the AWS identity of the operator itself: its trust policy has to name that.',
      ),
    accessKey: accessKey.optional().describe('The access key of an IAM user, kept in a Secret.'),
    ambient: z
      .object({})
      .optional()
      .describe(
        'The AWS identity of the operator itself: of its service account, its node or its environment.',
      ),
  }),
  ['iamRole', 'accessKey', 'ambient'],
)

const runtimes = ruled(
  z
    .object({
      policy: z
        .enum(['All', 'Selected'])
        .default('All')
        .describe('All: every installation uses it. Selected: those in `names` only.'),
      names: z
        .array(namespaceName())
        .max(64)
        .optional()
        .describe('Installations, by what they were started with as --runtime.'),
    })
    .refine(({ policy, names = [] }) => (policy === 'Selected') === names.length > 0, {
      message: 'names belong to policy Selected, which needs one at least',
    }),
  {
    rule: "(self.policy == 'Selected') == (has(self.names) && size(self.names) > 0)",
    message: 'names belong to policy Selected, which needs one at least',
  },
)

const probe = z.object({
  interval: goDuration(seconds(10), hours(24 * 7))
    .default('1h')
    .describe('How often it is tested though nothing has changed, as a Go duration.'),
  permissions: z
    .array(z.enum(['pull', 'push']))
    .min(1)
    .max(2)
    .default(['pull'])
    .describe('What has to be allowed on its registries.'),
})

const allowedRole = z
  .string()
  .min(1)
  .max(2048)
  .regex(/^arn:[a-z0-9*?-]+:iam::[0-9*?]{1,12}:role\/[!-~]+$/)

export const EcrIntegrationSpec = z.object({
  region: regionName().describe('The AWS region of its registries.'),
  auth: auth.describe('Who asks AWS.'),
  registries: registries()
    .optional()
    .describe(
      'The registries it stands for: it is tested on them, and they tell the account of bare role names.',
    ),
  allowedRoles: z
    .array(allowedRole)
    .max(64)
    .optional()
    .describe(
      'ARNs of the roles that its users may assume from here on, in which * and ? are wildcards that no colon matches; none where not given.',
    ),
  allowedRoleSession: z
    .object({
      externalId: externalId().optional().describe('The external id of those sessions.'),
      tags: sessionTags().optional().describe('The tags of those sessions.'),
    })
    .optional()
    .describe('With what these roles are assumed: users cannot say it themselves.'),
  runtimes: runtimes
    .optional()
    .describe('Which installations of Everpull it is meant for; all where not given.'),
  sharing: z
    .object({ namespaces: namespaces.describe('The namespaces chosen.') })
    .optional()
    .describe("The namespaces whose objects may use it; the operator's own alone where not given."),
  ciAccess: ciAccess()
    .optional()
    .describe(
      'Whom the token endpoint of the operator gives its logins to, by the tokens they show: to those alone that a rule is for.',
    ),
  probe: probe.optional().describe('How it is tested.'),
})
export type EcrIntegrationSpec = z.infer<typeof EcrIntegrationSpec>

/** So many users are named, and so many steps of a test. */
export const MOST_NAMED_USERS = 20
export const MOST_TOLD_STEPS = 256

const testedStep = z.object({
  name: z
    .string()
    .describe('What was tried: credentials, identity, a role, login, registry, or an action of AWS.'),
  on: z.string().optional().describe('The registry or role it was tried on.'),
  result: z.enum(['Passed', 'Denied', 'Failed', 'Skipped']).describe('What came of it.'),
  optional: z.boolean().optional().describe('true: nice to have; without it nothing fails.'),
  inferred: z
    .boolean()
    .optional()
    .describe('true: it was not asked, as asking would write; the other steps speak for it.'),
  reason: z.string().optional().describe('Why not, in one word.'),
  message: z.string().optional().describe('Why not; or what else there is to know about it.'),
  remedy: z.string().optional().describe('What to change.'),
})

const status = z.object({
  observedGeneration: z.int().min(0).optional().describe('The generation of the object this was said about.'),
  conditions: conditions
    .optional()
    .describe('Ready, Reconciling, Stalled, SharingEnforced, InUse and Ignored.'),
  identity: z
    .object({
      account: z.string().describe('The AWS account.'),
      arn: z.string().describe('The ARN.'),
    })
    .optional()
    .describe('Who AWS says it is.'),
  expiresAt: time.optional().describe('When the login dies that was obtained to test it.'),
  lastTestedAt: time.optional().describe('When it was last tested.'),
  permissions: z
    .array(testedStep)
    .max(MOST_TOLD_STEPS)
    .optional()
    .describe('What came of the last test, step by step.'),
  source: z
    .object({
      commit: z.string().describe('The commit in which it last changed.'),
      path: z.string().describe('The file.'),
    })
    .optional()
    .describe('Where in a Git repository it came from, where the operator keeps it in line with one.'),
  usedBy: z
    .object({
      count: z.int().min(0).describe('How many objects are served through it.'),
      first: z.array(z.string()).max(MOST_NAMED_USERS).describe('The first of them by name.'),
    })
    .optional()
    .describe('The objects that are served through it now.'),
})
export type EcrIntegrationStatus = z.infer<typeof status>

export const EcrIntegration = z
  .object({
    spec: EcrIntegrationSpec.describe('Who asks, and who may have it asked.'),
    status: status.optional().describe('What the last test came to; written by the operator.'),
  })
  .describe('Access to Amazon ECR with a name: whom to ask as, for which registries, and who may use it.')
