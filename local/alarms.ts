import { randomUUID } from "node:crypto";
import { type AlarmSpec, alarmsFor } from "../shared/core/autoscaling/alarms.ts";
import { alarmName } from "../shared/core/kernel/alarm-name.ts";
import { iso, type Millis } from "../shared/core/kernel/time.ts";
import type { Samples } from "../shared/core/ports/samples.ts";
import type { HeadgateConfig } from "../shared/shell/config-schema.ts";
import { LOCAL_STAGE } from "../shared/shell/runtime.ts";

export type AlarmState = "ALARM" | "OK" | "INSUFFICIENT_DATA";

/** CloudWatch retrieves some more periods than it evaluates, so that a late point does not look like a missing one. */
const EXTRA_PERIODS = 2;

const COMPARE: Readonly<Record<AlarmSpec["comparison"], (value: number, threshold: number) => boolean>> = {
  ">": (value, threshold) => value > threshold,
  ">=": (value, threshold) => value >= threshold,
  "<": (value, threshold) => value < threshold,
  "<=": (value, threshold) => value <= threshold,
};

/**
 * State of an alarm by M of the N newest points ("treat missing data as missing" of CloudWatch): without any point nothing
 * is known; with fewer than M, all of them have to breach.
 *
 * @param values newest last
 */
export function alarmState(spec: AlarmSpec, values: readonly number[]): AlarmState {
  const judged = values.slice(-spec.evaluationPeriods);
  if (judged.length === 0) return "INSUFFICIENT_DATA";
  const breaching = judged.filter((value) => COMPARE[spec.comparison](value, spec.threshold)).length;
  return breaching >= Math.min(spec.datapoints, judged.length) ? "ALARM" : "OK";
}

/** The event as EventBridge delivers it for a CloudWatch alarm; `spec` has the alarm's whole name. */
export function alarmEvent(spec: AlarmSpec, state: AlarmState, previous: AlarmState, at: Millis): unknown {
  const time = iso(at);
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "CloudWatch Alarm State Change",
    source: "aws.cloudwatch",
    account: "000000000000",
    time: time.replace(/\.\d+Z$/, "Z"),
    region: "local",
    resources: [`arn:aws:cloudwatch:local:000000000000:alarm:${spec.name}`],
    detail: {
      alarmName: spec.name,
      state: {
        value: state,
        reason: `${spec.metric} ${spec.stat} ${spec.comparison} ${spec.threshold}: ${spec.datapoints} of ${spec.evaluationPeriods}`,
        timestamp: time.replace("Z", "+0000"),
      },
      previousState: { value: previous },
    },
  };
}

export interface LocalAlarms {
  /** Looks at every alarm of the configuration; calls `deliver` for each change of state, and only for changes. */
  evaluate(config: HeadgateConfig, now: Millis): Promise<void>;
  states(): ReadonlyMap<string, AlarmState>;
}

/**
 * The local counterpart of CloudWatch alarms. States are not kept over a restart: an alarm starts without data and tells
 * its first known state anew, which wakes Headgate once more and does no harm.
 *
 * @param deliver gets one event; when it throws, the change is delivered again at the next evaluation
 */
export function localAlarms(samples: Samples, tenant: string, deliver: (event: unknown) => Promise<void>): LocalAlarms {
  const states = new Map<string, AlarmState>();
  return {
    states: () => states,
    evaluate: async (config, now) => {
      const specs = Object.entries(config.autoscaling)
        .filter(([service]) => config.services[service]?.run !== undefined)
        .flatMap(([service, autoscaling]) =>
          alarmsFor(service, autoscaling).map((spec) => ({
            service,
            spec: { ...spec, name: alarmName(LOCAL_STAGE, tenant, spec.name) },
          })),
        );
      const answers = await samples.read(
        specs.map(({ service, spec }) => {
          const to = Math.floor(now / spec.periodMs) * spec.periodMs;
          const from = to - (spec.evaluationPeriods + EXTRA_PERIODS) * spec.periodMs;
          return {
            id: spec.name,
            service: { name: service },
            metric: spec.metric,
            stat: spec.stat,
            periodMs: spec.periodMs,
            from,
            to,
          };
        }),
      );
      const points = new Map(answers.map((answer) => [answer.id, answer.points.map((point) => point.value)]));
      const known = new Set(specs.map(({ spec }) => spec.name));
      for (const name of states.keys()) if (!known.has(name)) states.delete(name);
      for (const { spec } of specs) {
        const before = states.get(spec.name) ?? "INSUFFICIENT_DATA";
        const after = alarmState(spec, points.get(spec.name) ?? []);
        if (after === before) continue;
        await deliver(alarmEvent(spec, after, before, now));
        states.set(spec.name, after);
      }
    },
  };
}
