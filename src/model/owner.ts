// This file is about who owns an object, as the object itself names them.
import type { Orderer } from './delivery.ts'
import type { Ref } from './ref.ts'
import type { Owner } from './resource.ts'

export const groupOf = ({ apiVersion }: Pick<Owner, 'apiVersion'>): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''

export const controllerIn = (owners: readonly Owner[] | undefined): Owner | undefined =>
  owners?.find((owner) => owner.controller === true)

/** By group, kind and name: one made anew takes on what its predecessor had. */
export const isOrderer = ({ group, kind, name }: Ref, owner: Owner | undefined): boolean =>
  owner !== undefined && groupOf(owner) === group && owner.kind === kind && owner.name === name

/** The owners with the orderer as the controlling one, in place of an earlier incarnation of it. */
export const ownersWith = (by: Orderer, owners: readonly Owner[] = []): readonly Owner[] => [
  ...owners.filter((owner) => !isOrderer(by.ref, owner)),
  {
    apiVersion: by.apiVersion,
    kind: by.ref.kind,
    name: by.ref.name,
    uid: by.uid,
    controller: true,
    blockOwnerDeletion: true,
  },
]
