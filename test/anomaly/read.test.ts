import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { readPoints } from "../../functions/anomaly/read.ts";
import { scoreTargetsOf } from "../../functions/anomaly/targets.ts";
import type { Wanted } from "../../functions/anomaly/wanted.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { memorySource } from "../../shared/core/monitoring/promql/memory-source.ts";
import { queriesOver } from "../../shared/core/monitoring/promql/queries-over.ts";
import type { Queries } from "../../shared/core/ports/queries.ts";
import type { SampleQuery, Samples } from "../../shared/core/ports/samples.ts";
import { httpClient } from "../../shared/edge/http-client.ts";
import { prometheusQueries } from "../../shared/edge/prometheus-queries.ts";
import { ConfigSchema, type HeadgateConfig } from "../../shared/shell/config-schema.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { httpWire } from "../fakes/http-wire.ts";
import { MINUTE, MONDAY } from "./given.ts";

const NOW = MONDAY + 60 * MINUTE;

function configOf(signals: Record<string, object>, where: object = { run: { command: ["node"] } }): HeadgateConfig {
  const all = { version: 1, services: { orders: where }, anomaly: { orders: { signals } } };
  return v.parse(ConfigSchema, all) as unknown as HeadgateConfig;
}

function wantedOf(config: HeadgateConfig, from = NOW - 5 * MINUTE): readonly Wanted[] {
  return scoreTargetsOf(config).flatMap((target) =>
    target.signals.map((signal) => ({ target, signal, from, to: NOW })),
  );
}

const read = (config: HeadgateConfig, runtime: Partial<Runtime>, from?: number) =>
  readPoints(runtime as Runtime, config, wantedOf(config, from));
const query = (text: string, more: object = {}) => ({ query: text, role: "traffic", ...more });

/** A window over three series each minute: two of `requests`, one of `errors`. */
const source = memorySource(
  [
    ["requests", "a", 10],
    ["requests", "b", 30],
    ["errors", "a", 2],
  ].map(([name, instance, step]) => ({
    labels: { __name__: `${name}`, instance: `${instance}` },
    points: Array.from({ length: 61 }, (_, index) => ({
      at: MONDAY + index * MINUTE,
      value: index * (step as number),
    })),
  })),
);

/** The built-in evaluator, counting what it is asked. */
function evaluator() {
  const asked: string[] = [];
  const inner = queriesOver(source);
  const queries: Queries = {
    ...inner,
    range: (expr, ...rest) => {
      asked.push(expr);
      return inner.range(expr, ...rest);
    },
  };
  return { asked, runtime: { queries: () => queries } };
}

describe("signals that are queries", () => {
  it("of the same step are read in one call, and each gets its own points", async () => {
    const { asked, runtime } = evaluator();
    const config = configOf({
      total: query("sum(requests)"),
      errors: query("sum(errors)"),
      ratio: query("sum(errors) / sum(requests)"),
      rate: query("sum(rate(requests[5m]))"),
    });
    const answers = await read(config, runtime);
    expect(asked).toHaveLength(1);
    // The last minute is left out: its scrape may still be on its way.
    const minutes = [55, 56, 57, 58, 59];
    const points = (of: (minute: number) => number) => ({
      points: minutes.map((minute) => ({ at: MONDAY + minute * MINUTE, value: of(minute) })),
    });
    expect(answers.get("orders/total")).toEqual(points((minute) => 40 * minute));
    expect(answers.get("orders/errors")).toEqual(points((minute) => 2 * minute));
    expect(answers.get("orders/ratio")).toEqual(points(() => 0.05));
    const rate = answers.get("orders/rate") as { points: readonly { value: number }[] };
    expect(rate.points[0]?.value).toBeCloseTo(40 / 60, 9);
  });

  it("one that is wrong is held with its reason, and the others are read", async () => {
    const { asked, runtime } = evaluator();
    const answers = await read(
      configOf({
        good: query("sum(requests)"),
        bad: query("sum(requests"),
        many: query("requests"),
        none: query("sum(nothing)"),
      }),
      runtime,
    );
    expect(answers.get("orders/good")).toMatchObject({ points: expect.arrayContaining([expect.anything()]) });
    expect(answers.get("orders/bad")).toMatchObject({ held: expect.stringMatching(/./) });
    expect(answers.get("orders/many")).toEqual({ held: "the query answers 2 series; sum or average them to one" });
    expect(answers.get("orders/none"), "nothing is known, which is not zero").toEqual({ points: [] });
    expect(asked.length).toBeGreaterThan(1);
  });

  it.each([
    ["that is wrong", "sum(requests"],
    ["that is a scalar", "pi()"],
  ])("one of 25 %s is found once; from then on its neighbours are one call again", async (_, text) => {
    const { asked, runtime } = evaluator();
    const signals = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`s${index}`, query("sum(requests)")]));
    const config = configOf({ ...signals, s17: query(text) });
    const good = async () =>
      Object.fromEntries(
        [...(await read(config, runtime))].filter(([, one]) => "points" in one && one.points.length === 5),
      );
    const first = await good();
    expect(Object.keys(first).length).toBe(text === "pi()" ? 25 : 24);
    expect(asked.length).toBeLessThanOrEqual(11);
    for (const minute of [1, 2, 3]) {
      asked.length = 0;
      expect(await good(), `minute ${minute}`).toEqual(first);
      expect(asked.length, `minute ${minute}`).toBeLessThanOrEqual(3);
    }
  });

  it("one that Prometheus cannot execute does not hide the others, and an outage is no call for each of them", async () => {
    let asked = 0;
    let down = false;
    const fault = { status: "error", errorType: "execution", error: "many-to-many matching not allowed" };
    const empty = { status: "success", data: { resultType: "matrix", result: [] } };
    const wire = await httpWire(({ body }) => {
      asked += 1;
      if (down) return { status: 503, body: "upstream" };
      return body.includes("bad")
        ? { status: 422, body: JSON.stringify(fault) }
        : { status: 200, body: JSON.stringify(empty) };
    });
    const queries = prometheusQueries({ url: wire.endpoint, http: httpClient({ allowLocal: true }) });
    const signals = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`s${index}`, query(`up${index}`)]));
    const config = configOf({ ...signals, bad: query("bad") });
    const runtime = { queries: () => queries };
    try {
      const answers = await read(config, runtime);
      expect(answers.get("orders/bad")).toEqual({ held: expect.stringContaining("many-to-many") });
      expect([...answers.values()].filter((answer) => "held" in answer)).toHaveLength(1);
      asked = 0;
      down = true;
      expect([...(await read(config, runtime)).values()].every((answer) => "held" in answer)).toBe(true);
      expect(asked).toBe(2);
    } finally {
      await wire.close();
    }
  });

  it("a scalar is a series too", async () => {
    const answers = await read(configOf({ pi: query("pi()"), total: query("sum(requests)") }), evaluator().runtime);
    expect((answers.get("orders/pi") as { points: unknown[] }).points).toHaveLength(5);
    expect((answers.get("orders/total") as { points: unknown[] }).points).toHaveLength(5);
  });

  it("fifty are two calls, and steps of another length are calls of their own", async () => {
    const { asked, runtime } = evaluator();
    const signals = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [
        `s${index}`,
        query("sum(requests)", index < 2 ? { every: "30s" } : {}),
      ]),
    );
    const answers = await read(configOf(signals), runtime);
    expect(asked).toHaveLength(3);
    expect((answers.get("orders/s0") as { points: unknown[] }).points.length).toBeGreaterThan(8);
    expect((answers.get("orders/s49") as { points: unknown[] }).points).toHaveLength(5);
  });

  it("hold while nobody answers, or nothing is there to answer", async () => {
    const config = configOf({ a: query("up"), b: query("down") });
    const down: Queries = {
      source: "prometheus",
      instant: async () => ({ samples: [], warnings: [] }),
      range: async () => {
        throw new HeadgateError("query.unavailable", "no answer", { retryable: true });
      },
    };
    for (const [runtime, why] of [
      [{ queries: () => down }, "no answer"],
      [{}, "nothing answers PromQL here: monitoring names no Prometheus and scrapes nothing"],
    ] as const)
      expect([...(await read(config, runtime)).values()]).toEqual([{ held: why }, { held: why }]);
  });
});

