// This file is about a registry as users name it: by its host, or by its account and region.
import { z } from 'zod'
import { regionName, ruled } from './fields.ts'

const FORM = 'give exactly one of host, account (with region) and public: true'

/** Twelve digits; quoted, as YAML takes them for a number otherwise. */
export const accountId = () =>
  z
    .string()
    .max(12)
    .regex(/^[0-9]{12}$/, 'must be the twelve digits of an AWS account, in quotes')

export const registry = ruled(
  z
    .object({
      host: z
        .string()
        .min(1)
        .max(259)
        .optional()
        .describe(
          'As it stands in image references, without a scheme: ACCOUNT.dkr.ecr.REGION.amazonaws.com, public.ecr.aws, or, with region, an alias such as that of a VPC endpoint.',
        ),
      account: accountId()
        .optional()
        .describe('The AWS account, twelve digits in quotes; the host is made of it and region.'),
      region: regionName()
        .optional()
        .describe('The AWS region: with account, or where the host is an alias.'),
      fips: z.boolean().optional().describe('With account: the FIPS host, and the FIPS endpoint of the API.'),
      dualStack: z
        .boolean()
        .optional()
        .describe(
          'With account or public: the host for IPv4 and IPv6, and the endpoint of the API for both.',
        ),
      public: z.boolean().optional().describe('true: Amazon ECR Public.'),
    })
    .refine(isOneForm, FORM),
  {
    rule: '[has(self.host), has(self.account), has(self.public) && self.public].exists_one(is, is)',
    message: FORM,
  },
  { rule: '!has(self.account) || has(self.region)', message: 'account needs the region too' },
  {
    rule: '!(has(self.public) && self.public) || !(has(self.region) || has(self.fips))',
    message: 'public: true takes dualStack and nothing else: ECR Public has one region',
  },
  {
    rule: '!has(self.host) || !(has(self.fips) || has(self.dualStack))',
    message: 'a host says itself whether it is a FIPS or dual-stack one: leave fips and dualStack out',
  },
)
export type RegistryFields = z.infer<typeof registry>

function isOneForm(given: { host?: unknown; account?: unknown; public?: boolean | undefined }): boolean {
  const forms = [given.host !== undefined, given.account !== undefined, given.public === true]
  return forms.filter(Boolean).length === 1
}

export const registries = () => z.array(registry).min(1).max(64)
