// This file is about the rules by which the token endpoint hands out an integration's logins, as users write them.
import { z } from 'zod'
import { ruled } from './fields.ts'

/** The issuer of a rule about service accounts of this cluster: the API server itself reviews their tokens. */
export const KUBERNETES = 'kubernetes'

/** What the `sub` of such a token begins with. */
const ACCOUNT_SUBJECT = 'system:serviceaccount:'

const WRONG_ACCOUNT = `subject must begin with ${ACCOUNT_SUBJECT} where issuer is ${KUBERNETES}`

/** `iss` is compared as it stands, so nothing of it may be written in two ways. */
const ISSUER = /^(kubernetes|https:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(\/[^?#@\s]*)?)$/

const rule = ruled(
  z
    .object({
      issuer: z
        .string()
        .max(512)
        .regex(ISSUER, `must be an https:// URL without a query, or ${KUBERNETES}`)
        .describe(
          `The \`iss\` of the token, exactly: an https:// URL that serves /.well-known/openid-configuration; or ${KUBERNETES}, for service accounts of this cluster, which have to be in a namespace of \`sharing\` besides.`,
        ),
      audience: z.string().min(1).max(512).describe('One of the `aud` of the token, exactly.'),
      subject: z
        .string()
        .max(512)
        .regex(/[^*:/]/, 'must say more than wildcards')
        .describe(
          'The whole `sub` of the token: * stands for any characters but / and :, so that repo:org/app:ref:refs/heads/* is every branch of that repository without a slash in its name.',
        ),
      access: z
        .enum(['pull', 'push'])
        .default('pull')
        .describe('pull: logins that cannot push. push: logins that can, as far as the identity may.'),
      reuse: z
        .boolean()
        .default(false)
        .describe(
          'true: a token may be shown as often as one likes while it lives. false: once. Tokens of service accounts may always be shown again.',
        ),
    })
    .refine(
      ({ issuer, subject }) => issuer !== KUBERNETES || subject.startsWith(ACCOUNT_SUBJECT),
      WRONG_ACCOUNT,
    ),
  {
    rule: `self.issuer != '${KUBERNETES}' || self.subject.startsWith('${ACCOUNT_SUBJECT}')`,
    message: WRONG_ACCOUNT,
  },
)

export const ciAccess = () => z.array(rule).max(64)
