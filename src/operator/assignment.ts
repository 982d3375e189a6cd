// This file is about who of those who live serves which shard: everybody works it out alone, and comes to the same.
//
// Rendezvous hashing: each pair of a shard and a member has a weight that nobody chose, and a shard goes to the member
// with the highest. So that nobody stands idle beside one with three shards, a member takes its even part at most: pairs
// are settled from the highest weight down, as long as the shard is free and the member has room.
import { createHash } from 'node:crypto'

interface Pair {
  readonly shard: number
  readonly member: string
  readonly weight: number
}

/** By shard; empty where nobody lives. Members are told apart by their names, in whatever order they come. */
export function assign(count: number, members: readonly string[]): ReadonlyMap<number, string> {
  const names = [...new Set(members)]
  const assigned = new Map<number, string>()
  const taken = new Map<string, number>()
  const least = names.length === 0 ? 0 : Math.floor(count / names.length)
  // As many as do not come out even have one more.
  let extras = count - least * names.length
  for (const { shard, member } of pairs(count, names)) {
    if (assigned.has(shard)) continue
    const has = taken.get(member) ?? 0
    if (has > least || (has === least && extras === 0)) continue
    if (has === least) extras -= 1
    assigned.set(shard, member)
    taken.set(member, has + 1)
  }
  return assigned
}

function pairs(count: number, members: readonly string[]): readonly Pair[] {
  const all = members.flatMap((member) =>
    Array.from({ length: count }, (_none, shard) => ({ shard, member, weight: weightOf(shard, member) })),
  )
  return all.toSorted((a, b) => b.weight - a.weight || a.shard - b.shard || (a.member < b.member ? -1 : 1))
}

const weightOf = (shard: number, member: string): number =>
  createHash('sha256').update(`${shard} ${member}`).digest().readUIntBE(0, 6)
