// This file is about the field types that the kinds of this API share: maps, and objects of which one member is given.
import { z } from 'zod'

export const textMap = (): z.ZodRecord<z.ZodString, z.ZodString> => z.record(z.string(), z.string())

/** Marks an object of which exactly one property must be given. */
export const ONE_PROPERTY = { minProperties: 1, maxProperties: 1 } as const

const given = (members: object): number =>
  Object.values(members).filter((member) => member !== undefined).length

export const exactlyOne = (members: object): boolean => given(members) === 1

export const atMostOne = (members: object): boolean => given(members) <= 1
