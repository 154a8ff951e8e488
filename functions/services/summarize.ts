import * as v from "valibot";
import type { Point } from "../../shared/core/kernel/reading.ts";
import { formatDuration, SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { FleetStatus } from "../../shared/core/ports/fleet.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import type { HeadgateConfig, ServiceConfig } from "../../shared/shell/config-schema.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { ServiceSummary } from "../api/views.ts";
import { statesOfSome } from "../autoscaling/states.ts";
import { bounded } from "../bounded.ts";
import { own } from "../own.ts";
import { metricInfo } from "./metrics.ts";
import { readFleet, readLastHour } from "./read.ts";

/** What is shown of an autoscaling state. */
const Shown = v.object({
  pause: v.optional(
    v.object({
      by: v.string(),
      why: v.string(),
      until: v.optional(v.number()),
      direction: v.picklist(["all", "out", "in"]),
    }),
  ),
  override: v.optional(v.object({ by: v.string(), why: v.string(), until: v.number(), desired: v.number() })),
});

/** Services as the overview shows them: configuration, fleet, newest measurements, state and last decision of each. */
export async function summarize(
  runtime: Runtime,
  tenant: string,
  config: HeadgateConfig,
  names: readonly string[],
  keepSamples: boolean,
): Promise<readonly ServiceSummary[]> {
  const [fleet, measured, states, last, { summaryOf }] = await Promise.all([
    readFleet(runtime, config, names),
    readLastHour(runtime, config, names, keepSamples),
    statesOfSome(runtime, tenant, names),
    bounded(names, 20, async (subject) => {
      const { items } = await runtime.journal.list({ tenant, noun: "autoscaling", subject, limit: 1 });
      return items[0];
    }),
    import("../decisions/deferred.ts"),
  ]);
  return names.map((name, index) => ({
    ...summaryOfService(runtime, config, name, fleet.get(name), measured, states.get(name)),
    ...(last[index] ? { lastDecision: summaryOf(last[index]) } : {}),
  }));
}

function summaryOfService(
  runtime: Runtime,
  config: HeadgateConfig,
  name: string,
  status: FleetStatus | undefined,
  measured: ReadonlyMap<string, ServiceSummary["load"]["points"]>,
  stored: Stored | undefined,
): ServiceSummary {
  const service = own(config.services, name);
  const autoscaling = own(config.autoscaling, name);
  const latest: Record<string, ServiceSummary["latest"][string]> = {};
  for (const metric of ["cpu", "memory", "requests"]) {
    const newest = measured.get(`${name}/${metric}`)?.at(-1);
    if (newest) latest[metric] = { at: newest.at, value: newest.value, unit: metricInfo(metric).unit };
  }
  const load = (measured.get(`${name}/requests`)?.length ?? 0) > 0 ? "requests" : "cpu";
  return {
    name,
    runsOn: runsOn(service),
    health: healthOf(status),
    ...(status ? { status } : {}),
    ...(autoscaling ? { mode: autoscaling.mode, min: autoscaling.min, max: autoscaling.max } : {}),
    ...commandsOf(runtime, stored),
    latest,
    load: { metric: load, unit: metricInfo(load).unit, points: (measured.get(`${name}/${load}`) ?? []).map(drawn) },
  };
}

function runsOn(service: ServiceConfig | undefined): ServiceSummary["runsOn"] {
  if (service?.ecs) return "ecs";
  if (service?.run) return "local";
  if (service?.flink) return "flink";
  return service?.managedFlink ? "managed-flink" : "other";
}

/** As exact as a small line can show; a thousand services are a large answer. */
const drawn = ({ at, value }: Point): Point => ({ at, value: Number(value.toPrecision(4)) });

function healthOf(status: FleetStatus | undefined): ServiceSummary["health"] {
  if (!status) return "unknown";
  if (status.desired > 0 && status.ready === 0) return "failing";
  return status.ready < status.desired || status.trouble !== undefined ? "degraded" : "ok";
}

/** Pause and override that are in force now. */
function commandsOf(runtime: Runtime, stored: Stored | undefined): Pick<ServiceSummary, "paused" | "override"> {
  const parsed = v.safeParse(Shown, stored?.state);
  if (!parsed.success) return {};
  const { pause, override } = parsed.output;
  const now = runtime.now();
  return {
    ...(pause && (pause.until === undefined || pause.until > now)
      ? {
          paused: {
            by: pause.by,
            why: pause.why,
            direction: pause.direction,
            ...(pause.until === undefined ? {} : { until: pause.until }),
          },
        }
      : {}),
    ...(override && override.until > now ? { override } : {}),
  };
}

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** One line of state in words; what needs a person stands first. */
export function stateLine(items: readonly ServiceSummary[], now: number): string {
  if (items.length === 0) return "No service is configured";
  const count = (test: (item: ServiceSummary) => boolean) => items.filter(test).length;
  const parts: string[] = [];
  for (const [health, words] of [
    ["failing", "failing"],
    ["degraded", "not as desired"],
    ["unknown", "not answering"],
  ] as const) {
    const found = count((item) => item.health === health);
    if (found > 0) parts.push(`${plural(found, "service", "services")} ${words}`);
  }
  if (parts.length === 0)
    parts.push(items.length === 1 ? "1 service, healthy" : `${items.length} services, all healthy`);
  const paused = count((item) => item.paused !== undefined);
  if (paused > 0) parts.push(`${paused} paused`);
  const overridden = count((item) => item.override !== undefined);
  if (overridden > 0) parts.push(`${overridden} overridden`);
  const last = items
    .flatMap((item) => (item.lastDecision?.acted ? [item.lastDecision] : []))
    .sort((a, b) => b.at - a.at)[0];
  if (last) parts.push(now - last.at < SECOND_MS ? "acting now" : `last action ${formatDuration(now - last.at)} ago`);
  return parts.join(", ");
}
