import * as v from "valibot";
import { iso, type Millis } from "../../kernel/time.ts";
import { DEFAULT_SEVERITY } from "./cloudwatch-alert.ts";
import { faultText, Instant } from "./envelope.ts";
import { sourceAnnotations, sourceLabels } from "./labels.ts";
import { flinkDocument } from "./managed-flink.ts";
import { kafkaDocument } from "./msk-kafka.ts";
import { OPEN_MS, refused, type SourceAlert, type Sourced } from "./types.ts";

/** Events of one post; what has more sends several. */
const MOST_EVENTS = 1_000;
const strings = v.record(v.string(), v.string());

/** What a job, a script or a connector posts that has no interface of its own. */
const Event = v.strictObject({
  event: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  status: v.optional(v.picklist(["firing", "resolved"]), "firing"),
  severity: v.optional(v.string(), DEFAULT_SEVERITY),
  at: v.optional(Instant),
  /** Firing until it is said to be resolved; without it the alert ends `resolve_timeout` after its last event. */
  lasts: v.optional(v.boolean(), false),
  labels: v.optional(strings, {}),
  annotations: v.optional(strings, {}),
  url: v.optional(v.string(), ""),
});
const Events = v.union([v.strictObject({ events: v.pipe(v.array(Event), v.maxLength(MOST_EVENTS)) }), Event]);

/** A post to `/hooks/alerts/:source`: documents of Kafka's and Flink's interfaces under those names, and events as any source's. */
export function postedEvents(source: string, value: unknown, now: Millis): Sourced {
  const document =
    source === "kafka" ? kafkaDocument(value, now) : source === "flink" ? flinkDocument(value, now) : undefined;
  if (document) return document;
  const parsed = v.safeParse(Events, value);
  if (!parsed.success) return refused(`${faultText(parsed.issues)}: send {"event": …} or {"events": […]}`);
  const events = "events" in parsed.output ? parsed.output.events : [parsed.output];
  return { kind: "alerts", at: now, alerts: events.map((event) => eventAlert(source, event, now)) };
}

function eventAlert(source: string, event: v.InferOutput<typeof Event>, now: Millis): SourceAlert {
  const at = Math.min(event.at ?? now, now);
  const endsAt = event.status === "resolved" ? at : event.lasts ? now + OPEN_MS : undefined;
  return {
    labels: sourceLabels({ alertname: event.event, severity: event.severity, source }, event.labels),
    annotations: sourceAnnotations(event.annotations),
    startsAt: iso(at),
    ...(endsAt === undefined ? {} : { endsAt: iso(endsAt) }),
    generatorURL: event.url,
  };
}
