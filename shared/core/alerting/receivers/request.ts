import type { FailureReason, Notification } from "../../kernel/notification.ts";
import type { DurationMs } from "../../kernel/time.ts";

/** A request over HTTP, whole; authentication by `http_config` is added by whoever performs it. */
export interface HttpRequest {
  readonly kind: "http";
  readonly method: "POST" | "PUT";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For the receiver itself, never for where it redirects to. */
  readonly secretHeaders?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A mail: who hands it in for whom, and its bytes. Lines end with CR LF; ASCII throughout. */
export interface MailRequest {
  readonly kind: "mail";
  readonly from: string;
  readonly to: readonly string[];
  readonly message: string;
}

/** A call of an AWS service by its own protocol, to be signed. */
export interface AwsRequest {
  readonly kind: "aws";
  readonly service: "sns" | "sqs" | "events";
  /** Of the settings; absent: wherever this runs. */
  readonly region?: string;
  /** Where to instead of the service's own address in the region. */
  readonly endpoint?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type ReceiverRequest = HttpRequest | MailRequest | AwsRequest;

/** What an HTTP receiver said. */
export interface Answer {
  readonly status: number;
  /** Of the header `content-type`; "" without. */
  readonly contentType: string;
  /** At most the first 64 KB. */
  readonly body: string;
}

export type Judged =
  | { readonly ok: true; readonly note?: string; readonly store?: Readonly<Record<string, string | number>> }
  | {
      readonly ok: false;
      readonly retry: boolean;
      readonly why: string;
      readonly retryAfterMs?: DurationMs;
      readonly reason?: FailureReason;
    };

/** Requests in the order in which they are made; each only after the one before was answered well. */
export interface Plan {
  readonly requests: readonly ReceiverRequest[];
  /** Of one attempt, all requests together; absent: only the notification's own deadline holds. */
  readonly timeoutMs?: DurationMs;
  /** Whether an answer means success. Absent: 2xx does, 5xx may be tried again. */
  readonly judge?: (answer: Answer) => Judged;
}

/** Turns expressions into text with the notification's data. Throws {@link ReceiverFault}. */
export type Render = (expression: string) => string;

/** All that a receiver's request is made from. */
export interface Making {
  readonly notification: Notification;
  /** The integration's settings, references and files replaced by what is behind them. */
  readonly settings: { readonly [name: string]: unknown };
  /** `"firing"` when at least one alert does. */
  readonly status: "firing" | "resolved";
  readonly text: Render;
  readonly html: Render;
  /** SHA-256 of the group's key, 64 hex digits: receivers know the group by it. */
  readonly groupHash: string;
  /** Alerts that the text rendered last leaves out, because with all of them it would have grown beyond measure. */
  readonly leftOut: () => number;
  /** The same with the first alerts only; the others count as truncated. */
  readonly limited: (most: number) => Making;
  /** A text as YAML 1.1 as Go reads it; undefined where it is none. */
  readonly yaml: (text: string) => unknown;
  readonly now: number;
  /** Of this machine, for Message-Id. */
  readonly hostname: string;
}

/** Why no request could be made. Trying again is of use only where `retry` says so. */
export class ReceiverFault extends Error {
  readonly retry: boolean;

  constructor(message: string, retry = false) {
    super(message);
    this.name = "ReceiverFault";
    this.retry = retry;
  }
}
