// This file is about an output as users write it: one Secret, and the form that logins take in it.
import { z } from 'zod'
import { SECRET_TYPES } from '../../model/argocd-secret.ts'
import { dataKey, objectName } from '../name-fields.ts'
import { exactlyOneOf, labelSelector } from './fields.ts'

const texts = (most: number) => z.record(z.string(), z.string().max(4096)).meta({ maxProperties: most })

const dockerConfig = z.object({
  merge: z
    .boolean()
    .optional()
    .describe('Adds our hosts to a docker config that may be there already; other hosts are left alone.'),
  key: dataKey()
    .optional()
    .describe(
      'The key it is written under, config.json say; the Secret is Opaque then. Absent: .dockerconfigjson, in a Secret of type kubernetes.io/dockerconfigjson.',
    ),
})

const argocdText = () => z.string().min(1).max(1024)

const argocd = z.object({
  kind: z
    .enum(SECRET_TYPES)
    .default('repository')
    .describe('The label argocd.argoproj.io/secret-type: one repository, or a template for many.'),
  type: z
    .enum(['helm', 'oci'])
    .default('helm')
    .describe('helm: charts in an OCI registry. oci: manifests in an OCI image (Argo CD 3.1 and later).'),
  url: argocdText().describe(
    'As in the Application: HOST or HOST/PATH for helm, oci://HOST/REPOSITORY for oci; of a template, what their beginning is.',
  ),
  name: argocdText().optional().describe('How Argo CD calls the repository.'),
  project: argocdText().optional().describe('The AppProject that the repository is for.'),
  insecure: z.boolean().optional().describe('Argo CD does not verify the certificate of the registry.'),
  insecureOCIForceHttp: z.boolean().optional().describe('Argo CD speaks HTTP with the registry.'),
  forceHttpBasicAuth: z.boolean().optional().describe('Argo CD sends the login with the first request.'),
  proxy: argocdText().optional().describe('The proxy through which Argo CD reaches the registry.'),
  noProxy: argocdText().optional().describe('Hosts that Argo CD reaches without it.'),
})
export type ArgocdFields = z.infer<typeof argocd>

/** What may be taken from a login, and its registry. */
export const FIELD_NAMES = [
  'username',
  'password',
  'usernamePassword',
  'host',
  'proxyEndpoint',
  'expiresAt',
  'expiresAtSeconds',
] as const
export type FieldName = (typeof FIELD_NAMES)[number]

const template = z.object({
  type: z.string().min(1).max(253).optional().describe('The type of the Secret; Opaque where not given.'),
  data: z
    .record(z.string(), z.string().max(65_536))
    .meta({ minProperties: 1, maxProperties: 64 })
    .describe(
      'A Go template for each key, over .username, .password, .usernamePassword, .host and the like.',
    ),
  metadata: z
    .object({
      labels: texts(64).optional().describe('Labels, each a template.'),
      annotations: texts(64).optional().describe('Annotations, each a template.'),
    })
    .optional()
    .describe('More metadata of the Secret, as templates.'),
})

const accountName = () =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(/^(\*|[a-z0-9]([-a-z0-9.]*[a-z0-9])?)$/)

const link = z.object({
  serviceAccounts: exactlyOneOf(
    z.object({
      names: z.array(accountName()).min(1).max(64).optional().describe('By name; "*" means all there are.'),
      selector: labelSelector().optional().describe('By label.'),
    }),
    ['names', 'selector'],
  ).describe('Which service accounts of the namespace: those that are there, and those to come.'),
  as: z
    .array(z.enum(['imagePullSecrets', 'secrets']))
    .min(1)
    .max(2)
    .optional()
    .describe(
      'The lists that name the Secret. Absent: both for a docker config (kubelets read imagePullSecrets, OpenShift builds and Tekton one or the other), secrets for anything else.',
    ),
})
export type LinkFields = z.infer<typeof link>

export const SHAPES = ['dockerConfig', 'argocd', 'basicAuth', 'fields', 'template'] as const
export type ShapeName = (typeof SHAPES)[number]

export const output = exactlyOneOf(
  z.object({
    secretName: objectName().describe('The Secret to keep.'),
    access: z
      .enum(['pull', 'push'])
      .optional()
      .describe(
        'Narrows the login to pulling from, or pulling from and pushing to, the registries named, by a session policy on the last role assumed. Absent: whatever the identity may do.',
      ),
    registry: z
      .string()
      .min(1)
      .max(259)
      .optional()
      .describe('The host whose login it holds, where there are several registries and it has room for one.'),
    dockerConfig: dockerConfig
      .optional()
      .describe(
        'A docker config with a login for each registry: kubelets, builds, crane, skopeo, helm, Flux.',
      ),
    argocd: argocd.optional().describe('An Argo CD repository, or a template of credentials for several.'),
    basicAuth: z
      .object({})
      .optional()
      .describe('Keys username and password, type kubernetes.io/basic-auth: Tekton, Flux.'),
    fields: z
      .record(z.string(), z.enum(FIELD_NAMES))
      .meta({ minProperties: 1, maxProperties: 32 })
      .optional()
      .describe('What each key holds: Argo CD Image Updater, Kargo, anything with fixed keys.'),
    template: template.optional().describe('Go templates, with the functions of External Secrets.'),
    metadata: z
      .object({
        labels: texts(64).optional().describe('Labels.'),
        annotations: texts(64).optional().describe('Annotations.'),
      })
      .optional()
      .describe('More metadata of the Secret, as it stands.'),
    adopt: z
      .boolean()
      .optional()
      .describe(
        'An existing Secret that is not ours may be written: our keys, and no other. It stays when this object goes.',
      ),
    link: link.optional().describe('Service accounts that are to name the Secret.'),
  }),
  SHAPES,
)
export type OutputFields = z.infer<typeof output>

export const outputs = () =>
  z
    .array(output)
    .min(1)
    .max(32)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['secretName'] })
    .describe('The Secrets to keep.')
