// This file is about ports: free ones are chosen once, and kept for the life of the state folder.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Random, systemRandom } from '../src/base/random.ts'
import { writeWhole } from './whole-file.ts'

/** Below the ranges from which Linux (32768) and macOS (49152) take the ports of outgoing connections, so that a part
 *  that is down for a moment does not lose its port to one. */
const LOWEST = 12_000
const HIGHEST = 32_000

/** The ports for these names: those the folder already has, and free ones for the others. */
export async function portsFor<Name extends string>(
  folder: string,
  names: readonly Name[],
  random: Random = systemRandom,
): Promise<Readonly<Record<Name, number>>> {
  const file = join(folder, 'ports.json')
  const ports = readPorts(file)
  for (const name of names) ports[name] ??= await freePort(random, Object.values(ports))
  writeWhole(file, `${JSON.stringify(ports, null, 2)}\n`)
  return ports as Record<Name, number>
}

function readPorts(file: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>
  } catch {
    return {}
  }
}

async function freePort(random: Random, taken: readonly number[]): Promise<number> {
  for (let tries = 0; tries < 1000; tries++) {
    const port = LOWEST + Math.floor(random() * (HIGHEST - LOWEST))
    if (!taken.includes(port) && (await isFree(port))) return port
  }
  throw new Error(`no free port between ${LOWEST} and ${HIGHEST}`)
}

/** Whether a server can listen there on loopback. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
