import { scoreShard } from "../../functions/anomaly/score.ts";
import { evaluateRules } from "../../functions/monitoring/evaluate.ts";
import type { VectorSample } from "../../shared/core/ports/queries.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { MINUTE, type World } from "../api/kit.ts";
import { alerting, group, monitoringConfig, scripted } from "../monitoring/given-world.ts";
import { LOCAL } from "./story.ts";

const tenant = "default";
const DAY = 1440 * MINUTE;
const LEARNT = 240 * MINUTE;
const trigger = { type: "schedule", detail: "test" } as const;
type Changeable = { -readonly [M in keyof Runtime]: Runtime[M] };

/** By the platform's original rules: what they find is a matter of arithmetic, whatever the better detector comes to think. */
export const SCORED = `${LOCAL}anomaly:
  orders:
    detector: seed
    signals:
      latency: { metric: latency_p99, role: latency, unit: ms }
      traffic: { metric: requests, role: traffic, unit: requests/s }
      errors: { metric: errors, over: requests, role: errors, unit: ratio }
`;

/** What a quiet service measures: a slow wave over the day with a little noise, the same in every run. */
function measured(at: number): Record<string, number> {
  const day = Math.sin((at / DAY) * Math.PI * 2);
  const noise = Math.sin(at / 7e4) + Math.sin(at / 3.1e5);
  return {
    requests: 100 + 20 * day + 2 * noise,
    errors: 0,
    cpu: 50 + 8 * day + noise,
    memory: 30 + 0.2 * noise,
    latency_p99: 90 + 6 * day + 2 * noise,
  };
}

/** A scored service that has been learnt for four hours, an hour of them while it was watched. What follows is measured and scored minute by minute. */
export async function learnt(world: World) {
  const runtime = world.runtime as Changeable;
  runtime.alerts = { send: async () => {} };
  const start = world.clock.now();
  const put = (at: number, values: Record<string, number>) => {
    for (const [metric, value] of Object.entries(values)) world.samples.put("orders", metric, at, value);
  };
  const score = () => scoreShard(runtime, { tenant, shard: 0, shards: 1, to: world.clock.now(), trigger });
  for (let at = start - LEARNT; at < start + 60 * MINUTE; at += MINUTE) put(at, measured(at));
  await score();
  world.clock.advance(60 * MINUTE);
  await score();
  return {
    /** Minutes pass, each measured and scored; "nothing" is what is known of them when nobody measured. */
    pass: async (minutes: number, override: Record<string, number> | "nothing" = {}) => {
      for (let minute = 0; minute < minutes; minute += 1) {
        const at = world.clock.now();
        if (override !== "nothing") put(at, { ...measured(at), ...override });
        world.clock.advance(MINUTE);
      }
      await score();
    },
  };
}

export type Answer = (expr: string, at: number) => readonly VectorSample[];

export const RULES = [
  group("kafka.rules", [
    alerting("KafkaConsumerLag", "kafka_consumer_lag_sum > 1000", {
      forMs: 120_000,
      labels: { severity: "warning" },
      annotations: {
        summary: "High consumer lag detected",
        description: "Consumer group {{ $labels.group }} has lag of {{ $value }} messages",
      },
    }),
    alerting("KafkaDown", 'up{job="kafka"} == 0', {
      labels: { severity: "critical" },
      annotations: { summary: "Kafka broker is down" },
    }),
  ]),
  group("broken.rules", [alerting("NobodyAnswers", "no_answer > 1")]),
];

/** Rules in force, and a source of answers that does as it is told. */
export async function ruled(world: World, answer: Answer, groups = RULES) {
  const runtime = world.runtime as Changeable;
  const { queries } = scripted(answer);
  runtime.queries = () => queries;
  runtime.alerts = { send: async () => {} };
  const parsed = parseConfig(SCORED);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const config = { ...parsed.config, monitoring: monitoringConfig({ groups }) };
  await applyConfig(runtime, tenant, { config, version: "cfg_rules", text: "# rules" }, { by: "test" });
  world.clock.advance(MINUTE - (world.clock.now() % MINUTE));
  return {
    evaluate: async (minutes = 1) => {
      for (let minute = 0; minute < minutes; minute += 1) {
        world.clock.advance(MINUTE);
        await evaluateRules(runtime, { tenant, at: world.clock.now(), trigger });
      }
    },
  };
}
