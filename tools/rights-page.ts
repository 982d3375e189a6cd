// This file is about the reference of rights: each feature with the rights it takes, and what stops without them.
import { dialects } from '../src/dialects/all.ts'
import { type AccessOptions, requiredAccess } from '../src/generate/access.ts'
import { FEATURE_NAMES, FEATURES, type FeatureName } from '../src/generate/features.ts'
import { type Rule, rulesOf } from '../src/generate/rules.ts'

/** Everything that can be asked for. */
const EVERYTHING: AccessOptions = {
  serviceAccount: { namespace: 'everpull', name: 'everpull' },
  namespaces: [],
  serviceAccountIdentities: { is: 'all' },
  driftWatch: true,
  argocdNamespace: 'argocd',
  nudgeArgocd: true,
  configRepo: { secret: 'git-credentials' },
  tokenEndpoint: true,
  shards: 2,
}

export function rightsLines(): readonly string[] {
  const required = requiredAccess(EVERYTHING, dialects)
  const rulesFor = (name: FeatureName): readonly Rule[] =>
    rulesOf(
      required.filter(({ features }) => features.includes(name)).map((one) => ({ ...one, features: [] })),
    )
  const shared = rulesOf(required.filter(({ features }) => features.length > 1))
  return [
    '`everpull rbac` prints the rights that its options need, and no others; each stands there with what it is needed for.',
    'Here is all it can print for a whole cluster; with `--namespace` the same is given in the namespaces named.',
    'An operator that lacks a right goes on with everything else; its log names the right, what it is needed for, and what to apply, and `everpull check` lists what is missing.',
    '',
    '| needed to | rights | without |',
    '|---|---|---|',
    ...FEATURE_NAMES.map((name) => {
      const { neededFor, without } = FEATURES[name]
      return `| ${neededFor} | ${rulesFor(name).map(ruleText).join('<br>')} | ${without} |`
    }),
    '',
    '## Rights that serve several features',
    '',
    'What is lost without one of these is lost for all of them.',
    '',
    '| right | needed to |',
    '|---|---|',
    ...shared.map(
      (rule) =>
        `| ${ruleText(rule)} | ${rule.features.map((name) => FEATURES[name].neededFor).join('<br>')} |`,
    ),
  ]
}

/** "list, watch `externalsecrets.external-secrets.io`". */
function ruleText({ verbs, resources, group, names }: Rule): string {
  const kinds = resources.map((path) => {
    const [plural, ...rest] = path.split('/')
    return `\`${[[plural, group].filter(Boolean).join('.'), ...rest].join('/')}\``
  })
  const named = names === undefined || names.length > 1 ? '' : ` named \`${names[0]}\``
  return `${verbs.join(', ')} ${kinds.join(', ')}${named}`
}
