// This file is about attempts by templates: Secrets that mean power, sources of others, and functions that reach out.
import { attempt, type Attempt } from './attempt.ts'
import {
  ALICE,
  generated,
  keysIn,
  login,
  type Json,
  MALLORY,
  secret,
  templated,
  withKeys,
} from './manifests.ts'

const PASSWORD = { password: '{{ .password }}' }
const ACCOUNT_NAME = { 'kubernetes.io/service-account.name': 'default' }
const TOKEN_TYPE = 'kubernetes.io/service-account-token'

const output = (name: string, template: Json, more: Json = {}) =>
  login(name, withKeys('keys'), { outputs: [{ secretName: name, template, ...more }] })

const REACHING: readonly string[] = [
  '{{ env "AWS_SECRET_ACCESS_KEY" }}',
  '{{ expandenv "$AWS_SECRET_ACCESS_KEY" }}',
  '{{ (lookup "v1" "Secret" "alice" "canary").data.text }}',
  '{{ .Files.Get "/proc/self/environ" }}',
  '{{ readFile "/proc/self/environ" }}',
  '{{ getHostByName "alice.example" }}',
  '{{ template "/etc/passwd" }}',
  '{{ include "alice" . }}',
  '{{ .constructor.constructor "return process.env" }}',
  '{{ index . "__proto__" }}{{ .__proto__.polluted }}',
]

export const TEMPLATES: readonly Attempt[] = [
  attempt(
    'has the token of an account made by the type of a Secret',
    (name) =>
      templated(name, {
        type: TOKEN_TYPE,
        metadata: { annotations: ACCOUNT_NAME },
        data: PASSWORD,
      }).toReversed(),
    'forbidden',
  ),
  attempt('has it made by an output of a RegistryLogin', (name) => [
    output(name, { type: TOKEN_TYPE, data: PASSWORD }),
  ]),
  attempt('has the annotation alone written, by metadata of an output', (name) => [
    output(name, { data: PASSWORD }, { metadata: { annotations: ACCOUNT_NAME } }),
  ]),
  attempt('has the annotation made by a template of annotations', (name) =>
    templated(name, {
      data: PASSWORD,
      templateFrom: [{ target: 'Annotations', literal: 'kubernetes.io/service-account.name: default' }],
    }),
  ),
  attempt('has the annotation copied from an order without a template', (name) =>
    generated(name, keysIn('keys'), {}, { annotations: ACCOUNT_NAME }),
  ),
  attempt(
    'has her order merged into a Secret of that type',
    (name) => [
      secret(name, { text: 'mine' }, { annotations: ACCOUNT_NAME }, { type: TOKEN_TYPE }),
      ...generated(name, keysIn('keys'), {
        target: { creationPolicy: 'Merge', template: { data: PASSWORD } },
      }),
    ],
    'nothing',
  ),
  attempt(
    'has a bootstrap token made',
    (name) => templated(name, { type: 'bootstrap.kubernetes.io/token', data: PASSWORD }).toReversed(),
    'forbidden',
  ),
  attempt(
    'has a docker config in its old form made, of her own login',
    (name) =>
      templated(name, {
        type: 'kubernetes.io/dockercfg',
        data: { '.dockercfg': '{"h":{"auth":"{{ .password }}"}}' },
      }),
    'own',
  ),
  attempt(
    'has a template for a type',
    (name) => templated(name, { type: '{{ "kubernetes.io/service-account-token" }}', data: PASSWORD }),
    'own',
  ),
  attempt('has a Secret of alice read as a template', (name) =>
    templated(name, {
      templateFrom: [{ secret: { name: 'canary', namespace: ALICE, items: [{ key: 'text' }] } }],
    }),
  ),
  attempt('has a ConfigMap of alice read as a template', (name) =>
    templated(name, {
      templateFrom: [{ configMap: { name: 'canary', namespace: ALICE, items: [{ key: 'text' }] } }],
    }),
  ),
  attempt(
    'has them read by a path',
    (name) =>
      templated(name, {
        templateFrom: [{ secret: { name: '../../alice/secrets/canary', items: [{ key: 'text' }] } }],
      }),
    'forbidden',
  ),
  ...REACHING.map((text) =>
    attempt(`has a template say ${text}`, (name) => templated(name, { data: { value: text } })),
  ),
  attempt(
    'gives the Secret another name and namespace by its template',
    (name) => templated(name, { metadata: { name: 'ecr', namespace: ALICE }, data: PASSWORD }),
    'own',
  ),
  attempt(
    'orders another kind of object than a Secret',
    (name) =>
      generated(name, keysIn('keys'), {
        target: { manifest: { apiVersion: 'v1', kind: 'ServiceAccount' }, template: { data: PASSWORD } },
      }),
    'refused',
  ),
  attempt('has a template make more than fits anywhere', (name) =>
    templated(name, { data: { value: '{{ .password | repeat 1000000 }}' } }),
  ),
  attempt('has a template run for ever', (name) =>
    templated(name, {
      data: { value: '{{ range until 100000 }}{{ range until 100000 }}{{ $.password }}{{ end }}{{ end }}' },
    }),
  ),
  attempt(
    'names the output as alice does, in a namespace that the template chooses',
    (name) => [
      login(name, withKeys('keys'), {
        outputs: [
          {
            secretName: name,
            template: { data: PASSWORD, metadata: { labels: { namespace: ALICE }, namespace: ALICE } },
            metadata: { labels: { owner: MALLORY }, namespace: ALICE },
          },
        ],
      }),
    ],
    'own',
  ),
]
