// This file is about the tree of a parsed template, and how a node is written in an error message.
import type { Func } from './func.ts'
import type { NumberLiteral } from './numbers.ts'
import { quote } from './quote.ts'

interface Placed {
  /** The byte of the source it starts at. */
  readonly at: number
}

export interface FieldNode extends Placed {
  readonly is: 'field'
  readonly names: readonly string[]
}
export interface VariableNode extends Placed {
  readonly is: 'variable'
  /** With the dollar sign; the fields asked of it follow. */
  readonly name: string
  readonly names: readonly string[]
}
export interface ChainNode extends Placed {
  readonly is: 'chain'
  readonly base: Operand
  readonly names: readonly string[]
}
export interface IdentifierNode extends Placed {
  readonly is: 'identifier'
  readonly name: string
  readonly func: Func
}
export interface DotNode extends Placed {
  readonly is: 'dot'
}
export interface NilNode extends Placed {
  readonly is: 'nil'
}
export interface BoolNode extends Placed {
  readonly is: 'bool'
  readonly value: boolean
}
export interface NumberNode extends Placed {
  readonly is: 'number'
  readonly text: string
  readonly value: NumberLiteral
}
export interface StringNode extends Placed {
  readonly is: 'string'
  readonly quoted: string
  readonly value: string
}
export interface PipeNode extends Placed {
  readonly is: 'pipe'
  readonly assigns: boolean
  readonly variables: readonly VariableNode[]
  readonly commands: readonly CommandNode[]
}
export type Constant = BoolNode | NumberNode | StringNode
export type Operand =
  | FieldNode
  | VariableNode
  | ChainNode
  | IdentifierNode
  | DotNode
  | NilNode
  | Constant
  | PipeNode

export interface CommandNode extends Placed {
  readonly is: 'command'
  /** The first is what is called or evaluated; never empty. */
  readonly operands: readonly [Operand, ...Operand[]]
}

export interface TextNode extends Placed {
  readonly is: 'text'
  readonly text: string
}
export interface ActionNode extends Placed {
  readonly is: 'action'
  readonly pipe: PipeNode
}
export interface BranchNode extends Placed {
  readonly is: 'if' | 'with' | 'range'
  readonly pipe: PipeNode
  readonly body: readonly Statement[]
  readonly otherwise: readonly Statement[] | undefined
}
export interface TemplateNode extends Placed {
  readonly is: 'template'
  readonly name: string
  readonly pipe: PipeNode | undefined
}
export interface JumpNode extends Placed {
  readonly is: 'break' | 'continue'
}
export type Statement = TextNode | ActionNode | BranchNode | TemplateNode | JumpNode
export type Node = Statement | Operand | CommandNode

const joined = (names: readonly string[]): string => names.map((name) => `.${name}`).join('')

function pipeText({ variables, assigns, commands }: PipeNode): string {
  const names = variables.map(nodeText).join(', ')
  const head = variables.length === 0 ? '' : `${names} ${assigns ? '=' : ':='} `
  return head + commands.map(nodeText).join(' | ')
}

const operandText = (node: Operand): string => (node.is === 'pipe' ? `(${pipeText(node)})` : nodeText(node))

function branchText(node: BranchNode): string {
  const otherwise = node.otherwise === undefined ? '' : `{{else}}${listText(node.otherwise)}`
  return `{{${node.is} ${pipeText(node.pipe)}}}${listText(node.body)}${otherwise}{{end}}`
}

const listText = (list: readonly Statement[]): string => list.map(nodeText).join('')

/** The node as source again, in Go's spelling. */
export function nodeText(node: Node): string {
  switch (node.is) {
    case 'field':
      return joined(node.names)
    case 'variable':
      return node.name + joined(node.names)
    case 'chain':
      return operandText(node.base) + joined(node.names)
    case 'identifier':
      return node.name
    case 'dot':
      return '.'
    case 'nil':
      return 'nil'
    case 'bool':
      return String(node.value)
    case 'number':
      return node.text
    case 'string':
      return node.quoted
    case 'pipe':
      return pipeText(node)
    case 'command':
      return node.operands.map(operandText).join(' ')
    case 'text':
      return node.text
    case 'action':
      return `{{${pipeText(node.pipe)}}}`
    case 'if':
    case 'with':
    case 'range':
      return branchText(node)
    case 'template':
      return `{{template ${quote(node.name)}${node.pipe === undefined ? '' : ` ${pipeText(node.pipe)}`}}}`
    case 'break':
    case 'continue':
      return `{{${node.is}}}`
  }
}
