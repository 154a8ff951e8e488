import * as v from "valibot";
import { daysFromCivil } from "../../kernel/instant.ts";
import { DAY_MS, HOUR_MS, iso, MINUTE_MS, type Millis, SECOND_MS } from "../../kernel/time.ts";
import { type AwsEvent, faultText } from "./envelope.ts";
import { sourceAnnotations, sourceLabels } from "./labels.ts";
import { OPEN_MS, refused, type Sourced } from "./types.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const HTTP_DATE = /^\w{3}, (\d{1,2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;

/** An instant as AWS Health writes it, "Fri, 27 Jan 2023 06:02:51 GMT" (RFC 9110 IMF-fixdate); undefined for any other text. */
export function httpDate(text: string): Millis | undefined {
  const [, day, name = "", year, hour, minute, second] = HTTP_DATE.exec(text) ?? [];
  const month = MONTHS.indexOf(name) + 1;
  if (month === 0) return undefined;
  const clock = Number(hour) * HOUR_MS + Number(minute) * MINUTE_MS + Number(second) * SECOND_MS;
  return daysFromCivil(Number(year), month, Number(day)) * DAY_MS + clock;
}

const Detail = v.object({
  eventArn: v.string(),
  service: v.string(),
  eventTypeCode: v.string(),
  eventTypeCategory: v.string(),
  eventScopeCode: v.optional(v.string()),
  eventRegion: v.optional(v.string()),
  statusCode: v.optional(v.string(), "open"),
  startTime: v.optional(v.string(), ""),
  endTime: v.optional(v.string(), ""),
  lastUpdatedTime: v.optional(v.string(), ""),
  eventDescription: v.optional(
    v.array(v.object({ language: v.optional(v.string(), ""), latestDescription: v.string() })),
    [],
  ),
  affectedEntities: v.optional(v.array(v.object({ entityValue: v.string() })), []),
  affectedAccount: v.optional(v.string()),
});

/** AWS Health has categories and no severities; a route may go by either. */
const SEVERITY: Readonly<Record<string, string>> = {
  issue: "critical",
  investigation: "warning",
  scheduledChange: "info",
  accountNotification: "info",
};
const MOST_ENTITIES = 20;

/**
 * "AWS Health Event" and "AWS Health Abuse Event": one alert for each event of AWS Health, from its first news until it is closed. What
 * MSK and Managed Service for Apache Flink tell of themselves (maintenance, storage that runs full) comes this way, with `service`
 * KAFKA and KINESISANALYTICS.
 */
export function healthEvent(event: AwsEvent): Sourced {
  const parsed = v.safeParse(Detail, event.detail);
  if (!parsed.success) return refused(`in "${event.type}" ${faultText(parsed.issues)}`);
  const { statusCode, ...detail } = parsed.output;
  const [startsAt, endsAt, updated] = [detail.startTime, detail.endTime, detail.lastUpdatedTime].map(httpDate);
  // A change that is planned begins later; people are told of it now.
  const since = Math.min(startsAt ?? event.time, event.time);
  const open = endsAt !== undefined && endsAt > event.time ? endsAt : event.time + OPEN_MS;
  const until = statusCode === "closed" ? Math.max(since, Math.min(endsAt ?? updated ?? event.time, event.time)) : open;
  const english =
    detail.eventDescription.find(({ language }) => language.startsWith("en")) ?? detail.eventDescription[0];
  const entities = detail.affectedEntities.map(({ entityValue }) => entityValue);
  const more = entities.length > MOST_ENTITIES ? ` and ${entities.length - MOST_ENTITIES} more` : "";
  return {
    kind: "alerts",
    at: updated ?? event.time,
    alerts: [
      {
        labels: sourceLabels({
          alertname: detail.eventTypeCode,
          severity: SEVERITY[detail.eventTypeCategory] ?? "info",
          source: "aws.health",
          region: detail.eventRegion ?? event.region,
          account: detail.affectedAccount ?? event.account,
          service: detail.service,
          category: detail.eventTypeCategory,
          scope: detail.eventScopeCode,
          // Two events of one kind in one region are two alerts: the end of one is not the other's.
          event: detail.eventArn.split("/").at(-1),
        }),
        annotations: sourceAnnotations({
          summary: `${detail.service}: ${detail.eventTypeCode} is ${statusCode}`,
          description: english?.latestDescription,
          begins: detail.startTime,
          ends: detail.endTime,
          entities: entities.slice(0, MOST_ENTITIES).join(", ") + more,
        }),
        startsAt: iso(since),
        endsAt: iso(until),
        generatorURL: `https://health.aws.amazon.com/health/home#/account/event-log?eventID=${encodeURIComponent(detail.eventArn)}`,
      },
    ],
  };
}
