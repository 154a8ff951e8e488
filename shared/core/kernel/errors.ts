/** Codes of every error the product raises on purpose. Each has a row in docs/errors.md (a test compares). */
export type ErrorCode =
  | "config.invalid"
  | "config.not_found"
  | "config.conflict"
  | "input.invalid"
  | "trace.invalid"
  | "history.short"
  | "service.unknown"
  | "decision.unknown"
  | "input.too_large"
  | "route.unknown"
  | "route.method"
  | "access.denied"
  | "access.forbidden"
  | "access.unknown"
  | "idempotency.conflict"
  | "store.unavailable"
  | "store.throttled"
  | "store.item_too_large"
  | "objects.exists"
  | "objects.unavailable"
  | "fleet.unavailable"
  | "samples.unavailable"
  | "timers.unavailable"
  | "query.invalid"
  | "query.unavailable"
  | "alerts.unavailable"
  | "rules.invalid"
  | "rule.unknown"
  | "anomaly.unknown"
  | "alerting.off"
  | "alert.unknown"
  | "alerts.overloaded"
  | "silence.unknown"
  | "silence.invalid"
  | "link.invalid"
  | "oncall.unknown"
  | "backend.unknown"
  | "backend.conflict"
  | "backend.none"
  | "circuit.unknown"
  | "circuit.open"
  | "circuit.conflict"
  | "discovery.unavailable"
  | "weights.unavailable"
  | "release.unknown"
  | "rollout.unknown"
  | "rollout.conflict"
  | "flag.unknown"
  | "releases.unavailable"
  | "counts.unavailable"
  | "jobs.unavailable"
  | "streams.unavailable"
  | "streams.denied"
  | "streams.unknown"
  | "backup.unknown"
  | "backup.busy"
  | "backup.damaged"
  | "backup.version"
  | "backup.key"
  | "restore.refused"
  | "bill.invalid"
  | "bill.currency"
  | "bills.denied"
  | "bills.unavailable"
  | "opportunity.unknown"
  | "cost.refused"
  | "journal.unavailable"
  | "port.in_use"
  | "data.unwritable"
  | "runtime.unsupported"
  | "internal";

/** One place in an input that is wrong: where, what was found, what is allowed. */
export interface Fault {
  /** The file it is in, where an input refers to others (rule files, prometheus.yml); absent: the input itself. */
  readonly file?: string;
  /** Path in the document, e.g. "autoscaling.orders.min". */
  readonly path: string;
  readonly message: string;
  /** 1-based. */
  readonly line?: number;
  readonly column?: number;
  /** The offending value as text, shortened; secrets never. */
  readonly value?: string;
  /** What would have been accepted, e.g. "integer 0..1000". */
  readonly allowed?: string;
}

/** The one error class. `retryable` says whether the same call may succeed later. */
export class HeadgateError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly faults: readonly Fault[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; retryable?: boolean; faults?: readonly Fault[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "HeadgateError";
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.faults = options.faults ?? [];
  }
}
