import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { checkAnomaly } from "../../shared/core/anomaly/check.ts";
import { AnomalyConfig, type AnomalyConfigInput } from "../../shared/core/anomaly/config.ts";
import { signalsOf } from "../../shared/core/anomaly/signals.ts";

const parse = (input: AnomalyConfigInput = {}) => v.parse(AnomalyConfig, input);
const faults = (input: AnomalyConfigInput) =>
  checkAnomaly(parse(input)).map(({ path, message }) => `${path.join(".")}: ${message}`);
const latency = { metric: "latency_p99", role: "latency" } as const;

describe("which signals a service has", () => {
  const names = (input: AnomalyConfigInput, local: boolean, requests: boolean) =>
    signalsOf(parse(input), { local, requests }).map((signal) => signal.name);

  it.each([
    [{}, true, true, ["cpu", "errors", "latency", "memory", "traffic"]],
    [{}, false, true, ["cpu", "memory", "traffic"]],
    [{}, false, false, ["cpu", "memory"]],
    [{ detector: "seed" as const }, true, true, ["errors", "latency", "resources", "traffic"]],
    [{ signals: { mine: latency } }, true, true, ["mine"]],
  ])("%j, local %s, requests %s: %j", (input, local, requests, expected) => {
    expect(names(input, local, requests)).toEqual(expected);
  });
});

it("of the golden signals only traffic alarms either way; the seed rules know no direction", () => {
  const both = (input: AnomalyConfigInput) =>
    signalsOf(parse(input), { local: true, requests: true }).flatMap(({ name, direction }) =>
      direction === "both" ? [name] : [],
    );
  expect(both({})).toEqual(["traffic"]);
  expect(both({ detector: "seed" })).toEqual(["errors", "latency", "resources", "traffic"]);
});

it("a signal of Headgate's own shares is percent unless it says otherwise", () => {
  const units = (input: AnomalyConfigInput) =>
    signalsOf(parse(input), { local: true, requests: true }).map((signal) => signal.unit);
  const saturation = (more: object) => ({ role: "saturation" as const, ...more });
  expect(
    units({
      signals: {
        a: saturation({ metric: "cpu" }),
        b: saturation({ metric: ["cpu", "memory"] }),
        c: saturation({ metric: "cpu", unit: "cores" }),
        d: saturation({ metric: "cpu", over: "memory" }),
        e: saturation({ metric: ["cpu", "queue"] }),
        f: saturation({ query: "cpu" }),
      },
    }),
  ).toEqual(["percent", "percent", "cores", undefined, undefined, undefined]);
});

describe("the schema", () => {
  it.each([
    [{ signals: { a: { role: "latency" } } }, "exactly one of metric, query and cloudwatch"],
    [{ signals: { a: { ...latency, query: "up" } } }, "exactly one of metric, query and cloudwatch"],
    [{ signals: { "A b": latency } }, "signal name"],
    [{ signals: { a: { ...latency, every: "1s" } } }, "duration"],
    [{ threshold: 0 }, "number 0.01..0.9999"],
    [{ detector: "gaussian" }, '"headgate"'],
    [{ signals: { a: { metric: "x" } } }, "role"],
  ])("%j is refused: %s", (input, message) => {
    const parsed = v.safeParse(AnomalyConfig, input);
    expect(parsed.success).toBe(false);
    expect(
      JSON.stringify(parsed.issues?.map((issue) => [issue.message, issue.path?.map((part) => part.key)])),
    ).toContain(JSON.stringify(message).slice(1, -1));
  });
});

describe("what the schema cannot see", () => {
  it("a usual configuration has no fault", () => {
    expect(faults({ signals: { latency, lag: { query: "sum(lag)", role: "saturation", every: "30s" } } })).toEqual([]);
  });

  it.each([
    [{ timezone: "Mars/Olympus" }, "timezone: unknown time zone"],
    [{ signals: { a: { ...latency, every: "90s" } } }, "signals.a.every: metrics are read in whole minutes"],
    [
      { signals: { a: { ...latency, every: "5m", batch: "1m" } } },
      "signals.a.batch: shorter than the distance of two points",
    ],
    [{ signals: { a: { ...latency, every: "20m" } } }, "signals.a.quiet: shorter than the distance of two points"],
    [{ signals: { a: { ...latency, settle: "5m" } } }, "signals.a.settle: shorter than quiet"],
    [
      { signals: { a: { query: "up", role: "errors", over: "requests" } } },
      "signals.a.over: a query divides by itself",
    ],
    [{ signals: { a: { query: "up", role: "errors", stat: "max" } } }, "signals.a.stat: a query has no statistic"],
    [{ labels: { severity: "page" } }, "labels.severity: not a label of one's own"],
  ] as const)("%j has the fault %s", (input, expected) => {
    expect(faults(input as AnomalyConfigInput)).toContain(expected);
  });
});
