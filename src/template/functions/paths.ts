// This file is about slash-separated paths; the operator's own platform uses the same separator.
import { posix } from 'node:path'
import { fn, type FuncTable, perCharacter } from '../func.ts'

function clean(path: string): string {
  const normal = posix.normalize(path)
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal
}

function base(path: string): string {
  if (path === '') return '.'
  return posix.basename(path) || '/'
}

const dir = (path: string): string => clean(path.slice(0, path.lastIndexOf('/') + 1))

function ext(path: string): string {
  const dot = path.lastIndexOf('.')
  return dot > path.lastIndexOf('/') ? path.slice(dot) : ''
}

const BASE = perCharacter(fn(['string'], base))
const DIR = perCharacter(fn(['string'], dir))
const CLEAN = perCharacter(fn(['string'], clean))
const EXT = perCharacter(fn(['string'], ext))
const IS_ABS = perCharacter(fn(['string'], (path) => path.startsWith('/')))

export const PATHS: FuncTable = new Map([
  ['base', BASE],
  ['osBase', BASE],
  ['dir', DIR],
  ['osDir', DIR],
  ['clean', CLEAN],
  ['osClean', CLEAN],
  ['ext', EXT],
  ['osExt', EXT],
  ['isAbs', IS_ABS],
  ['osIsAbs', IS_ABS],
])
