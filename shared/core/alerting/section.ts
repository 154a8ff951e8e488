import * as v from "valibot";
import { duration, integer } from "../kernel/schema.ts";
import { DAY_MS, MINUTE_MS } from "../kernel/time.ts";

const text = v.pipe(v.string(), v.minLength(1, "not empty"));

const reference = v.pipe(
  v.string(),
  v.regex(/^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|ssm:\/.+)$/, "env:NAME, file:path or ssm:/path"),
);

const address = v.pipe(v.string(), v.regex(/^https?:\/\/[^\s/?#]+[^\s?#]*$/, "http or https URL"));

const region = v.optional(v.pipe(v.string(), v.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "AWS region such as eu-central-1")));

/** Matchers as alertmanager.yml writes them; read with the rest of its files. */
const matchers = v.array(text);

const Escalation = v.strictObject({
  match: matchers,
  /** Nobody has acknowledged for so long. */
  after: duration(MINUTE_MS, 7 * DAY_MS),
  /** A receiver of alertmanager.yml. */
  to: text,
});

const Cooldown = v.strictObject({
  match: v.optional(matchers, []),
  by: v.optional(v.pipe(v.array(text), v.minLength(1, "at least one label")), ["alertname", "service"]),
  for: duration(MINUTE_MS, 30 * DAY_MS),
});

/** Integrations that alertmanager.yml has no words for, added to its receiver of that name. */
const Extra = v.strictObject({
  eventbridge: v.optional(
    v.array(v.strictObject({ bus: text, source: v.optional(text), detailType: v.optional(text), region })),
    [],
  ),
  sqs: v.optional(
    v.array(
      v.strictObject({
        queueUrl: v.pipe(v.string(), v.regex(/^https?:\/\/\S+$/, "URL of a queue")),
        messageGroupId: v.optional(text),
        region,
      }),
    ),
    [],
  ),
});

/** Section `alerting` of headgate.yaml as it is written; `AlertingConfig` is what comes of it with its files read. */
export const AlertingSection = v.strictObject({
  /** Path of alertmanager.yml, as seen from this file. */
  alertmanager: text,
  publicUrl: v.optional(address),
  escalation: v.optional(v.array(Escalation), []),
  cooldown: v.optional(v.array(Cooldown), []),
  limits: v.optional(v.strictObject({ alertsPerMinute: v.optional(integer(1, 10_000_000), 100_000) }), {}),
  keepEvents: v.optional(duration(0, 90 * DAY_MS), "7d"),
  linkSecret: v.optional(reference),
  receivers: v.optional(v.record(text, Extra), {}),
});

/** The section after its schema: durations in milliseconds. */
export type AlertingSectionValue = v.InferOutput<typeof AlertingSection>;
