// This file is about the types of arguments: what a constant becomes, and which value fits which parameter.
import type { Param } from './func.ts'
import { type Constant, type NumberNode, nodeText } from './nodes.ts'
import type { Run } from './run.ts'
import { Complex, GoMap, typeName, type Value } from './values.ts'

/** What Go's messages call a parameter's type. */
export const GO_TYPES: Readonly<Record<Param, string>> = {
  string: 'string',
  int: 'int',
  float64: 'float64',
  bool: 'bool',
  any: 'interface {}',
  value: 'reflect.Value',
  map: 'map[string]interface {}',
  time: 'time.Time',
}

/** A number where no type is asked for: how it is written decides. */
export function idealConstant(run: Run, node: NumberNode): Value {
  run.node = node
  const { int, float, imaginary } = node.value
  if (imaginary !== undefined) return new Complex(float ?? 0, imaginary)
  const hexInteger = /^0[xX][^pP]+$/.test(node.text)
  const character = node.text.startsWith("'")
  if (float !== undefined && !hexInteger && !character && /[.eEpP]/.test(node.text)) return float
  return int ?? run.fail(`${node.text} overflows int`)
}

/** A constant takes the type that is asked for, if it can. */
export function literal(run: Run, param: Param, node: Constant): Value {
  switch (param) {
    case 'any':
    case 'value':
      return node.is === 'number' ? idealConstant(run, node) : node.value
    case 'string':
      return node.is === 'string' ? node.value : run.fail(`expected string; found ${nodeText(node)}`)
    case 'bool':
      return node.is === 'bool' ? node.value : run.fail(`expected bool; found ${nodeText(node)}`)
    case 'int':
      return node.is === 'number' && node.value.int !== undefined && !(node.value.imaginary ?? 0)
        ? node.value.int
        : run.fail(`expected integer; found ${nodeText(node)}`)
    case 'float64':
      return node.is === 'number' && node.value.float !== undefined && !(node.value.imaginary ?? 0)
        ? node.value.float
        : run.fail(`expected float; found ${nodeText(node)}`)
    case 'map':
    case 'time':
      return run.fail(`can't handle ${nodeText(node)} for arg of type ${GO_TYPES[param]}`)
  }
}

/**
 * Go assigns nothing across types: an int64 is no int, a map of strings no map of anything. Nil is a map, unless it was
 * found as an element.
 */
export function fit(run: Run, value: Value, param: Param, isElement = false): Value {
  if (param === 'any' || param === 'value' || typeName(value) === GO_TYPES[param]) return value
  if (value !== null) {
    return run.fail(`wrong type for value; expected ${GO_TYPES[param]}; got ${typeName(value)}`)
  }
  if (param === 'map' && !isElement) return new GoMap('interface {}', new Map(), true)
  return run.fail(`invalid value; expected ${GO_TYPES[param]}`)
}
