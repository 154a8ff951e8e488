import * as v from "valibot";
import { parseInstant } from "../../kernel/instant.ts";
import type { Millis } from "../../kernel/time.ts";

/** An instant as AWS writes it in JSON: "2026-11-22T10:00:00.123+0000". */
export const Instant = v.pipe(
  v.string(),
  v.check((text) => parseInstant(text) !== undefined, "an ISO 8601 instant"),
  v.transform((text): Millis => parseInstant(text)?.at ?? 0),
);

const Envelope = v.object({
  id: v.optional(v.string(), ""),
  source: v.string(),
  "detail-type": v.string(),
  account: v.optional(v.string(), ""),
  region: v.optional(v.string(), ""),
  time: Instant,
  resources: v.optional(v.array(v.string()), []),
  detail: v.record(v.string(), v.unknown()),
});

/** An event as EventBridge delivers it. */
export interface AwsEvent {
  readonly id: string;
  readonly source: string;
  /** Its detail-type. */
  readonly type: string;
  readonly account: string;
  readonly region: string;
  readonly time: Millis;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The event; undefined where the value is none of EventBridge's. */
export function awsEvent(value: unknown): AwsEvent | undefined {
  const parsed = v.safeParse(Envelope, value);
  if (!parsed.success) return undefined;
  const { "detail-type": type, ...rest } = parsed.output;
  return { ...rest, type };
}

/** What is wrong with an event's detail, as the end of a sentence: `detail.state.value: …`. */
export function faultText(issues: readonly v.BaseIssue<unknown>[]): string {
  const [first] = issues;
  if (!first) return "it has another shape";
  return `${v.getDotPath(first) ?? "it"} is ${first.received === "undefined" ? "missing" : "not usable"}`;
}

/** Parts of `arn:partition:service:region:account:resource`. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

export function arnOf(text: string): Arn | undefined {
  const [prefix, partition = "", service = "", region = "", account = "", ...resource] = text.split(":");
  if (prefix !== "arn" || resource.length === 0) return undefined;
  return { partition, service, region, account, resource: resource.join(":") };
}

const CONSOLES: Readonly<Record<string, string>> = {
  "aws-cn": "console.amazonaws.cn",
  "aws-us-gov": "console.amazonaws-us-gov.com",
};

/** Address of the AWS console in a region; `path` follows its host. */
export const consoleUrl = (partition: string, region: string, path: string): string =>
  `https://${region}.${CONSOLES[partition] ?? "console.aws.amazon.com"}/${path}`;
