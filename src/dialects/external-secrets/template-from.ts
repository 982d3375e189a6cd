// This file is about `templateFrom`: templates written as one text, or kept in ConfigMaps and Secrets.
import type { TemplateFrom, TemplateObject } from '../../model/shape.ts'
import type { World } from '../dialect.ts'
import type { Template } from './template-schema.ts'

type Member = NonNullable<Template['templateFrom']>[number]
type Kept = NonNullable<Member['configMap']>
type Manner = Pick<TemplateFrom, 'into' | 'decoding'>

const DECODINGS = { None: 'none', Base64: 'base64', Base64URL: 'base64url', Auto: 'auto' } as const
const SCOPES = { Values: 'values', KeysAndValues: 'keys-and-values' } as const

/** The targets are spelled in any case. Other texts than these three have been refused by then. */
function into({ target }: Member): TemplateFrom['into'] {
  const spelled = target.toLowerCase()
  return spelled === 'labels' || spelled === 'annotations' ? spelled : 'data'
}

function fromObject(
  at: string,
  kind: TemplateObject['kind'],
  kept: Kept | undefined,
  namespace: string,
  manner: Manner,
): readonly TemplateFrom[] {
  if (kept === undefined) return []
  const object = { kind, namespace, name: kept.name }
  return kept.items.map(({ key, templateAs }, i) => ({
    at: `${at}.items[${i}]`,
    template: { is: 'kept', object, key, as: SCOPES[templateAs] },
    ...manner,
  }))
}

function fromMember(at: string, member: Member, namespace: string): readonly TemplateFrom[] {
  const { configMap, secret, literal, valuesDecodingStrategy = 'None' } = member
  const manner: Manner = { into: into(member), decoding: DECODINGS[valuesDecodingStrategy] }
  return [
    ...fromObject(`${at}.configMap`, 'ConfigMap', configMap, namespace, manner),
    ...fromObject(`${at}.secret`, 'Secret', secret, namespace, manner),
    ...(literal === undefined
      ? []
      : [
          {
            at: `${at}.literal`,
            template: { is: 'literal', text: literal, as: 'keys-and-values' } as const,
            ...manner,
          },
        ]),
  ]
}

/** In list order; of one member the ConfigMap first, then the Secret, then the literal. */
export const templatesFrom = ({ templateFrom = [] }: Template, namespace: string): readonly TemplateFrom[] =>
  templateFrom.flatMap((member, i) =>
    fromMember(`spec.target.template.templateFrom[${i}]`, member, namespace),
  )

/** Whatever becomes of the objects that hold templates brings the order back; what is in them is the engine's to read. */
export function watchTemplates(templates: readonly TemplateFrom[], world: Pick<World, 'get'>): void {
  for (const { template } of templates) {
    if (template.is === 'kept') world.get({ group: '', ...template.object })
  }
}
