// This file is about the contract every dialect meets: custom resources in, deliveries out; receipts in, status out.
import type { Instant } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'
import type { Answer } from '../model/answer.ts'
import type { Cadence } from '../model/cadence.ts'
import type { ChildAnswer, Manifest } from '../model/child.ts'
import type { Delivery } from '../model/delivery.ts'
import type { DialectName } from '../model/dialect-name.ts'
import type { Fault } from '../model/fault.ts'
import type { Kind, KindName } from '../model/kind.ts'
import type { Link, Linked } from '../model/link.ts'
import type { Probe, Verdict } from '../model/probe.ts'
import type { Ref, SecretRef } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { Selector } from '../model/selector.ts'
import type { CallSeries } from '../model/series.ts'
import type { ParsedTemplates } from '../template/parsed-templates.ts'

export type Looked =
  | { readonly is: 'present'; readonly resource: Resource }
  | { readonly is: 'absent' }
  /** Not fetched yet: return `unready` naming it, and the operator calls again with it read. */
  | { readonly is: 'unread' }
  /** Not readable: the message says which right or flag is missing. */
  | { readonly is: 'denied'; readonly fault: Fault }

export type Listed =
  | { readonly is: 'listed'; readonly resources: readonly Resource[] }
  | Extract<Looked, { readonly is: 'unread' | 'denied' }>

/** What a translation may look at. Whatever it looks at re-triggers it when that changes. Secrets show metadata only. */
export interface World {
  get(ref: Ref): Looked
  /**
   * What is there of a kind, as far as it is served: of Namespaces those in scope, by labels, annotations of ours and termination only.
   * Re-triggers when one enters or leaves the selection, or while it is in it begins to go or changes its annotations;
   * not by labels that the selection does not name.
   */
  list(kind: KindName, selector: Selector): Listed
  /**
   * The objects whose orders are being served through what this one lends (`Identity.through`); of an order that is
   * spread over namespaces, the order itself. Re-triggers when one comes or goes.
   */
  usersOf(ref: Ref): readonly Ref[]
  /** Where the operator itself lives. */
  readonly operatorNamespace: string
  /** The name of this installation. */
  readonly runtime: string
  /** Whose objects `--ambient-credentials` lets use the operator's own AWS identity. */
  readonly ambientOpenTo: 'all' | readonly string[]
  /** Parsing is pure, and costs more than all the rest of a translation: each text is parsed once. */
  readonly templates: Pick<ParsedTemplates, 'get'>
}

export type Translation =
  | {
      readonly is: 'order'
      readonly deliveries: readonly Delivery[]
      readonly warnings: readonly Warning[]
      /** Every object it owns: one it owned before that is not among them is deleted. Absent: it never owns any. */
      readonly children?: readonly Manifest[]
      /** How often its children are gone through again, whoever looks after them. Absent: only when something changes. */
      readonly resync?: Duration
      /**
       * The namespaces that it is served in: for each, the object is translated again as if it lived there, and what
       * comes of it is told in `Others`. Absent: it is served where it lives.
       */
      readonly spread?: readonly string[]
      /** Lists of service accounts that are to name its Secrets; made once the Secrets stand. */
      readonly links?: readonly Link[]
      /** What is tried out with its identity. */
      readonly probes?: readonly Probe[]
      /** Held while it lives, as its Secrets have to be deleted before it goes itself. Absent: deletion has no work to do. */
      readonly finalizer?: string
      /** Why it must not go yet though it is being deleted: its finalizer stays, and that is told in its status. */
      readonly holds?: Fault
      /** Our finalizers that come off when it goes, as others may hold it too. Absent: all that its kind has. */
      readonly releases?: readonly string[]
      /** Comes back as it is in `Others`. */
      readonly circumstances?: Circumstances
    }
  /** Something it needs is unread, absent or unusable. `targets` are the Secrets it would write, as far as known. */
  | {
      readonly is: 'unready'
      readonly fault: Fault
      readonly targets: readonly SecretRef[]
      /** How fresh it asks its Secrets to be, as far as known. */
      readonly cadence?: Cadence
      /** As of an order. */
      readonly finalizer?: string
      /** Whose identity it is to be served through (`Identity.through`), where it names one. */
      readonly through?: Ref
    }
  /** The object itself is wrong: nothing is touched until it changes. */
  | { readonly is: 'invalid'; readonly fault: Fault }

/** What a translation saw around its object that nothing is done about, for the status to tell. */
export interface Circumstances {
  readonly users: readonly Ref[]
  /** Whether something holds that is no matter of its deliveries and probes, by the type of its condition. */
  readonly findings: readonly Finding[]
}

export interface Finding {
  readonly type: string
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
}

/** Said once as an event and a log line; the object works all the same. */
export interface Warning {
  readonly reason: string
  readonly message: string
}

export interface EventWords {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export interface Status {
  /** The whole status wanted, as a merge patch over the one read; undefined where nothing is to be written. */
  readonly status?: Readonly<Record<string, unknown>>
  readonly events: readonly EventWords[]
}

/** How an order fared in one of the namespaces that it is spread over. */
export interface Share {
  readonly namespace: string
  /** None yet: its turn has not come. */
  readonly answers: readonly Answer[]
  readonly links: readonly Linked[]
}

/** What came of an order beside its deliveries; each is absent where none was ordered. */
export interface Others {
  /** When this is told. */
  readonly at?: Instant | undefined
  /** One a child, and one for each that should be gone and is not. */
  readonly children?: readonly ChildAnswer[] | undefined
  readonly shares?: readonly Share[] | undefined
  readonly links?: readonly Linked[] | undefined
  /** In the order of the probes. */
  readonly verdicts?: readonly Verdict[] | undefined
  readonly circumstances?: Circumstances | undefined
}

/** What the installed CRD's status schema takes; read once at start. */
export interface InstalledSchema {
  /** Whether a field under `.status` is declared, e.g. "conditions", "expiresAt". */
  admitsStatusField(name: string): boolean
  admitsConditionType(type: string): boolean
}

export interface Dialect {
  readonly name: DialectName
  readonly kinds: readonly Kind[]
  /**
   * Secrets in the operator's own namespace that its translations look at and its identities read: by name, or any that
   * its users name.
   */
  readonly operatorSecrets?: readonly string[] | 'any'
  /** Labels of Secrets by whose value it knows what was made for whom, before us too: their values are remembered. */
  readonly secretLabels?: readonly string[]
  /** The source component of this dialect's events, as its users know it. */
  readonly eventSource: string
  /** The fieldManager of its status writes. */
  readonly statusManager: string
  /** Calls to AWS under the name that its users know. */
  readonly calls?: CallSeries
  translate(asked: Resource, world: World): Translation
  /**
   * `answers` has one answer a delivery, or a single failed one where translating itself failed.
   * Idempotent: the same answers over the status it wrote give the same status.
   */
  status(asked: Resource, answers: readonly Answer[], installed: InstalledSchema, others?: Others): Status
}
