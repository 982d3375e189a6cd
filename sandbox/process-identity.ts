// This file is about telling one operating-system process from a later one that was given the same pid.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** A pid and a mark of when it started; both together name one process for good. */
export interface ProcessIdentity {
  readonly pid: number
  readonly mark: string
}

/** The identity of a living process; undefined when the pid is free or only waits for its parent to notice its end. */
export function identify(pid: number): ProcessIdentity | undefined {
  const mark = process.platform === 'linux' ? markOnLinux(pid) : markByPs(pid)
  return mark === undefined ? undefined : { pid, mark }
}

export function isAlive({ pid, mark }: ProcessIdentity): boolean {
  return identify(pid)?.mark === mark
}

/** Clock ticks since boot at the process's start (field 22 of /proc/PID/stat), and which boot that was. */
function markOnLinux(pid: number): string | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The name in field 2 stands in parentheses and may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, started] = [fields[0], fields[19]]
  if (state === 'Z' || state === 'X' || started === undefined) return undefined
  return `${started}@${readOrUndefined('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}`
}

function markByPs(pid: number): string | undefined {
  try {
    const [state, ...started] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split(/\s+/)
    return state === undefined || state.startsWith('Z') ? undefined : started.join(' ')
  } catch {
    return undefined
  }
}

/** Living processes whose environment holds exactly this variable; only Linux can tell, elsewhere none is found. */
export function processesWith(variable: string, value: string): ProcessIdentity[] {
  if (process.platform !== 'linux') return []
  const wanted = `\0${variable}=${value}\0`
  return readdirSync('/proc')
    .filter(
      (name) =>
        /^\d+$/.test(name) && `\0${readOrUndefined(`/proc/${name}/environ`) ?? ''}\0`.includes(wanted),
    )
    .flatMap((name) => identify(Number(name)) ?? [])
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return undefined
  }
}
