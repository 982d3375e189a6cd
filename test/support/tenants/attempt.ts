// This file is about what an attempt of a tenant is, and what may come of it.
import type { Manifest } from './manifests.ts'
import type { Setting } from './names.ts'
import type { Cast } from './stage.ts'

/**
 * refused: the order is told why not, and no Secret comes of it. forbidden: the API server does not take it. own: it is
 * served, with a login of the tenant's own. nothing: nobody takes any notice; what was applied stays as it is, or goes.
 */
export type Outcome = 'refused' | 'forbidden' | 'own' | 'nothing'

export interface Attempt {
  /** Completes "mallory …". */
  readonly says: string
  /** What is applied; whatever is made of it is called `name`. */
  readonly makes: (name: string, cast: Cast) => readonly Manifest[]
  readonly comesTo: Outcome | ((setting: Setting) => Outcome)
}

export const attempt = (
  says: string,
  makes: Attempt['makes'],
  comesTo: Attempt['comesTo'] = 'refused',
): Attempt => ({ says, makes, comesTo })

/** With a service account of mallory's own, where tokens are asked for at all. */
export const ownWithAccounts = ({ hasAccounts }: Setting): Outcome => (hasAccounts ? 'own' : 'refused')

/** What the operator may do, everybody may where its identity is open to all: what SECURITY.md warns of. */
export const ownWhereAmbient = ({ isAmbient }: Setting): Outcome => (isAmbient ? 'own' : 'refused')
