// This file is about the AWS query protocol of STS and IAM: form fields in, XML out.
import type { Output } from '../call.ts'
import type { AwsError } from './aws-error.ts'
import type { Input } from './input.ts'

export const XMLNS = {
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
} as const

/** Form fields by name; lists stay flat (`PolicyArns.member.1.arn`). */
export const readForm = (body: Buffer): Input =>
  Object.fromEntries(new URLSearchParams(body.toString('utf8')))

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const iso = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`

function member(name: string, value: unknown): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return `<${name}>${value.map((v) => member('member', v)).join('')}</${name}>`
  if (value instanceof Date) return `<${name}>${iso(value)}</${name}>`
  if (typeof value === 'object' && value !== null) return `<${name}>${members(value as Output)}</${name}>`
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return `<${name}>${escape(text)}</${name}>`
}

const members = (output: Output): string =>
  Object.entries(output)
    .map(([name, value]) => member(name, value))
    .join('')

export const writeXml = (operation: string, output: Output, xmlns: string, requestId: string): string =>
  `<${operation}Response xmlns="${xmlns}"><${operation}Result>${members(output)}</${operation}Result>` +
  `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`

export function writeXmlError(error: AwsError, xmlns: string, requestId: string): string {
  const type = error.inQuery.status >= 500 ? 'Receiver' : 'Sender'
  return (
    `<ErrorResponse xmlns="${xmlns}"><Error><Type>${type}</Type><Code>${error.inQuery.code}</Code>` +
    `<Message>${escape(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`
  )
}
