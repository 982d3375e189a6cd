// This file is about `everpull rbac`.
import { Command } from 'commander'
import { ARGOCD_NAMESPACE, dialectsByDefault } from '../config/default-dialects.ts'
import {
  oneOf,
  readBoolean,
  readNamespace,
  readObjectName,
  readServiceAccount,
  readServiceAccountIdentities,
  readShards,
} from '../config/values.ts'
import { DIALECT_NAMES } from '../model/dialect-name.ts'
import { type Context, examples, tellMistakes } from './context.ts'
import { addSettings } from './setting-options.ts'
import { valueReader } from './value-reader.ts'

interface Given {
  serviceAccount?: string
  namespace?: string[]
  dialect?: string[]
  serviceAccountIdentities?: string | boolean
  driftWatch?: string | boolean
  leaseNamespace?: string
  leaseName?: string
  shards?: string
  argocdNamespace?: string
  nudgeArgocd?: string | boolean
  configRepo?: string | boolean
  configRepoSecret?: string
  tokenEndpoint?: true
}

/** The same settings as the operator's: what it is run with, its roles are printed with. */
const HELP = {
  namespace: 'roles in these namespaces only (default: the whole cluster)',
  dialect: 'what these dialects need only (default: those the operator serves)',
  serviceAccountIdentities:
    'let it ask for tokens of these service accounts, NAMESPACE/NAME,…; without a value of every one (default: of none)',
  driftWatch: 'let it list and watch Secrets, to repair what others change (default: true)',
  configRepoSecret:
    'let it read the credentials of that repository in this Secret of its own namespace; means --config-repo as well',
  nudgeArgocd: 'let it ask Argo CD for a hard refresh of Applications that paused (default: false)',
} as const

export function rbacCommand(context: Context): Command {
  const command = new Command('rbac')
    .description('print the service account and the least roles the operator needs as YAML')
    .option('--service-account <NAMESPACE/NAME>', 'who the operator is (default: everpull/everpull)')
    .option(
      '--config-repo [URL]',
      'let it keep EcrIntegrations, and the SealedSecrets and ExternalSecrets of its own namespace, in line with a Git repository, whichever it is (default: false)',
    )
    .option('--token-endpoint', 'let it have tokens reviewed that ask its token endpoint for logins')
    .addHelpText(
      'after',
      examples(context.calledAs, [
        ['rbac | kubectl apply -f -', 'for an operator that serves the whole cluster'],
        ['rbac --namespace team-a team-b --service-account team-a/everpull', 'roles in two namespaces only'],
        ['rbac --service-account-identities=argocd/ecr-reader', 'let it ask for that account’s tokens'],
      ]),
    )
  addSettings(
    command,
    [
      'namespace',
      'dialect',
      'serviceAccountIdentities',
      'driftWatch',
      'leaseNamespace',
      'leaseName',
      'shards',
      'argocdNamespace',
      'nudgeArgocd',
      'configRepoSecret',
    ],
    {
      variables: false,
      help: HELP,
    },
  )
  return command.action(() =>
    context.run(async () => {
      const given = command.opts<Given>()
      const values = valueReader()
      const leaseNamespace = values.one('--lease-namespace', given.leaseNamespace, readNamespace)
      const leaseName = values.one('--lease-name', given.leaseName, readObjectName)
      const shards = values.one('--shards', given.shards, readShards)
      const serviceAccount = values.one('--service-account', given.serviceAccount, readServiceAccount)
      const argocdNamespace = values.one('--argocd-namespace', given.argocdNamespace, readNamespace)
      const namespaces = values.many('--namespace', given.namespace, readNamespace)
      const driftWatch = values.one('--drift-watch', given.driftWatch, readBoolean) ?? true
      const named = values.many('--dialect', given.dialect, oneOf(DIALECT_NAMES))
      const configRepoSecret = values.one('--config-repo-secret', given.configRepoSecret, readObjectName)
      const hasConfigRepo = given.configRepo !== undefined || configRepoSecret !== undefined
      const nudgeArgocd = values.one('--nudge-argocd', given.nudgeArgocd, readBoolean)
      const asked = {
        serviceAccount: serviceAccount ?? { namespace: 'everpull', name: 'everpull' },
        namespaces,
        dialects: named.length > 0 ? named : dialectsByDefault({ namespaces, driftWatch, argocdNamespace }),
        serviceAccountIdentities: values.one(
          '--service-account-identities',
          given.serviceAccountIdentities,
          readServiceAccountIdentities,
        ) ?? { is: 'none' as const },
        driftWatch,
        argocdNamespace: argocdNamespace ?? ARGOCD_NAMESPACE,
        ...(nudgeArgocd === true ? { nudgeArgocd } : {}),
        ...(given.tokenEndpoint === true ? { tokenEndpoint: true } : {}),
        ...(hasConfigRepo
          ? { configRepo: configRepoSecret === undefined ? {} : { secret: configRepoSecret } }
          : {}),
        ...(leaseNamespace === undefined ? {} : { leaseNamespace }),
        ...(leaseName === undefined ? {} : { leaseName }),
        ...(shards === undefined ? {} : { shards }),
      }
      if (values.mistakes.length > 0) return tellMistakes(context, values.mistakes)
      const commands = await context.root.commands()
      context.terminal.out(await commands.rbac(asked))
      return 0
    }),
  )
}
