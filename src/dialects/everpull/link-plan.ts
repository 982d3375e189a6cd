// This file is about the service accounts that are to name a Secret, and in which of their lists.
import type { AccountList, Accounts } from '../../model/link.ts'
import { selectorProblems } from '../../model/selector.ts'
import type { LinkFields } from './output-schema.ts'
import type { LinkPlan } from './output-plan.ts'
import type { Problem } from './problem.ts'

/** Kubelets read no other. */
const PULL_TYPES = ['kubernetes.io/dockerconfigjson', 'kubernetes.io/dockercfg']

/**
 * Who reads which: kubelets imagePullSecrets; OpenShift builds imagePullSecrets from 4.16 on, secrets before; Tekton
 * secrets. So a docker config goes into both, and anything else into the one where it is of use.
 */
export function linkOf(
  fields: LinkFields | undefined,
  type: string,
  at: string,
): LinkPlan | Problem | undefined {
  if (fields === undefined) return undefined
  const isForPulling = PULL_TYPES.includes(type)
  const lists: readonly AccountList[] =
    fields.as ?? (isForPulling ? ['imagePullSecrets', 'secrets'] : ['secrets'])
  if (lists.includes('imagePullSecrets') && !isForPulling) {
    const because = `has imagePullSecrets, and kubelets read no Secret of type ${type}: leave it out, or use dockerConfig`
    return { at: `${at}.as`, because }
  }
  const [flaw] = selectorProblems(fields.serviceAccounts.selector ?? {})
  if (flaw !== undefined) {
    return { at: `${at}.serviceAccounts.selector.${flaw.at}`, because: `is refused: ${flaw.message}` }
  }
  return { accounts: accountsOf(fields), lists: [...new Set(lists)] }
}

function accountsOf({ serviceAccounts: { names = [], selector } }: LinkFields): Accounts {
  if (selector !== undefined) return { is: 'selected', selector }
  return names.includes('*') ? { is: 'all' } : { is: 'named', names: [...new Set(names)] }
}
