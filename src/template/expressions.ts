// This file is about evaluating pipelines: commands, fields, calls, in Go's order and with Go's refusals.
import { fit, GO_TYPES, idealConstant, literal } from './arguments.ts'
import { CallError } from './errors.ts'
import type { Func, Param } from './func.ts'
import { methodOf } from './functions/methods.ts'
import type {
  ChainNode,
  CommandNode,
  Constant,
  DotNode,
  FieldNode,
  NilNode,
  Node,
  Operand,
  PipeNode,
  VariableNode,
} from './nodes.ts'
import { nodeText } from './nodes.ts'
import { quote } from './quote.ts'
import type { Run } from './run.ts'
import { GoMap, GoSlice, isStruct, isTrue, typeName, type Value } from './values.ts'

/** Nothing came down the pipeline, which is not the same as nil. */
const NOTHING: unique symbol = Symbol('nothing')
type Piped = Value | typeof NOTHING

export class Expressions {
  readonly #run: Run
  constructor(run: Run) {
    this.#run = run
  }

  /** The value of a pipeline; the variables it declares stay until their block ends. */
  pipeline(dot: Value, pipe: PipeNode): Value {
    this.#run.node = pipe
    let value: Piped = NOTHING
    for (const command of pipe.commands) value = this.#command(dot, command, value)
    const result: Value = value === NOTHING ? null : value
    for (const { name } of pipe.variables) {
      if (pipe.assigns) Object.assign(this.#run.variable(name), { value: result, isElement: false })
      else this.#run.variables.push({ name, value: result })
    }
    return result
  }

  #command(dot: Value, command: CommandNode, piped: Piped): Value {
    this.#run.scene.budget.step(1)
    const first = command.operands[0]
    const hasArguments = command.operands.length > 1 || piped !== NOTHING
    switch (first.is) {
      case 'identifier':
        this.#run.node = first
        return this.#call(dot, first.name, first.func, command, command.operands.slice(1), piped)
      case 'field':
        this.#run.node = first
        return this.#fields(dot, dot, first.names, first, command.operands, piped)
      case 'chain':
        return this.#chain(dot, first, command.operands, piped)
      case 'variable':
        return this.#variableNode(dot, first, command.operands, piped)
      case 'pipe':
        if (hasArguments) this.#run.fail(`can't give argument to non-function ${nodeText(first)}`)
        return this.pipeline(dot, first)
      case 'dot':
      case 'nil':
      case 'bool':
      case 'number':
      case 'string':
        this.#run.node = first
        if (hasArguments) this.#run.fail(`can't give argument to non-function ${nodeText(first)}`)
        return this.#constant(dot, first)
    }
  }

  #constant(dot: Value, node: DotNode | NilNode | Constant): Value {
    if (node.is === 'dot') return dot
    if (node.is === 'nil') return this.#run.fail('nil is not a command')
    return node.is === 'number' ? idealConstant(this.#run, node) : node.value
  }

