import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CountsPlaces } from "../../shared/core/ports/counts.ts";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { cloudwatchCounts } from "../../shared/edge/cloudwatch-counts.ts";
import { type CloudWatchWire, cloudwatchWire } from "../fakes/cloudwatch-wire.ts";
import { wireClients } from "../fakes/wire.ts";
import { countsContract, type Served } from "./counts.ts";

/** 2026-01-05T00:00:00Z. */
const START = 1_767_571_200_000;
const SECOND = 1_000;
const MINUTE = 60_000;
const ELB = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup";
const LOAD_BALANCER = "app/shop/50dc6c495c0c9188";
const GROUPS = { v1: `${ELB}/orders-blue/1`, v2: `${ELB}/orders-green/2` };
const ALB: CountsPlaces = { loadBalancer: LOAD_BALANCER, targetGroups: GROUPS };
const LAMBDA: CountsPlaces = { lambda: { function: "orders", alias: "live", versions: { v1: "7", v2: "8" } } };
type Name = keyof typeof GROUPS;

/** What a load balancer sends to CloudWatch of a request: errors only where there are any. */
function byGroup(wire: CloudWatchWire, { version, at, ms, failed }: Served): void {
  const TargetGroup = GROUPS[version as Name].replace(/^.*(?=targetgroup)/, "");
  const put = (name: string, value: number) =>
    wire.put("AWS/ApplicationELB", name, { TargetGroup, LoadBalancer: LOAD_BALANCER }, at, value);
  put("RequestCount", 1);
  put("TargetResponseTime", ms / SECOND);
  if (failed) put("HTTPCode_Target_5XX_Count", 1);
}

/** What Lambda sends of an invocation: an error of 0 as well. */
function byVersion(wire: CloudWatchWire, { version, at, ms, failed }: Served): void {
  const dimensions = { FunctionName: "orders", Resource: "orders:live", ExecutedVersion: version === "v1" ? "7" : "8" };
  wire.put("AWS/Lambda", "Invocations", dimensions, at, 1);
  wire.put("AWS/Lambda", "Errors", dimensions, at, failed ? 1 : 0);
  wire.put("AWS/Lambda", "Duration", dimensions, at, ms);
}

for (const [name, places, put] of [
  ["target groups in CloudWatch, on the wire", ALB, byGroup],
  ["versions of a function in CloudWatch, on the wire", LAMBDA, byVersion],
] as const)
  countsContract(name, async () => {
    const wire = await cloudwatchWire();
    const clients = wireClients(wire.endpoint, { maxAttempts: 1 });
    return {
      counts: cloudwatchCounts({ client: clients.cloudwatch, places }),
      service: "orders",
      start: START,
      everyMs: MINUTE,
      serve: async (requests) => {
        for (const one of requests) put(wire, one);
      },
      breakDown: () => wire.close(),
      close: async () => {
        await clients.close();
        await wire.close();
      },
    };
  });