describe("signals that are metrics", () => {
  const given = (
    values: Readonly<Record<string, readonly (number | undefined)[]>>,
    status: "complete" | "partial" = "complete",
  ) => {
    const asked: SampleQuery[] = [];
    const samples: Samples = {
      read: async (queries) => {
        asked.push(...queries);
        return queries.map(({ id, metric, from }) => ({
          id,
          status,
          source: "test",
          points: (values[metric] ?? []).flatMap((value, index) =>
            value === undefined ? [] : [{ at: from + index * MINUTE, value }],
          ),
        }));
      },
    };
    return { asked, samples };
  };
  const at = (index: number) => NOW - 5 * MINUTE + index * MINUTE;

  it("of several the mean is taken where all are known; what is divided by 0 or by nothing is no point", async () => {
    const { samples, asked } = given({
      cpu: [10, 20, undefined, 40],
      memory: [30, 40, 50, undefined],
      errors: [1, 2, 3, 4],
      requests: [10, 0, undefined, 40],
    });
    const config = configOf({
      resources: { metric: ["cpu", "memory"], role: "saturation" },
      errors: { metric: "errors", over: "requests", role: "errors" },
    });
    const answers = await read(config, { samples });
    expect(answers.get("orders/resources")).toEqual({
      points: [
        { at: at(0), value: 20 },
        { at: at(1), value: 30 },
      ],
    });
    expect(answers.get("orders/errors")).toEqual({
      points: [
        { at: at(0), value: 0.1 },
        { at: at(3), value: 0.1 },
      ],
    });
    expect(asked).toHaveLength(4);
  });

  it("from CloudWatch are read up to three minutes ago, under their address", async () => {
    const address = { namespace: "Shop", name: "Lag", dimensions: { group: "orders" } };
    const { samples, asked } = given({});
    await read(
      configOf({ lag: { cloudwatch: address, role: "saturation" } }, { ecs: { cluster: "c", service: "s" } }),
      { samples },
    );
    expect(asked).toMatchObject([{ custom: address, to: NOW - 3 * MINUTE, periodMs: MINUTE }]);
  });

  it("a partial answer waits, but not for ever", async () => {
    const { samples } = given({ cpu: [1, 2] }, "partial");
    const config = configOf({ cpu: { metric: "cpu", role: "saturation" } });
    expect((await read(config, { samples })).get("orders/cpu")).toEqual({ held: "only a part was answered" });
    const later = (await read(config, { samples }, NOW - 3 * 60 * MINUTE)).get("orders/cpu");
    expect(later).toMatchObject({ points: [{ value: 1 }, { value: 2 }] });
  });
});
