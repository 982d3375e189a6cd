// This file is about what the leases of an installation are called: the rights to them are given by name.

/** The one that replicas elect a leader with, unless told. */
export const LEASE_NAME = 'everpull'

/** The leases of an installation that is cut into shards carry it, with the name of its own lease. */
export const SHARDS_LABEL = 'everpull.dev/shards'

export const shardLease = (name: string, shard: number): string => `${name}-shard-${shard}`

/** Whoever holds one of these is among the replicas that shards are dealt out to: as many as there are shards. */
export const replicaLease = (name: string, place: number): string => `${name}-replica-${place}`

/** Who holds the lease of the whole installation while it is cut: all replicas together. */
export const cutName = (count: number): string => `shards-of-${count}`
