// This file is about a Git server over HTTPS on loopback: who may read, who may write, and faults on request.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { openCertificateAuthority } from '../registry/certificate-authority.ts'
import { passToGit } from './backend.ts'

export interface GitUser {
  readonly username: string
  readonly password: string
  readonly mayWrite: boolean
}

export type GitServerFault =
  /** As if nobody knew the credentials. */
  | '401'
  | '503'
  /** Accepts, and never answers. */
  | 'hang'
  /** Cuts the connection in the middle of the answer. */
  | 'cut'
  /** Sends the client to another host with everything it has. */
  | 'redirect'

export interface GitServerOptions {
  /** 0 or absent: any free port. */
  readonly port?: number
  /** Holds the repositories: `NAME.git` is served as `/NAME.git`. */
  readonly root: string
  readonly users: readonly GitUser[]
  /** The authority's key and certificate are kept there. */
  readonly caDir: string
}

export interface GitServer {
  /** `https://127.0.0.1:PORT` */
  readonly url: string
  readonly port: number
  /** PEM file to trust. */
  readonly caFile: string
  /** Until another is set; undefined: none. */
  setFault(fault: GitServerFault | undefined): void
  /** Awaited before each push is taken. */
  setBeforePush(work: (() => Promise<void>) | undefined): void
  /** Method, path and query of each request so far. */
  requests(): readonly string[]
  close(): Promise<void>
}

/** Git asks its authorities for a host; ours is always this one. */
const HOST = '127.0.0.1'
/** Where a redirect leads: a port that nobody listens on, under another name of this machine. */
const ELSEWHERE = 'https://localhost:1'

export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const authority = await openCertificateAuthority(options.caDir)
  let fault: GitServerFault | undefined
  let beforePush: (() => Promise<void>) | undefined
  const requests: string[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests.push(`${request.method} ${request.url}`)
    if (fault !== undefined) return answerFault(fault, request, response)
    const url = new URL(request.url ?? '/', `https://${HOST}`)
    const user = userOf(request.headers.authorization, options.users)
    if (user === undefined) return askWho(request, response)
    if (isPush(url) && !user.mayWrite) return refuse(request, response, 403, 'this user may only read')
    if (url.pathname.endsWith('/git-receive-pack')) await beforePush?.()
    await passToGit({ root: options.root, url, user: user.username }, request, response)
  }
  const server = createServer({ ...(await authority.identityFor(HOST)) }, (request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  const port = await listen(server, options.port ?? 0)
  return {
    url: `https://${HOST}:${port}`,
    port,
    caFile: authority.caFile,
    setFault: (next) => {
      fault = next
    },
    setBeforePush: (work) => {
      beforePush = work
    },
    requests: () => requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })

const isPush = (url: URL): boolean =>
  url.pathname.endsWith('/git-receive-pack') || url.searchParams.get('service') === 'git-receive-pack'

function userOf(authorization: string | undefined, users: readonly GitUser[]): GitUser | undefined {
  const text = /^Basic (.+)$/i.exec(authorization ?? '')?.[1]
  const login = text === undefined ? undefined : Buffer.from(text, 'base64').toString('utf8')
  return users.find(({ username, password }) => login === `${username}:${password}`)
}

function askWho(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('www-authenticate', 'Basic realm="Git"')
  refuse(request, response, 401, 'who are you?')
}

function refuse(request: IncomingMessage, response: ServerResponse, status: number, words: string): void {
  request.resume()
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${words}\n`)
}

function answerFault(fault: GitServerFault, request: IncomingMessage, response: ServerResponse): void {
  switch (fault) {
    case '401':
      return askWho(request, response)
    case '503':
      return refuse(request, response, 503, 'try again later')
    case 'hang':
      return void request.resume()
    case 'cut':
      response.writeHead(200, {
        'content-type': 'application/x-git-upload-pack-advertisement',
        'content-length': '1000',
      })
      response.write('001e# service=git-upload-pack\n0000')
      return void setImmediate(() => response.destroy())
    case 'redirect':
      request.resume()
      return void response.writeHead(301, { location: `${ELSEWHERE}${request.url ?? '/'}` }).end()
  }
}
