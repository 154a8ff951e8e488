import { describe, expect, test } from "vitest";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Queries, RangeSeries } from "../../shared/core/ports/queries.ts";
import { prometheusCounts } from "../../shared/edge/prometheus-counts.ts";
import { countsContract, type Served } from "./counts.ts";

/** 2026-01-05T00:00:00Z. */
const START = 1_767_571_200_000;
const SECOND = 1_000;
const CONFIG = {
  requests: 'requests{version="$version"}[$window]',
  errors: 'errors{version="$version"}[$window]',
  slow: 'slow{version="$version",above="$slow"}[$window]',
  p99: 'p99{version="$version"}[$window]',
};

/** A Prometheus that knows these expressions alone; a version that had no requests has no series. */
function answering(served: readonly Served[], down: () => boolean): Queries {
  const value = (expr: string, end: number): number | undefined => {
    const [, kind, version, above, seconds] =
      /^(\w+)\{version="([^"]*)"(?:,above="([\d.]+)")?\}\[(\d+)s\]$/.exec(expr) ?? [];
    if (kind === undefined) throw new HeadgateError("query.invalid", expr);
    const from = end - Number(seconds) * SECOND;
    const all = served.filter((one) => one.version === version && one.at >= from && one.at < end);
    if (all.length === 0) return undefined;
    if (kind === "requests") return all.length;
    if (kind === "errors") return all.filter(({ failed }) => failed).length;
    if (kind === "slow") return all.filter(({ ms }) => ms > Number(above) * SECOND).length;
    const sorted = all.map(({ ms }) => ms).sort((a, b) => a - b);
    return (sorted[Math.ceil(all.length * 0.99) - 1] ?? 0) / SECOND;
  };
  return {
    source: "prometheus",
    instant: async () => ({ samples: [], warnings: [] }),
    range: async (expr, from, to, stepMs) => {
      if (down()) throw new HeadgateError("query.unavailable", "nobody answers", { retryable: true });
      const points: { at: number; value: number }[] = [];
      for (let at = from; at <= to; at += stepMs) {
        const found = value(expr, at);
        if (found !== undefined) points.push({ at, value: found });
      }
      return { series: points.length > 0 ? [{ labels: {}, points }] : [], warnings: [] };
    },
  };
}

countsContract("a Prometheus API", async () => {
  const served: Served[] = [];
  let down = false;
  return {
    counts: prometheusCounts({ queries: answering(served, () => down), config: CONFIG }),
    service: "orders",
    start: START,
    serve: async (requests) => void served.push(...requests),
    breakDown: async () => {
      down = true;
    },
    close: async () => undefined,
  };
});

describe("counts of a Prometheus API, beyond the contract", () => {
  /** Answers by the beginning of the expression. */
  const fixed = (answers: Readonly<Record<string, readonly RangeSeries[]>>, asked: string[] = []): Queries => ({
    source: "prometheus",
    instant: async () => ({ samples: [], warnings: [] }),
    range: async (expr) => {
      asked.push(expr);
      return { series: answers[/^\w+/.exec(expr)?.[0] ?? ""] ?? [], warnings: [] };
    },
  });
  const at = (value: number, tick = 1): RangeSeries => ({
    labels: {},
    points: [{ at: START + tick * 30 * SECOND, value }],
  });
  const read = (queries: Queries, config: Parameters<typeof prometheusCounts>[0]["config"] = CONFIG) =>
    prometheusCounts({ queries, config }).read({
      service: "orders",
      versions: ["v1"],
      from: START,
      to: START + 30 * SECOND,
      everyMs: 30 * SECOND,
      slowMs: 250,
    });

  test("increases that are not whole are rounded, several series are added up, and no part is more than the whole", async () => {
    const [tick] = await read(
      fixed({ requests: [at(10.4), at(5.2)], errors: [at(3.6)], slow: [at(99)], p99: [at(0.2), at(0.3)] }),
    );
    expect(tick?.versions["v1"]).toEqual({ requests: 16, errors: 4, slow: 16, p99Ms: 300 });
  });

  test("what is not there, is no number or is below zero is unknown, never zero", async () => {
    for (const errors of [[], [at(Number.NaN)], [at(Number.POSITIVE_INFINITY)], [at(-1)], [at(1, 2)]])
      expect((await read(fixed({ requests: [at(10)], errors })))[0]?.versions).toEqual({});
    const [tick] = await read(fixed({ requests: [at(10)], errors: [at(0)], p99: [at(Number.NaN)] }));
    expect(tick?.versions["v1"]).toEqual({ requests: 10, errors: 0 });
  });

  test("version, window and bound are written into the expression; a quote in a version ends no string", async () => {
    const asked: string[] = [];
    await prometheusCounts({ queries: fixed({}, asked), config: CONFIG }).read({
      service: "orders",
      versions: ['a"}b$window'],
      from: START,
      to: START + 1500,
      everyMs: 1500,
      slowMs: 250,
    });
    expect(asked[0]).toBe('requests{version="a\\"}b$window"}[1500ms]');
    expect(asked).toContain('slow{version="a\\"}b$window",above="0.25"}[1500ms]');
  });

  test("without a query for slow or p99 neither is told, and neither is asked", async () => {
    const asked: string[] = [];
    const config = { requests: CONFIG.requests, errors: CONFIG.errors };
    const [tick] = await read(fixed({ requests: [at(10)], errors: [at(1)] }, asked), config);
    expect([tick?.versions["v1"], asked.length]).toEqual([{ requests: 10, errors: 1 }, 2]);
  });

  test("intervals from before the source knew anything are unknown, whatever it answers", async () => {
    const queries = { ...fixed({ requests: [at(10)], errors: [at(1)] }), knownFrom: () => START + 1 };
    expect((await read(queries))[0]?.versions).toEqual({});
    expect((await read({ ...queries, knownFrom: () => START }))[0]?.versions["v1"]).toMatchObject({ requests: 10 });
  });

  test("an expression that is wrong is an error that trying again does not mend", async () => {
    const broken: Queries = {
      ...fixed({}),
      range: async () => Promise.reject(new HeadgateError("query.invalid", "unexpected end of input")),
    };
    await expect(read(broken)).rejects.toMatchObject({ code: "counts.unavailable", retryable: false });
  });
});