describe("counts in CloudWatch, beyond the contract", () => {
  let wire: CloudWatchWire;
  let clients: AwsClients;
  const counts = (places = ALB) => cloudwatchCounts({ client: clients.cloudwatch, places });
  const ask = (from: number, to: number, everyMs: number, places = ALB) =>
    counts(places).read({ service: "orders", versions: ["v1", "v2"], from, to, everyMs, slowMs: 200 });
  const serve = (many: number, one: Served) => {
    for (let index = 0; index < many; index++) byGroup(wire, one);
  };
  beforeEach(async () => {
    wire = await cloudwatchWire();
    clients = wireClients(wire.endpoint, { maxAttempts: 1 });
  });
  afterEach(async () => {
    await clients.close();
    await wire.close();
  });

  test("both versions over 120 ticks are one request of twelve statistics, of eight metrics that are billed", async () => {
    serve(1, { version: "v1", at: START, ms: 50 });
    await ask(START, START + 120 * MINUTE, MINUTE);
    expect(wire.counts()).toEqual({ GetMetricData: 1 });
    expect(wire.metricsRead()).toBe(12);
  });

  test("an interval that begins between two minutes has the minutes that begin in it, each minute once", async () => {
    const from = START + 17 * SECOND;
    for (const minute of [1, 2, 3]) serve(minute, { version: "v1", at: START + minute * MINUTE, ms: 50 });
    const read = await ask(from, from + 3 * MINUTE, MINUTE);
    expect(read.map(({ at, versions }) => [at - from, versions["v1"]?.requests])).toEqual([
      [0, 1],
      [MINUTE, 2],
      [2 * MINUTE, 3],
    ]);
    expect(counts().settledUntil(from)).toBeLessThanOrEqual(from - MINUTE);
  });

  test("of intervals shorter than a minute those without a beginning minute are unknown, never zero", async () => {
    serve(5, { version: "v1", at: START, ms: 50 });
    const read = await ask(START, START + MINUTE, 30 * SECOND);
    expect(read.map(({ versions }) => versions["v1"]?.requests)).toEqual([5, undefined]);
  });

  test("an interval of which one minute is not known is not known, rather than smaller", async () => {
    serve(5, { version: "v1", at: START + 17 * SECOND + MINUTE, ms: 50 });
    const from = START + 17 * SECOND;
    expect((await ask(from, from + 2 * MINUTE, 2 * MINUTE))[0]?.versions).toEqual({});
    serve(4, { version: "v1", at: START + 2 * MINUTE, ms: 300 });
    expect((await ask(from, from + 2 * MINUTE, 2 * MINUTE))[0]?.versions["v1"]).toMatchObject({ requests: 9, slow: 4 });
  });

  test("targets that could not be reached are errors too, and never more than there were requests", async () => {
    serve(10, { version: "v2", at: START, ms: 50, failed: true });
    const dimensions = { TargetGroup: "targetgroup/orders-green/2", LoadBalancer: LOAD_BALANCER };
    wire.put("AWS/ApplicationELB", "TargetConnectionErrorCount", dimensions, START, 30);
    expect((await ask(START, START + MINUTE, MINUTE))[0]?.versions["v2"]).toMatchObject({ requests: 10, errors: 10 });
  });

  test("invocations without any word on errors are unknown: a function always says how many", async () => {
    const dimensions = { FunctionName: "orders", Resource: "orders:live", ExecutedVersion: "7" };
    wire.put("AWS/Lambda", "Invocations", dimensions, START, 9);
    expect((await ask(START, START + MINUTE, MINUTE, LAMBDA))[0]?.versions).toEqual({});
  });

  test.each([
    ["InternalError", true],
    ["PartialData", true],
    ["Forbidden", false],
  ] as const)("%s of one metric leaves nothing to judge", async (code, retryable) => {
    serve(5, { version: "v1", at: START, ms: 50 });
    wire.setStatus("HTTPCode_Target_5XX_Count", { code });
    await expect(ask(START, START + MINUTE, MINUTE)).rejects.toMatchObject({ code: "counts.unavailable", retryable });
  });

  test("answers in pages are put together", async () => {
    wire.pageSize(2);
    serve(5, { version: "v2", at: START, ms: 50, failed: true });
    expect((await ask(START, START + MINUTE, MINUTE))[0]?.versions["v2"]).toMatchObject({ requests: 5, errors: 5 });
  });

  test("without a load balancer, or without anything, it says what to name", async () => {
    await expect(ask(START, START + MINUTE, MINUTE, { targetGroups: GROUPS })).rejects.toThrow(/traffic\.weights\.alb/);
    await expect(ask(START, START + MINUTE, MINUTE, {})).rejects.toMatchObject({ retryable: false });
  });

  test("a version that is in no group is unknown and asks for nothing", async () => {
    const read = await counts().read({
      service: "orders",
      versions: ["v9"],
      from: START,
      to: START + MINUTE,
      everyMs: MINUTE,
    });
    expect([read, wire.metricsRead()]).toEqual([[{ at: START, versions: {} }], 0]);
  });
});
