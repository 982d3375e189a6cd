// This file is about where a rendering stands: the node it is at, the variables it knows, and complaining there.
import { fromBytes } from './bytes.ts'
import { shortened, Stop, type TemplateError } from './errors.ts'
import type { Scene } from './func.ts'
import { type Node, nodeText } from './nodes.ts'
import type { Trees } from './parser.ts'
import type { Value } from './values.ts'

export interface Source {
  readonly name: string
  /** As a byte string. */
  readonly text: string
  readonly trees: Trees
}

export interface Variable {
  readonly name: string
  value: Value
  /** Its value is an element of a map or list: if that is nil, Go takes it for no map, other than nil itself. */
  isElement?: boolean
}

/** Contexts in messages are cut here: a condition's message is read by people. */
const LONGEST_CONTEXT = 160

const NEWLINE = 0x0a

function placeOf(source: string, at: number): string {
  let line = 1
  let start = 0
  for (let i = 0; i < at; i++) {
    if (source.charCodeAt(i) !== NEWLINE) continue
    line++
    start = i + 1
  }
  return `${line}:${at - start}`
}

export class Run {
  readonly source: Source
  readonly scene: Scene
  /** The node being evaluated, for messages. */
  node: Node | undefined
  variables: Variable[] = []
  /** The dot is an element of a map or list. */
  dotIsElement = false
  /** The name of the body being walked: the template's own, or that of a `define`. */
  body: string

  constructor(source: Source, scene: Scene) {
    this.source = source
    this.scene = scene
    this.body = source.name
  }

  /** An error at the node being evaluated, in Go's shape. */
  locate(code: TemplateError['code'], message: string): TemplateError {
    if (this.node === undefined) return { code, message: `template: ${this.source.name}: ${message}` }
    const place = placeOf(this.source.text, this.node.at)
    const text = fromBytes(nodeText(this.node))
    const context = text.length > LONGEST_CONTEXT ? `${text.slice(0, LONGEST_CONTEXT)}...` : text
    const where = `template: ${this.source.name}:${place}: executing ${JSON.stringify(shortened(this.body))}`
    return { code, message: `${where} at <${context}>: ${shortened(message)}` }
  }

  /** Ends the rendering; the message must hold no value of the data. */
  fail(message: string, code: TemplateError['code'] = 'execute'): never {
    throw new Stop(this.locate(code, fromBytes(message)))
  }

  /** The innermost variable of that name. */
  variable(name: string): Variable {
    this.scene.budget.step(this.variables.length / 16)
    const found = this.variables.findLast((v) => v.name === name)
    return found ?? this.fail(`undefined variable: ${name}`)
  }
}
