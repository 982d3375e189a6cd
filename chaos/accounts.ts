// This file is about whom operators are to the API server: each replica has an account of its own, so that its audit log tells them apart.

export const OPERATOR_NAMESPACE = 'everpull'
export const MOST_REPLICAS = 3
/** Serves a namespace of its own for as long as the lane lasts. */
export const VETERAN = 'veteran'

export const replicaAccount = (number: number): string => `replica-${number}`
export const userOf = (account: string): string => `system:serviceaccount:${OPERATOR_NAMESPACE}:${account}`
export const REPLICA_ACCOUNTS = Array.from({ length: MOST_REPLICAS }, (_, i) => replicaAccount(i))
