// This file is about the `aws` command of a stage: its words become a signed request to the emulator, as the real one's do.
import { readFileSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SignatureV4 } from '@smithy/signature-v4'
import { Sha256 } from '../../sandbox/aws/signature.ts'
import type { DemoUser } from '../../sandbox/aws/seed.ts'
import type { Stage } from './stage.ts'

/** Versions of the APIs that speak this protocol. */
const VERSIONS: Readonly<Record<string, string>> = { iam: '2010-05-08', sts: '2011-06-15' }

interface Asked {
  readonly service: string
  readonly operation: string
  readonly flags: Readonly<Record<string, string>>
}

/** Puts `aws` into the folder; it acts as this user, whatever the environment says. */
export async function writeAwsProgram(folder: string, stage: Stage, user: DemoUser): Promise<void> {
  const file = join(folder, 'aws')
  const setup = JSON.stringify({ url: stage.sandbox.aws.url, user })
  const program = `#!${process.execPath}
import(${JSON.stringify(import.meta.filename)}).then(({ run }) => run(process.argv.slice(2), ${setup}))
`
  await writeFile(file, program, { mode: 0o700 })
  await chmod(file, 0o700)
}

/**
 * What the program does; exit code 254 where AWS refuses, as the real one's.
 * @public the program above imports it
 */
export async function run(
  words: readonly string[],
  setup: { readonly url: string; readonly user: DemoUser },
): Promise<void> {
  const asked = read(words)
  const { query, output, ...flags } = asked.flags
  const answer = await call({ ...asked, flags }, setup)
  if (answer.status !== 200) {
    process.stderr.write(`${answer.text}\n`)
    process.exitCode = 254
  } else if (query !== undefined) {
    if (output !== 'text') throw new Error('answers to --query come as text here')
    process.stdout.write(`${picked(query, answer.text).join('\t')}\n`)
  }
}

function read([service = '', operation = '', ...rest]: readonly string[]): Asked {
  const flags: Record<string, string> = {}
  for (let i = 0; i < rest.length; i += 2) {
    const value = rest[i + 1] ?? ''
    flags[rest[i]?.replace(/^--/, '') ?? ''] = value.startsWith('file://')
      ? readFileSync(value.slice('file://'.length), 'utf8')
      : value
  }
  return { service, operation, flags }
}

const pascal = (words: string): string =>
  words.replaceAll(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase())

async function call(
  { service, operation, flags }: Asked,
  { url, user }: { readonly url: string; readonly user: DemoUser },
): Promise<{ readonly status: number; readonly text: string }> {
  const version = VERSIONS[service]
  if (version === undefined) throw new Error(`no such service here: ${service}`)
  const parameters = Object.entries(flags).map(([name, value]) => [pascal(name), value])
  const body = new URLSearchParams([
    ['Action', pascal(operation)],
    ['Version', version],
    ...parameters,
  ]).toString()
  const { host, hostname, port, protocol } = new URL(url)
  const signer = new SignatureV4({
    service,
    region: 'us-east-1',
    credentials: user,
    sha256: Sha256,
  })
  const { headers } = await signer.sign({
    method: 'POST',
    protocol,
    hostname,
    port: Number(port),
    path: '/',
    headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
    body,
  })
  const answer = await fetch(url, { method: 'POST', headers, body })
  return { status: answer.status, text: await answer.text() }
}

/** `A.B` or `A.[B,C]`: the texts of the elements with these last names, in their order. */
function picked(query: string, xml: string): readonly string[] {
  const names = (query.split('.').at(-1) ?? '').replaceAll(/[[\]]/g, '').split(',')
  const inner = /\.\[(.*)\]$/.exec(query)?.[1]?.split(',') ?? names
  return inner.map((name) => new RegExp(`<${name.trim()}>([^<]*)<`).exec(xml)?.[1] ?? 'None')
}
