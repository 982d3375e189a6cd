// This file is about the `aws` command that how-tos call: a program on the path that asks the emulator's own directory.
import { chmod, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { OidcProvider } from '../../sandbox/aws/options.ts'
import { listen, type SandboxAws } from '../../sandbox/aws/aws.ts'
import type { PolicyDocument } from '../../sandbox/aws/iam/policy-document.ts'

export interface AwsCommandParts {
  readonly aws: SandboxAws
  readonly account: string
  /** The keys of the issuer that a how-to makes known. */
  readonly fetchJwks: OidcProvider['fetchJwks']
  /** Gets the program `aws`. */
  readonly folder: string
}

type Flags = Readonly<Record<string, string>>

/** What it can do is what the how-tos ask for; anything else ends with exit code 2 and its name. */
const COMMANDS: Readonly<Record<string, (flags: Flags, parts: AwsCommandParts) => string>> = {
  'iam create-user': (flags, { aws, account }) =>
    aws.iam.createUser({ account, name: required(flags, 'user-name') }).arn,
  'iam put-user-policy': (flags, parts) => putPolicy(flags, parts, `user/${required(flags, 'user-name')}`),
  'iam create-role': (flags, { aws, account }) =>
    aws.iam.createRole({
      account,
      name: required(flags, 'role-name'),
      trust: documentIn(flags, 'assume-role-policy-document'),
    }).arn,
  'iam put-role-policy': (flags, parts) => putPolicy(flags, parts, `role/${required(flags, 'role-name')}`),
  'iam create-access-key': (flags, { aws, account }) => {
    if (flags['query'] !== 'AccessKey.[AccessKeyId,SecretAccessKey]' || flags['output'] !== 'text') {
      throw new Error('create-access-key is answered as two words only')
    }
    const key = aws.iam.createAccessKey(`arn:aws:iam::${account}:user/${required(flags, 'user-name')}`)
    return `${key.id}\t${key.secret}`
  },
  'iam delete-access-key': (flags, { aws }) => {
    aws.iam.deleteAccessKey(required(flags, 'access-key-id'))
    return ''
  },
  'iam create-open-id-connect-provider': (flags, { aws, account, fetchJwks }) => {
    const issuer = required(flags, 'url')
    const providerArn = `arn:aws:iam::${account}:oidc-provider/${issuer.replace('https://', '')}`
    const audiences = required(flags, 'client-id-list').split(' ')
    aws.addOidcProvider({ issuer, providerArn, audiences, fetchJwks })
    return providerArn
  },
  'ecr set-repository-policy': (flags, { aws, account }) => {
    const name = required(flags, 'repository-name')
    const key = { service: 'ecr', account, region: required(flags, 'region'), name } as const
    aws.repositories.existing(key)
    aws.repositories.setPolicy(key, documentIn(flags, 'policy-text'))
    return ''
  },
}

function putPolicy(flags: Flags, { aws, account }: AwsCommandParts, holder: string): string {
  const document = documentIn(flags, 'policy-document')
  aws.iam.putPolicy(`arn:aws:iam::${account}:${holder}`, required(flags, 'policy-name'), document)
  return ''
}

function required(flags: Flags, name: string): string {
  const value = flags[name]
  if (value === undefined) throw new Error(`--${name} is missing`)
  return value
}

const documentIn = (flags: Flags, name: string): PolicyDocument =>
  JSON.parse(required(flags, name)) as PolicyDocument

/** Reads the files an argument names, as the real one does, and lets the test answer. */
const program = (url: string): string => `#!${process.execPath}
const { readFileSync } = require('node:fs')
const args = process.argv.slice(2).map((a) => (a.startsWith('file://') ? readFileSync(a.slice(7), 'utf8') : a))
const region = process.env.AWS_REGION
fetch('${url}', { method: 'POST', body: JSON.stringify({ args, region }) }).then(async (answer) => {
  const words = await answer.text()
  if (answer.ok) return words === '' ? undefined : console.log(words)
  console.error(words)
  process.exitCode = 2
})
`

interface Asked {
  readonly args: readonly string[]
  readonly region?: string
}

function answer({ args, region }: Asked, parts: AwsCommandParts): string {
  const [service = '', operation = '', ...rest] = args
  const flags: Record<string, string> = region === undefined ? {} : { region }
  for (let i = 0; i < rest.length; i += 2) flags[rest[i]?.replace(/^--/, '') ?? ''] = rest[i + 1] ?? ''
  const command = COMMANDS[`${service} ${operation}`]
  if (command === undefined) throw new Error(`no such command here: aws ${service} ${operation}`)
  return command(flags, parts)
}

async function reply(
  request: IncomingMessage,
  response: ServerResponse,
  parts: AwsCommandParts,
): Promise<void> {
  const body = await text(request)
  try {
    response.end(answer(JSON.parse(body) as Asked, parts))
  } catch (error) {
    response.writeHead(400).end(String(error))
  }
}

/** Puts `aws` into the folder; disposing ends what answers it. */
export async function awsCommand(parts: AwsCommandParts): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    void reply(request, response, parts)
  })
  const port = await listen(server, 0)
  const file = join(parts.folder, 'aws')
  await writeFile(file, program(`http://127.0.0.1:${port}/`))
  await chmod(file, 0o755)
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
