import { BASELINES, itemOf, shardKey } from "../../functions/anomaly/baselines.ts";
import { scoreShard } from "../../functions/anomaly/score.ts";
import type { Alert } from "../../shared/core/kernel/alert.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Point } from "../../shared/core/kernel/reading.ts";
import type { Samples } from "../../shared/core/ports/samples.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type Answer, MINUTE, world } from "../api/kit.ts";
import { DAY, wave } from "./given.ts";

export const tenant = "default";
export const trigger = { type: "queue", detail: "test" } as const;

/** Signals of one service, each of one metric of its own name. */
export const signals = (...names: readonly string[]) =>
  names.map((name) => `${name}: { metric: ${name}, role: latency, unit: ms }`).join(", ");
export const config = (...services: readonly (readonly [string, string])[]) => `version: 1
services:
${services.map(([name]) => `  ${name}: { run: { command: [node] } }`).join("\n")}
anomaly:
${services.map(([name, given]) => `  ${name}: ${given}`).join("\n")}
`;
export const FOUR = config(["orders", `{ signals: { ${signals("latency", "traffic", "cpu", "memory")} } }`]);

/** Measurements by service and metric: a day of minutes is put in and read in a moment. */
function fastSamples() {
  const series = new Map<string, Map<number, number>>();
  const failing = new Set<string>();
  let down = false;
  const samples: Samples = {
    read: async (queries) => {
      if (down) throw new HeadgateError("samples.unavailable", "the measurements cannot be read", { retryable: true });
      return queries.map(({ id, service, metric, from, to, periodMs }) => {
        const base = { id, source: "memory" };
        if (failing.has(metric)) return { ...base, points: [], status: "failed", detail: `${metric} cannot be read` };
        const known = series.get(`${service.name}/${metric}`);
        const points: Point[] = [];
        for (let at = Math.floor(from / periodMs) * periodMs; at + periodMs <= to; at += periodMs) {
          const value = known?.get(at);
          if (value !== undefined) points.push({ at, value });
        }
        return { ...base, points, status: "complete" };
      });
    },
  };
  return {
    samples,
    put: (service: string, metric: string, at: number, value: number) => {
      const known = series.get(`${service}/${metric}`) ?? new Map<number, number>();
      series.set(`${service}/${metric}`, known.set(at, value));
    },
    failing: (metric: string, fails: boolean) => void (fails ? failing.add(metric) : failing.delete(metric)),
    unreachable: (value: boolean) => void (down = value),
  };
}

interface Learnt {
  readonly items: readonly Stored[];
  readonly objects: readonly { readonly key: string; readonly body: Uint8Array }[];
}
const learnt = new Map<string, Learnt>();

/** A world whose services have been measured and scored for two days, so that every detector has learnt. */
export async function scored(text = FOUR, options: { readonly quiet?: boolean } = {}) {
  const w = await world({ config: text });
  const sent: Alert[] = [];
  const samples = fastSamples();
  const runtime: Runtime = {
    ...w.runtime,
    samples: samples.samples,
    alerts: { send: async (_, alerts) => void sent.push(...alerts) },
  };
  const services = [...text.matchAll(/^ {2}(\S+): \{ run/gm)].map((match) => match[1] as string);
  const names = ["latency", "traffic", "cpu", "memory"];
  const start = w.clock.now();
  const measure = (at: number, override: Record<string, number> = {}) => {
    for (const service of services)
      for (const name of names) samples.put(service, name, at, override[`${service}/${name}`] ?? wave(at));
  };
  const score = (by: Runtime = runtime, to = w.clock.now()) =>
    scoreShard(by, { tenant, shard: 0, shards: 1, to, trigger });
  if (!options.quiet) {
    const known = learnt.get(text) ?? (await learn());
    learnt.set(text, known);
    w.clock.set(start + DAY);
    for (const { key, state } of known.items) await w.store.write(key, 0, { state });
    for (const { key, body } of known.objects) await runtime.objects.put(key, body);
  }

  /** Two days, scored in a world of their own; what is known afterwards is what every test begins with. */
  async function learn(): Promise<Learnt> {
    const first = await scored(text, { quiet: true });
    for (let at = start - DAY; at < start + DAY; at += MINUTE) first.measure(at);
    await first.score();
    first.clock.advance(DAY);
    await first.score();
    const items = await Promise.all([BASELINES, "anomaly"].map((noun) => first.store.list(tenant, noun)));
    const { items: objects } = await first.runtime.objects.list("anomaly/");
    return {
      items: items.flatMap((page) => page.items),
      objects: await Promise.all(
        objects.map(async ({ key }) => ({ key, body: (await first.runtime.objects.get(key)) ?? new Uint8Array() })),
      ),
    };
  }
  return {
    ...w,
    samples,
    runtime,
    sent,
    measure,
    score,
    /** One minute passes, measured like this, and is scored. */
    minute: async (override: Record<string, number> = {}, by: Runtime = runtime) => {
      measure(w.clock.now(), override);
      w.clock.advance(MINUTE);
      return score(by);
    },
    item: async () => itemOf(await w.store.load(shardKey({ tenant, shard: 0, shards: 1 }))),
    records: async () => (await w.journal.list({ tenant, noun: "anomaly", limit: 500 })).items,
    service: async (): Promise<Answer> => (await w.get("/api/v1/anomaly/orders")).json(),
  };
}

export const SPIKE = { "orders/latency": 900 };
