// This file is about how far this dialect goes: every field of the API, and what becomes of it.

import type { Coverage } from '../coverage.ts'

const honoured = (path: string, only?: readonly string[]): Coverage =>
  only === undefined ? { path, standing: 'honoured' } : { path, standing: 'honoured', only }
const ignored = (path: string, note: string): Coverage => ({ path, standing: 'ignored', note })
const refused = (path: string, note: string): Coverage => ({ path, standing: 'refused', note })

const NO_STORES = 'nothing is read from stores, only from generators of AWS logins'
/** What conversionStrategy, decodingStrategy, metadataPolicy and nullBytePolicy are about is what stores give. */
const NO_STRATEGIES = `${NO_STORES}, so that no keys are converted and no values decoded`
const NO_DATA = `${NO_STORES}, and those are named in spec.dataFrom: a generatorRef in spec.data is taken for a store upstream, too`

const NO_OBJECTS = 'it fails as upstream: no value of a generator is a JSON object'

const NO_VARYING =
  'a template that calls `now`, `ago`, `bcrypt` or `htpasswd` is refused: keys must be the same every time they are looked at'

const templateFrom = (...fields: readonly string[]): readonly Coverage[] =>
  fields.map((field) => honoured(`spec.target.template.templateFrom[].${field}`))

export const EXTERNAL_SECRET_COVERAGE: readonly Coverage[] = [
  ignored('spec.secretStoreRef', NO_STORES),
  honoured('spec.target.name'),
  honoured('spec.target.creationPolicy'),
  honoured('spec.target.deletionPolicy'),
  honoured('spec.target.immutable'),
  refused('spec.target.manifest', 'only Secrets are written'),
  honoured('spec.target.template.type'),
  honoured('spec.target.template.engineVersion'),
  honoured('spec.target.template.mergePolicy'),
  honoured('spec.target.template.metadata.labels'),
  honoured('spec.target.template.metadata.annotations'),
  honoured('spec.target.template.metadata.finalizers'),
  honoured('spec.target.template.data'),
  ...templateFrom('configMap.name', 'configMap.items[].key', 'configMap.items[].templateAs'),
  ...templateFrom('secret.name', 'secret.items[].key', 'secret.items[].templateAs'),
  ...templateFrom('literal', 'target', 'valuesDecodingStrategy'),
  honoured('spec.refreshPolicy'),
  honoured('spec.refreshInterval'),
  honoured('spec.syncWindows.kind'),
  honoured('spec.syncWindows.windows[].schedule'),
  honoured('spec.syncWindows.windows[].duration'),
  refused('spec.data', NO_DATA),
  honoured('spec.dataFrom[].sourceRef.generatorRef.apiVersion'),
  honoured('spec.dataFrom[].sourceRef.generatorRef.kind', [
    'ECRAuthorizationToken',
    'STSSessionToken',
    'ClusterGenerator',
  ]),
  honoured('spec.dataFrom[].sourceRef.generatorRef.name'),
  refused('spec.dataFrom[].sourceRef.storeRef', NO_STORES),
  refused('spec.dataFrom[].extract', NO_STRATEGIES),
  refused('spec.dataFrom[].find', NO_STRATEGIES),
  honoured('spec.dataFrom[].rewrite[].regexp.source'),
  honoured('spec.dataFrom[].rewrite[].regexp.target'),
  { ...honoured('spec.dataFrom[].rewrite[].transform.template'), note: NO_VARYING },
  { ...refused('spec.dataFrom[].rewrite[].merge', NO_OBJECTS), isToldWhereUsed: true },
]