  #variableNode(dot: Value, node: VariableNode, operands: readonly Operand[], piped: Piped): Value {
    this.#run.node = node
    const { value } = this.#run.variable(node.name)
    if (node.names.length > 0) return this.#fields(dot, value, node.names, node, operands, piped)
    if (operands.length > 1 || piped !== NOTHING) {
      this.#run.fail(`can't give argument to non-function ${nodeText(node)}`)
    }
    return value
  }

  #chain(dot: Value, node: ChainNode, operands: readonly Operand[], piped: Piped): Value {
    this.#run.node = node
    if (node.base.is === 'nil') this.#run.fail(`indirection through explicit nil in ${nodeText(node)}`)
    const base = this.#argument(dot, 'any', node.base)
    return this.#fields(dot, base, node.names, node, operands, piped)
  }

  /** `.a.b.c` walked from `receiver`; only the last may be a method with arguments. */
  #fields(
    dot: Value,
    receiver: Value,
    names: readonly string[],
    node: FieldNode | VariableNode | ChainNode,
    operands: readonly Operand[],
    piped: Piped,
  ): Value {
    let value = receiver
    const last = names.length - 1
    for (let i = 0; i <= last; i++) {
      const given = i === last ? operands.slice(1) : []
      value = this.#field(dot, value, names[i] ?? '', node, given, i === last ? piped : NOTHING)
    }
    return value
  }

  #field(
    dot: Value,
    receiver: Value,
    name: string,
    node: Node,
    given: readonly Operand[],
    piped: Piped,
  ): Value {
    if (receiver === null) return this.#missing(`nil data; no entry for key ${quote(name)}`)
    if (isStruct(receiver)) {
      const method = methodOf(receiver, name)
      if (method !== undefined) return this.#call(dot, name, method, node, given, piped)
    }
    if (!(receiver instanceof GoMap)) {
      return this.#run.fail(`can't evaluate field ${name} in type ${typeName(receiver)}`)
    }
    if (given.length > 0 || piped !== NOTHING) this.#run.fail(`${name} is not a method but has arguments`)
    const value = receiver.entries.get(name)
    return value === undefined ? this.#missing(`map has no entry for key ${quote(name)}`) : value
  }

  #missing(message: string): Value {
    return this.#run.scene.forgives ? null : this.#run.fail(message, 'missing-key')
  }

  /** Checks arity, evaluates and checks every argument, then calls. */
  #call(dot: Value, name: string, func: Func, node: Node, given: readonly Operand[], piped: Piped): Value {
    const { params, rest } = func
    this.#checkArity(name, func, given.length, piped === NOTHING ? 0 : 1)
    if (func.shortCircuit !== undefined) return this.#shortCircuit(dot, func.shortCircuit, given, piped)
    const args: Value[] = []
    for (const operand of given) {
      args.push(this.#argument(dot, params[args.length] ?? rest ?? 'any', operand))
    }
    if (piped !== NOTHING) args.push(fit(this.#run, piped, params[args.length] ?? rest ?? 'any'))
    return this.#invoke(name, func, node, args)
  }

  #checkArity(name: string, { params, rest }: Func, given: number, piped: number): void {
    const count = given + piped
    if (rest !== undefined && count < params.length) {
      this.#run.fail(`wrong number of args for ${name}: want at least ${params.length} got ${given}`)
    }
    if (rest === undefined && count !== params.length) {
      this.#run.fail(`wrong number of args for ${name}: want ${params.length} got ${count}`)
    }
  }

  #shortCircuit(dot: Value, kind: 'and' | 'or', given: readonly Operand[], piped: Piped): Value {
    let value: Value = null
    for (const operand of given) {
      value = this.#argument(dot, 'value', operand)
      if (isTrue(value) === (kind === 'or')) return value
    }
    return piped === NOTHING ? value : piped
  }

  #invoke(name: string, func: Func, node: Node, args: readonly Value[]): Value {
    const { budget } = this.#run.scene
    this.#charge(args)
    try {
      const result = func.call(args, this.#run.scene)
      if (typeof result === 'string') budget.text(result.length)
      else if (result instanceof GoSlice) budget.step(result.items.length / 16)
      else if (result instanceof GoMap) budget.step(result.entries.size / 8)
      return result
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      this.#run.node = node
      return this.#run.fail(`error calling ${name}: ${error.message}`)
    }
  }

  /** Every function reads its arguments; maps and lists at least in part. */
  #charge(args: readonly Value[]): void {
    const { budget } = this.#run.scene
    budget.step(args.length)
    for (const arg of args) {
      if (typeof arg === 'string') budget.text(arg.length)
      else if (arg instanceof GoSlice) budget.step(arg.items.length / 32)
      else if (arg instanceof GoMap) budget.step(arg.entries.size / 32)
    }
  }

  #argument(dot: Value, param: Param, node: Operand): Value {
    this.#run.node = node
    switch (node.is) {
      case 'dot':
        return fit(this.#run, dot, param, this.#run.dotIsElement)
      case 'nil':
        if (param === 'map') return new GoMap('interface {}', new Map(), true)
        if (param === 'any' || param === 'value') return null
        return this.#run.fail(`cannot assign nil to ${GO_TYPES[param]}`)
      case 'field':
        return fit(this.#run, this.#fields(dot, dot, node.names, node, [node], NOTHING), param, true)
      case 'variable':
        return fit(
          this.#run,
          this.#variableNode(dot, node, [], NOTHING),
          param,
          node.names.length > 0 || this.#run.variable(node.name).isElement,
        )
      case 'pipe':
        return fit(this.#run, this.pipeline(dot, node), param)
      case 'identifier':
        return fit(this.#run, this.#call(dot, node.name, node.func, node, [], NOTHING), param)
      case 'chain':
        return fit(this.#run, this.#chain(dot, node, [], NOTHING), param, true)
      case 'bool':
      case 'number':
      case 'string':
        return literal(this.#run, param, node)
    }
  }
}
