// This file is about the field types that the kinds of this API share: names, keys, references.
import { z } from 'zod'

/** A DNS-1123 subdomain, as the API server demands of most object names. */
export const objectName = (): z.ZodString =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/)

export const namespaceName = (): z.ZodString =>
  z
    .string()
    .min(1)
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)

/** A key of a Secret or ConfigMap. */
export const dataKey = (): z.ZodString =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(/^[-._a-zA-Z0-9]+$/)

export const textMap = (): z.ZodRecord<z.ZodString, z.ZodString> => z.record(z.string(), z.string())

/** Marks an object of which exactly one property must be given. */
export const ONE_PROPERTY = { minProperties: 1, maxProperties: 1 } as const

const given = (members: object): number =>
  Object.values(members).filter((member) => member !== undefined).length

export const exactlyOne = (members: object): boolean => given(members) === 1

export const atMostOne = (members: object): boolean => given(members) <= 1
