// This file is about what the operator's process has used so far, as the kernel counts it.
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { RunningOperator } from '../test/support/stage.ts'

const ticksPerSecond = (): number => Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** Resident memory at its highest, bytes. */
export async function peakMemory({ child }: RunningOperator): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

/** User and system time, seconds. */
export async function cpuSeconds({ child }: RunningOperator): Promise<number> {
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8')
  // The program's name, second of all, may hold spaces; user and system time are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond()
}
