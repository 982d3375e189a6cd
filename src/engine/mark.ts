// This file is about what the mark of a delivery tells of an order that nobody knows any more: whose it was, and which hosts it has.
import { deliveryAnnotation } from '../model/delivery.ts'
import type { Ref } from '../model/ref.ts'
import type { MergedHosts } from '../model/shape.ts'

export interface Mark {
  /** Absent where the Secret belongs to whoever ordered. */
  readonly by?: Ref
  readonly merged?: MergedHosts
}

/** Believes whatever an orderer's own annotation says, save whose it is: that has to fit its name. */
export function readMark(annotation: string, text: string | undefined): Mark {
  const { by, merged } = (text === undefined ? undefined : parseMark(text)) ?? {}
  const orderer = readRef(by)
  const hosts = readMerged(merged)
  return {
    ...(orderer !== undefined && deliveryAnnotation(orderer) === annotation ? { by: orderer } : {}),
    ...(hosts === undefined ? {} : { merged: hosts }),
  }
}

type Members = Readonly<Record<string, unknown>>

/** The members of a mark; undefined where it has none. */
export function parseMark(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isMap(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function readMerged(value: unknown): MergedHosts | undefined {
  if (!isMap(value)) return undefined
  const { key, hosts } = value
  return typeof key === 'string' && areTexts(hosts) ? { key, hosts } : undefined
}

/** As `refKey` spells it; none of its parts can hold a slash. */
function readRef(value: unknown): Ref | undefined {
  const parts = typeof value === 'string' ? value.split('/') : []
  const [group = '', kind = '', namespace = '', name = ''] = parts
  return parts.length === 4 ? { group, kind, namespace, name } : undefined
}

export const areTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

const isMap = (value: unknown): value is Members => typeof value === 'object' && value !== null
