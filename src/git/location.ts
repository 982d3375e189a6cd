// This file is about where a repository is: reading `URL[/path][?ref=branch]`, or a folder on this disk.
import { resolve } from 'node:path'
import type { GitLocation } from './repository.ts'

/** A text that is no location; `because` begins with what was read and says what to write instead. Nothing secret. */
export interface WrongLocation {
  readonly is: 'wrong'
  readonly because: string
}

const wrong = (because: string): WrongLocation => ({ is: 'wrong', because })

/** As a person writes it: https, ssh://, `user@host:path.git`, or a folder on this disk. */
export function parseLocation(text: string): GitLocation | WrongLocation {
  const { place, branch } = splitBranch(text)
  if (typeof branch === 'object') return branch
  const given = branch === undefined ? {} : { branch }
  if (/^[a-z0-9+.-]+:\/\//i.test(place)) return remote(place, given, 'user')
  if (isScpLike(place)) return scpLike(place, given)
  if (place === '' || place.startsWith('-')) return wrong('the repository is missing: give its URL or folder')
  const { url, path } = splitPath(place)
  return withPath({ is: 'disk', url: resolve(url), ...given }, path)
}

/** As an operator is told it: https or ssh:// and no user-info at all, which comes with the credentials. */
export function parseRemote(text: string): GitLocation | WrongLocation {
  const { place, branch } = splitBranch(text)
  if (typeof branch === 'object') return branch
  return remote(place, branch === undefined ? {} : { branch }, 'nobody')
}

type Given = Pick<GitLocation, 'branch'>

function splitBranch(text: string): { place: string; branch?: string | WrongLocation } {
  const [place = '', ...rest] = text.trim().split('?')
  if (/[\u0000-\u0020\u007f]/.test(place.replaceAll(' ', ''))) {
    return { place, branch: wrong('the repository holds a control character') }
  }
  if (rest.length === 0) return { place }
  const query = /^ref=([^&]+)$/.exec(rest.join('?'))
  if (query?.[1] === undefined) return { place, branch: wrong('after ? only ref=BRANCH can stand') }
  const branch = decoded(query[1])
  return { place, branch: branch !== undefined && isBranch(branch) ? branch : wrong(NO_BRANCH) }
}

const NO_BRANCH = 'ref= is followed by what can be no name of a branch'

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** The rules of git-check-ref-format, and no name that could be taken for an option or a ref of another kind. */
export const isBranch = (name: string): boolean =>
  !/^$|^[-/]|^refs\/|^HEAD$|^@$|[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$/.test(name) &&
  name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'))

/** Host and path with a colon between, and no slash before it: what ssh's copy takes. */
const isScpLike = (place: string): boolean => /^[^/\\:]+:[^/]/.test(place) && !/^[a-zA-Z]:\\/.test(place)

function scpLike(place: string, given: Given): GitLocation | WrongLocation {
  const { url, path } = splitPath(place)
  if (/^[^:]*:[^/]*@/.test(url)) return wrong(PASSWORD)
  if (!/^([A-Za-z0-9_][A-Za-z0-9._-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:[^-:\s]\S*$/.test(url)) {
    return wrong('the repository is no address that ssh can reach: write user@host:path/of/repository.git')
  }
  return withPath({ is: 'remote', url, ...given }, path)
}

const PASSWORD =
  'the URL holds a user name or a password: leave them out, credentials are given in another way'

function remote(text: string, given: Given, allowed: 'user' | 'nobody'): GitLocation | WrongLocation {
  const place = splitPath(text)
  const parsed = URL.canParse(place.url) ? new URL(place.url) : undefined
  if (parsed === undefined || !['https:', 'ssh:'].includes(parsed.protocol)) {
    return wrong('the repository has to be reached by https:// or ssh://')
  }
  if (parsed.password !== '') return wrong(PASSWORD)
  const mayName = allowed === 'user' && parsed.protocol === 'ssh:'
  if (parsed.username !== '' && !mayName) return wrong(PASSWORD)
  if (!/^[A-Za-z0-9._-]*$/.test(parsed.username) || parsed.username.startsWith('-')) {
    return wrong('the user name in the URL is none that ssh takes')
  }
  if (parsed.hash !== '' || parsed.pathname.length < 2 || /^-|^$/.test(parsed.hostname)) {
    return wrong('the URL names no repository: write https://host/path/of/repository.git')
  }
  const user = parsed.username === '' ? '' : `${parsed.username}@`
  const url = `${parsed.protocol}//${user}${parsed.host}${parsed.pathname.replace(/\/+$/, '')}`
  return withPath({ is: 'remote', url, ...given }, place.path)
}

/** The folder begins after `.git`, or after a double slash that is not the scheme's. */
function splitPath(text: string): { url: string; path: string } {
  const scheme = /^[a-z0-9+.-]+:\/\//i.exec(text)?.[0] ?? ''
  const rest = text.slice(scheme.length)
  const end = /[^/]\.git(?=\/|$)/.exec(rest)
  if (end !== null) {
    const at = end.index + 'x.git'.length
    return { url: scheme + rest.slice(0, at), path: rest.slice(at) }
  }
  const at = rest.indexOf('//', 1)
  return at < 0 ? { url: text, path: '' } : { url: scheme + rest.slice(0, at), path: rest.slice(at) }
}

function withPath(location: Omit<GitLocation, 'path'>, text: string): GitLocation | WrongLocation {
  const path = decoded(text)?.replace(/^\/+|\/+$/g, '')
  if (path === undefined || !isFolder(path)) return wrong('the folder in the repository is no plain path')
  return { ...location, path }
}

const isFolder = (path: string): boolean => path === '' || path.split('/').every((part) => isPathPart(part))

/** A name that git keeps and that leads nowhere else. */
const isPathPart = (part: string): boolean => !/^\.{0,2}$|^\.git$|[\u0000-\u001f\u007f\\]/i.test(part)

/** Whether a path can be written to: no way out of the repository, and not into git's own folder. */
export const isPlainPath = (path: string): boolean => path !== '' && isFolder(path)
