import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPoints } from "../../functions/anomaly/read.ts";
import { scoreTargetsOf } from "../../functions/anomaly/targets.ts";
import type { Answer } from "../../functions/anomaly/wanted.ts";
import { memorySource } from "../../shared/core/monitoring/promql/memory-source.ts";
import { queriesOver } from "../../shared/core/monitoring/promql/queries-over.ts";
import type { Queries } from "../../shared/core/ports/queries.ts";
import { httpClient } from "../../shared/edge/http-client.ts";
import { prometheusQueries } from "../../shared/edge/prometheus-queries.ts";
import { ConfigSchema, type HeadgateConfig } from "../../shared/shell/config-schema.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { missing } from "./parts.ts";
import { type Prometheus, startPrometheus } from "./prometheus.ts";

const why = missing("prometheus");
const MINUTE = 60_000;
const END = Date.UTC(2026, 10, 22, 12, 0, 0);
const SIGNALS = {
  total: "sum(requests)",
  rate: "sum(rate(requests[5m]))",
  ratio: "sum(errors) / sum(requests)",
  one: 'requests{instance="a"}',
  comment: "sum(requests) # of all instances",
  absent: "sum(nothing)",
  scalar: "pi()",
  many: "requests",
};

/** Prometheus and we may add up in another order: the last digit is not compared. */
const rounded = (answer: Answer | undefined) =>
  answer && "points" in answer
    ? answer.points.map(({ at, value }) => [at, Number(value.toPrecision(12))] as const)
    : answer;

describe.skipIf(why)(`signals joined to one query, on a real Prometheus${why ? ` [skipped: ${why}]` : ""}`, () => {
  let prometheus: Prometheus;
  const series = [
    ["requests", "a", 10],
    ["requests", "b", 30],
    ["errors", "a", 2],
  ].map(([name, instance, step]) => ({
    labels: { __name__: `${name}`, instance: `${instance}` },
    points: Array.from({ length: 31 }, (_, index) => ({
      at: END - (30 - index) * MINUTE,
      value: index * (step as number),
    })),
  }));

  beforeAll(async () => {
    prometheus = await startPrometheus();
    await prometheus.write(series);
  });
  afterAll(() => prometheus?.stop());

  async function read(
    queries: Queries,
  ): Promise<{ readonly answers: ReadonlyMap<string, Answer>; readonly calls: number }> {
    let calls = 0;
    const counted: Queries = {
      ...queries,
      range: (...args) => {
        calls += 1;
        return queries.range(...args);
      },
    };
    const signals = Object.fromEntries(
      Object.entries(SIGNALS).map(([name, query]) => [name, { query, role: "traffic" }]),
    );
    const config = v.parse(ConfigSchema, {
      version: 1,
      services: { orders: { run: { command: ["node"] } } },
      anomaly: { orders: { signals } },
    }) as unknown as HeadgateConfig;
    const wanted = scoreTargetsOf(config).flatMap((target) =>
      target.signals.map((signal) => ({ target, signal, from: END - 10 * MINUTE, to: END })),
    );
    const runtime = { queries: () => counted } as unknown as Runtime;
    return { answers: await readPoints(runtime, config, wanted), calls };
  }

  it("it answers each signal as if it had been asked alone, and as the built-in evaluator does", async () => {
    const http = httpClient({ allowLocal: true });
    const real = await read(prometheusQueries({ url: prometheus.endpoint, http }));
    const ours = await read(queriesOver(memorySource(series)));
    for (const name of Object.keys(SIGNALS)) {
      const [a, b] = [real.answers.get(`orders/${name}`), ours.answers.get(`orders/${name}`)];
      expect(rounded(a), name).toEqual(rounded(b));
    }
    expect(real.answers.get("orders/total")).toMatchObject({
      points: expect.arrayContaining([{ at: END - MINUTE, value: 40 * 29 }]),
    });
    expect(real.answers.get("orders/many")).toMatchObject({ held: expect.stringContaining("2 series") });
    expect(real.answers.get("orders/absent")).toEqual({ points: [] });
    // The scalar cannot be joined: it is found by halves.
    expect(real.calls).toBeGreaterThan(1);
    expect(real.calls).toBeLessThanOrEqual(1 + Object.keys(SIGNALS).length);
  });
});
