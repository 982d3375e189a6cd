// This file is about names as Kubernetes demands them, for the schemas of every API.
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
