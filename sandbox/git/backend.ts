// This file is about handing one HTTP request to git's own http-backend, which speaks CGI.
import { spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { devNull } from 'node:os'

export interface BackendRequest {
  /** The folder that holds the repositories. */
  readonly root: string
  readonly url: URL
  /** Who was let in. */
  readonly user: string
}

/** Answers the request; resolves once git is done. */
export function passToGit(
  asked: BackendRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', ['http-backend'], { cwd: asked.root, env: environmentOf(asked, request) })
    let head = Buffer.alloc(0)
    let isHead = true
    child.stdout.on('data', (part: Buffer) => {
      if (!isHead) return void response.write(part)
      head = Buffer.concat([head, part])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      isHead = false
      writeHead(head.toString('latin1', 0, end), response)
      if (head.length > end + 4) response.write(head.subarray(end + 4))
    })
    child.stderr.resume()
    child.once('error', reject)
    child.once('close', () => {
      if (isHead) response.writeHead(500)
      response.end()
      resolve()
    })
    child.stdin.on('error', () => {})
    response.once('close', () => child.kill())
    request.pipe(child.stdin)
  })
}

function writeHead(text: string, response: ServerResponse): void {
  let status = 200
  for (const line of text.split('\r\n')) {
    const at = line.indexOf(':')
    const [name, value] = [line.slice(0, at), line.slice(at + 1).trim()]
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
    else response.setHeader(name, value)
  }
  response.writeHead(status)
}

function environmentOf({ root, url, user }: BackendRequest, request: IncomingMessage): NodeJS.ProcessEnv {
  const header = (name: string): string => {
    const value = request.headers[name]
    return typeof value === 'string' ? value : ''
  }
  return {
    PATH: process.env.PATH,
    HOME: root,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROTOCOL: header('git-protocol'),
    REQUEST_METHOD: request.method,
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    CONTENT_TYPE: header('content-type'),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    REMOTE_ADDR: '127.0.0.1',
    REMOTE_USER: user,
    ...(header('content-length') === '' ? {} : { CONTENT_LENGTH: header('content-length') }),
  }
}
