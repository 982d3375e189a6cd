// This file is about what a process and its children have used so far, as the kernel counts it.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** Clock ticks a second, in which the kernel tells processor time. */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

interface Stat {
  readonly pid: number
  readonly parent: number
  /** Seconds; children that have ended and been waited for are in it. */
  readonly cpu: number
}

/** A line of /proc/PID/stat. */
export function readStat(line: string, ticks: number): Stat {
  // The program's name, second of all, may hold spaces and brackets.
  const end = line.lastIndexOf(')')
  const fields = line.slice(end + 2).split(' ')
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number) as [
    number,
    number,
    number,
    number,
  ]
  const cpu = (user + system + childUser + childSystem) / ticks
  return { pid: Number.parseInt(line), parent: Number(fields[1]), cpu }
}

/** User and system time, seconds. */
export const cpuSeconds = (pid: number): number => sum(treeOf(pid).map(({ cpu }) => cpu))

/** Resident memory at its highest since the start or the last `forgetPeak`, bytes. */
export const peakBytes = (pid: number): number => sum(treeOf(pid).map(({ pid }) => peakOf(pid)))

/** From now on the peak is that of what comes. */
export function forgetPeak(pid: number): void {
  for (const { pid: member } of treeOf(pid)) writeFileSync(`/proc/${member}/clear_refs`, '5')
}

function treeOf(root: number): readonly Stat[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? statOf(name) : []))
  const tree = all.filter(({ pid }) => pid === root)
  for (const member of tree) tree.push(...all.filter(({ parent }) => parent === member.pid))
  return tree
}

/** Empty where the process has ended meanwhile. */
function statOf(pid: string): readonly Stat[] {
  try {
    return [readStat(readFileSync(`/proc/${pid}/stat`, 'utf8'), TICKS)]
  } catch {
    return []
  }
}

const peakOf = (pid: number): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
