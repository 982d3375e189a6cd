// This file is about running a parsed template: walking its tree and writing what comes of it.
import { fromBytes } from './bytes.ts'
import { Expressions } from './expressions.ts'
import type { BranchNode, Node, PipeNode, Statement, TemplateNode } from './nodes.ts'
import { valueText } from './printer.ts'
import { quote } from './quote.ts'
import type { Run } from './run.ts'
import { GoMap, GoSlice, integerOf, isInteger, isTrue, SizedInt, typeName, type Value } from './values.ts'

/** What a statement does to the loop around it. */
type Flow = 'on' | 'break' | 'continue'

/** One rendering of one template. */
export class Evaluator {
  readonly #run: Run
  readonly #expressions: Expressions
  #depth = 0
  #out = ''

  constructor(run: Run) {
    this.#run = run
    this.#expressions = new Expressions(run)
  }

  /** The rendered byte string; throws a Stop, or a LimitError that the run can locate. */
  render(data: Value): string {
    const { source } = this.#run
    this.#run.variables = [{ name: '$', value: data }]
    this.#walkAll(data, source.trees.bodies.get(source.name) ?? [])
    return this.#out
  }

  #write(text: string): void {
    this.#run.scene.budget.grow(this.#out.length + text.length, text.length)
    this.#out += text
  }

  #walkAll(dot: Value, body: readonly Statement[]): Flow {
    for (const node of body) {
      const flow = this.#walk(dot, node)
      if (flow !== 'on') return flow
    }
    return 'on'
  }

  #walk(dot: Value, node: Statement): Flow {
    this.#run.scene.budget.step(1)
    this.#run.node = node
    switch (node.is) {
      case 'text':
        this.#write(node.text)
        return 'on'
      case 'action':
        this.#act(dot, node.pipe, node)
        return 'on'
      case 'if':
      case 'with':
        return this.#choose(dot, node)
      case 'range':
        return this.#range(dot, node)
      case 'template':
        this.#include(dot, node)
        return 'on'
      case 'break':
      case 'continue':
        return node.is
    }
  }

  #act(dot: Value, pipe: PipeNode, node: Node): void {
    const value = this.#expressions.pipeline(dot, pipe)
    if (pipe.variables.length > 0) return
    this.#run.node = node
    this.#write(valueText(value, this.#run.scene.budget))
  }

  #choose(dot: Value, { is, pipe, body, otherwise }: BranchNode): Flow {
    const mark = this.#run.variables.length
    const value = this.#expressions.pipeline(dot, pipe)
    const inner = is === 'with' ? value : dot
    const flow = isTrue(value) ? this.#walkAll(inner, body) : this.#walkAll(dot, otherwise ?? [])
    this.#run.variables.length = mark
    return flow
  }

  #range(dot: Value, node: BranchNode): Flow {
    const mark = this.#run.variables.length
    const value = this.#expressions.pipeline(dot, node.pipe)
    const outer = this.#run.dotIsElement
    this.#run.dotIsElement = true
    let rounds = 0
    for (const [index, element] of this.#elements(value, node.pipe)) {
      rounds++
      this.#run.scene.budget.step(1)
      const inside = this.#run.variables.length
      this.#setLoopVariables(node.pipe, index, element)
      const flow = this.#walkAll(element, node.body)
      this.#run.variables.length = inside
      if (flow === 'break') break
    }
    this.#run.dotIsElement = outer
    const flow = rounds === 0 ? this.#walkAll(dot, node.otherwise ?? []) : 'on'
    this.#run.variables.length = mark
    return flow
  }

  #elements(value: Value, pipe: PipeNode): Iterable<readonly [Value, Value]> {
    if (value instanceof GoMap) {
      this.#run.scene.budget.step(value.entries.size)
      return value.keys().map((key) => [key, value.entries.get(key) ?? null] as const)
    }
    if (value instanceof GoSlice) return enumerate(value.items)
    if (value === null) return []
    if (!isInteger(value))
      return this.#run.fail(`range can't iterate over a value of type ${typeName(value)}`)
    if (pipe.variables.length > 1) {
      this.#run.fail(`can't use a value of type ${typeName(value)} to iterate over more than one variable`)
    }
    return count(value)
  }

  /** With two variables the index comes first; with one it is the element. */
  #setLoopVariables({ variables, assigns }: PipeNode, index: Value, element: Value): void {
    const [first, second] = variables
    if (first === undefined) return
    const top = this.#run.variables.length
    const set = (name: string, slot: number, value: Value): void => {
      const variable = assigns ? this.#run.variable(name) : this.#run.variables[slot]
      if (variable === undefined) return
      variable.value = value
      variable.isElement = true
    }
    if (second === undefined) return set(first.name, top - 1, element)
    set(first.name, top - 2, index)
    set(second.name, top - 1, element)
  }

  #include(dot: Value, node: TemplateNode): void {
    const body = this.#run.source.trees.bodies.get(node.name)
    if (body === undefined) this.#run.fail(`template ${quote(node.name)} not defined`)
    const limit = this.#run.scene.budget.limits.depth
    if (this.#depth >= limit) this.#run.fail(`exceeded maximum template depth (${limit})`, 'limit')
    const inner = node.pipe === undefined ? null : this.#expressions.pipeline(dot, node.pipe)
    const { variables, body: outerBody, dotIsElement } = this.#run
    this.#run.variables = [{ name: '$', value: inner }]
    this.#run.body = fromBytes(node.name)
    this.#run.dotIsElement = false
    this.#depth++
    this.#walkAll(inner, body)
    this.#depth--
    this.#run.variables = variables
    this.#run.body = outerBody
    this.#run.dotIsElement = dotIsElement
  }
}

/** The rounds of `range 3`; their number is bounded by the steps. */
function* count(value: bigint | SizedInt): Generator<readonly [Value, Value]> {
  const end = integerOf(value)
  for (let n = 0n; n < end; n++) {
    yield [null, value instanceof SizedInt ? new SizedInt(value.type, n) : n] as const
  }
}

function* enumerate(items: readonly Value[]): Generator<readonly [Value, Value]> {
  for (const [i, item] of items.entries()) yield [BigInt(i), item] as const
}
