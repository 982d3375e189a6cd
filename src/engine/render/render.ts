// This file is about turning logins into the data of a Secret, whatever the shape.
import { type Fault, fault } from '../../model/fault.ts'
import type { Login } from '../../model/login.ts'
import { configKey, type Shape } from '../../model/shape.ts'
import type { ParsedTemplates } from '../../template/parsed-templates.ts'
import { type KeptTemplates, NOTHING_KEPT } from '../kept-templates.ts'
import { dataFault } from './data-limits.ts'
import { dockerConfigFlaw, renderDockerConfig } from './docker-config.ts'
import { renderKeyValues } from './key-values.ts'
import { Naming } from './naming.ts'
import type { Rendered } from './rendered.ts'
import { renderTemplates, type TemplatesRendered } from './template-data.ts'

const DOCKER_CONFIG_TYPE = 'kubernetes.io/dockerconfigjson'
const DOCKER_CONFIG_KEY = '.dockerconfigjson'

/** `type` is the Secret's: what a dockerconfigjson Secret carries is checked before anybody could pull with it. */
export function render(
  shape: Shape,
  logins: readonly Login[],
  type: string | undefined,
  parsed: ParsedTemplates,
  kept: KeptTemplates = NOTHING_KEPT,
): Rendered | Fault {
  const rendered = renderShape(shape, logins, parsed, kept)
  if ('is' in rendered) return rendered
  const { data, labels, annotations, naming } = rendered
  return dataFault(data, naming) ?? configFault(data, type) ?? { data, labels, annotations }
}

function configFault(data: Rendered['data'], type: string | undefined): Fault | undefined {
  const config = data.get(DOCKER_CONFIG_KEY)
  if (config === undefined || type !== DOCKER_CONFIG_TYPE) return undefined
  const flaw = dockerConfigFlaw(config.toString())
  return flaw === undefined
    ? undefined
    : fault('output-invalid', `key "${DOCKER_CONFIG_KEY}" is no docker config: ${flaw}`)
}

function renderShape(
  shape: Shape,
  logins: readonly Login[],
  parsed: ParsedTemplates,
  kept: KeptTemplates,
): TemplatesRendered | Fault {
  const plain = (data: Rendered['data']): TemplatesRendered => ({
    data,
    labels: {},
    annotations: {},
    naming: new Naming(),
  })
  switch (shape.is) {
    case 'docker-config':
      return plain(new Map([[configKey(shape), renderDockerConfig(shape, logins)]]))
    case 'key-values': {
      const data = renderKeyValues(shape, logins)
      return 'is' in data ? data : plain(data)
    }
    case 'template':
      return renderTemplates(shape, logins, kept, parsed)
  }
}
