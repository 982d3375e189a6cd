// This file is about what a commit says of a change to an integration, so that whoever reads the log knows how it was tested.
import type { IntegrationAccess, IntegrationSettings } from '../../operator/commands/integrations.ts'
import type { ChangeAsked } from '../../operator/commands/kept-integrations.ts'

export type Tested =
  | { readonly is: 'passed'; readonly from: 'cluster' | 'here'; readonly arn?: string }
  | { readonly is: 'skipped' }
  | { readonly is: 'not-needed' }

/** Nothing secret: a role, an access key id and the way its secret is kept may be seen. */
export function commitMessage(change: ChangeAsked, tested: Tested): string {
  if (change.is === 'delete') return `Delete the ECR integration ${change.name}\n`
  const { settings } = change
  const verb = change.is === 'create' ? 'Create' : 'Change'
  return `${verb} the ECR integration ${settings.name}\n\n${[...settingLines(settings), testedLine(tested)].join('\n')}\n`
}

function settingLines({
  runtimes,
  access,
  region,
  registries,
  namespaces,
}: IntegrationSettings): readonly string[] {
  return [
    `Runtimes: ${runtimes.is === 'all' ? 'all' : runtimes.names.join(', ')}`,
    `Access: ${accessText(access)}`,
    `Region: ${region}`,
    ...(registries.length === 0 ? [] : [`Registries: ${registries.join(', ')}`]),
    ...(namespaces === undefined ? [] : [`Shared with: ${namespaces.join(', ') || 'nobody any more'}`]),
  ]
}

const SECRET_TEXT = {
  sealed: 'sealed in the repository',
  external: 'fetched by an ExternalSecret',
  existing: 'in a Secret that was there',
  kept: 'as it was',
} as const

export function accessText(access: IntegrationAccess): string {
  switch (access.is) {
    case 'role':
      return `IAM role ${access.role}`
    case 'access-key':
      return `access key ${access.accessKeyId}, its secret ${SECRET_TEXT[access.secret.is]}`
    case 'ambient':
      return 'the operator’s own identity'
  }
}

function testedLine(tested: Tested): string {
  switch (tested.is) {
    case 'passed': {
      const as = tested.arn === undefined ? '' : ` as ${tested.arn}`
      return `Connection: tested ${tested.from === 'here' ? 'from outside the cluster' : 'by the operator'}${as}, passed`
    }
    case 'skipped':
      return 'Connection: not tested (--skip-test)'
    case 'not-needed':
      return ''
  }
}
