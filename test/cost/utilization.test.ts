import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decimal, text } from "../../shared/core/cost/decimal.ts";
import { type ClassifyAsk, classifier } from "../../shared/core/cost/utilization/classify.ts";
import { utilizationJoin } from "../../shared/core/cost/utilization/join.ts";
import { utilizationReader } from "../../shared/core/cost/utilization/read.ts";
import { percentile } from "../../shared/core/cost/utilization/tally.ts";
import type { Measured } from "../../shared/core/cost/utilization/types.ts";
import { DAY_MS, HOUR_MS } from "../../shared/core/kernel/time.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const money = (value: string) => decimal(value) ?? { units: 0n, scale: 0 };
const row = (percent: string | undefined, more: Partial<Measured> = {}): Measured => ({
  ...{ at: NOW - HOUR_MS, resourceId: "r", resourceType: "ecs" },
  ...(percent === undefined ? {} : { percent: money(percent) }),
  ...more,
});
function classify(rows: readonly Measured[], ask: Partial<ClassifyAsk> = {}) {
  const counting = classifier({ now: NOW, minimumSamples: 1, ...ask });
  for (const one of rows) counting.add(one);
  return counting.result();
}
const first = (rows: readonly Measured[], ask: Partial<ClassifyAsk> = {}) => classify(rows, ask).rows[0];

describe("how busy a resource is called", () => {
  test.each([
    ["19.999999999", "Underutilized", "OVER_PROVISIONED"],
    ["20", "Optimized", "OPTIMIZED"],
    ["20.0", "Optimized", "OPTIMIZED"],
    ["50", "Optimized", "OPTIMIZED"],
    ["80", "Optimized", "OPTIMIZED"],
    ["80.00000000000000000001", "Overutilized", "UNDER_PROVISIONED"],
    ["0", "Underutilized", "OVER_PROVISIONED"],
    ["140", "Overutilized", "UNDER_PROVISIONED"],
  ])("an average of %s is %s, which AWS calls %s", (percent, finding, aws) => {
    expect(first([row(percent)])).toMatchObject({ finding, aws, platform: finding });
  });

  test("an average of exactly 20 is Optimized also where a sum of floats would be just below it", () => {
    const rows = ["19.9", "20.1", "19.7", "20.3", "0.1", "39.9"].map((one) => row(one));
    expect(first(rows)).toMatchObject({ finding: "Optimized", average: 20, samples: 6 });
  });

  test("what nobody measured is not zero: it is no sample, and without any there is no figure and no label", () => {
    expect(first([row("50"), row(undefined), row(undefined)])).toMatchObject({ average: 50, samples: 1, missing: 2 });
    const none = first([row(undefined, { costPerHour: money("1.5") })]);
    expect(none).toMatchObject({ finding: "InsufficientData", samples: 0, missing: 1 });
    expect(Object.keys(none ?? {})).not.toEqual(expect.arrayContaining(["average"]));
    expect([none?.p95, none?.maximum, none?.aws, none?.platform]).toEqual([undefined, undefined, undefined, undefined]);
  });

  test("too few samples are InsufficientData, with what they would say beside it; the stated count is enough", () => {
    const rows = Array.from({ length: 23 }, () => row("5"));
    expect(first(rows, { minimumSamples: 24 })).toMatchObject({
      finding: "InsufficientData",
      platform: "Underutilized",
    });
    expect(first([...rows, row("5")], { minimumSamples: 24 })).toMatchObject({ finding: "Underutilized" });
  });

  test("a resource under two types is two rows that know of each other", () => {
    const { rows } = classify([row("10"), row("90", { resourceType: "ec2" }), row("30", { resourceType: "ec2" })]);
    expect(rows.map((one) => [one.resourceType, one.finding, one.samples, one.otherTypes])).toEqual([
      ["ec2", "Optimized", 2, ["ecs"]],
      ["ecs", "Underutilized", 1, ["ec2"]],
    ]);
  });

  test("the window has both its ends: seven days before to the millisecond is in, a millisecond earlier is not", () => {
    const edge = NOW - 7 * DAY_MS;
    const found = classify([row("10", { at: edge }), row("90", { at: edge - 1 }), row("30", { at: NOW })]);
    expect(found).toMatchObject({ inside: 2, outside: 1, newest: NOW, from: edge });
    expect(found.rows[0]).toMatchObject({ average: 20, from: edge, to: NOW });
    expect(classify([row("10", { at: NOW + 1 })], { until: NOW })).toMatchObject({ inside: 0, rows: [] });
  });

  test("several samples of an hour all count, and how many hours they are of is told", () => {
    const at = (minutes: number) => ({ at: NOW - HOUR_MS + minutes * 60_000 });
    const rows = [row("10", at(0)), row("20", at(20)), row("30", at(40)), row("100", at(-60))];
    expect(first(rows)).toMatchObject({ samples: 4, hours: 2, average: 40, maximum: 100, p95: 100 });
  });

  test("of a cost that changed within the window the newest holds, in whatever order rows come", () => {
    const rows = [
      row("50", { at: NOW - 3 * HOUR_MS, costPerHour: money("2.00") }),
      row("50", { at: NOW - HOUR_MS, costPerHour: money("0.50") }),
      row("50", { at: NOW, costPerHour: undefined } as never),
      row("50", { at: NOW - 2 * HOUR_MS, costPerHour: money("4.00") }),
    ];
    const texts = (one: ReturnType<typeof first>) =>
      [one?.costPerHour, one?.costPerHourLeast, one?.costPerHourMost].map((value) => value && text(value));
    expect(texts(first(rows))).toEqual(["0.50", "0.50", "4.00"]);
    expect(texts(first([...rows].reverse()))).toEqual(["0.50", "0.50", "4.00"]);
  });

  test("order does not matter", () => {
    const one = fc.record({
      at: fc.integer({ min: NOW - 9 * DAY_MS, max: NOW }),
      resourceId: fc.constantFrom("a", "b"),
      resourceType: fc.constantFrom("x", "y"),
      percent: fc.integer({ min: 0, max: 1200 }).map((value) => ({ units: BigInt(value), scale: 1 })),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 30 }), (rows) => {
        expect(classify([...rows].reverse()).rows).toEqual(classify(rows).rows);
      }),
      { numRuns: 50 },
    );
  });

  test("percentiles are by nearest rank", () => {
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect([percentile(hundred, 95), percentile([7], 95), percentile([], 95), percentile([1, 2], 50)]).toEqual([
      95,
      7,
      undefined,
      1,
    ]);
  });
});

function read(csv: string) {
  const reader = utilizationReader();
  const rows = [...reader.push(csv), ...reader.end()];
  return { reader, rows };
}

describe("reading the platform's two tables", () => {
  test("cells that say nothing are absent, other columns are kept, instants may be of any form", () => {
    const { reader, rows } = read(
      'timestamp,service_name,resource_type,cost_usd,utilization_percent,team\n2026-11-20 12:00:00,orders,ecs,"$1,250.50",NULL,core\n1795176000,"a, b",,0.10,37.5%,\n',
    );
    expect(reader).toMatchObject({ table: "cost_metrics", faultCount: 0, rowsRead: 2, more: ["team"] });
    expect(rows).toEqual([
      { at: NOW, service: "orders", resourceType: "ecs", cost: money("1250.50"), more: { team: "core" } },
      { at: 1_795_176_000_000, service: "a, b", cost: money("0.10"), percent: money("37.5") },
    ]);
  });

  test("either name of the utilisation is taken, and letter case and order of columns do not matter", () => {
    for (const name of ["avg_utilization", "utilization_percent", "Avg Utilization"]) {
      const { reader, rows } = read(
        `${name},Resource_ID,cost_per_hour,resource_type,TIMESTAMP\n12.5,i-1,0.096,ec2,2026-11-20T12:00:00Z\n`,
      );
      expect(reader.table).toBe("resource_utilization");
      expect(rows).toEqual([
        { at: NOW, resourceId: "i-1", resourceType: "ec2", percent: money("12.5"), costPerHour: money("0.096") },
      ]);
    }
  });

  test.each([
    ["soon,orders,ecs,1,5", "timestamp", 1],
    [",orders,ecs,1,5", "timestamp", 1],
    ["2026-11-20,orders,ecs,much,5", "cost_usd", 4],
    ["2026-11-20,orders,ecs,1,high", "utilization_percent", 5],
    ["2026-11-20,orders,ecs,1,-3", "utilization_percent", 5],
  ])("%s is told by row and column, and is no zero", (line, column, columnNumber) => {
    const { reader, rows } = read(`timestamp,service_name,resource_type,cost_usd,utilization_percent\n${line}\n`);
    expect(rows).toEqual([]);
    expect(reader.faults[0]).toMatchObject({ row: 1, line: 2, column, columnNumber });
  });

  test("a file that is neither of the two is refused as a whole", () => {
    for (const csv of ["", "a,b\n1,2\n", "timestamp,service_name\n", "timestamp,timestamp,service_name,cost_usd\n"]) {
      const { reader } = read(csv);
      expect([csv, reader.fatal, reader.faults[0]?.row]).toEqual([csv, true, 0]);
    }
  });
});

describe("utilisation beside cost", () => {
  const day = { at: Date.UTC(2026, 10, 1, 5) };
  test("a row has the average of what agrees in all its members, and none where nobody measured or the type differs", () => {
    const join = utilizationJoin(["day", "service", "resourceType"]);
    for (const percent of ["10", "20"])
      join.add({ ...day, service: "Orders", resourceType: "ecs", percent: money(percent) });
    join.add({ ...day, service: "orders", resourceType: "ecs" });
    expect(join.of({ day: "2026-11-01", service: "orders", resourceType: "ecs" })).toBe(15);
    expect(join.of({ day: "2026-11-02", service: "orders", resourceType: "ecs" })).toBeUndefined();
    expect(join.of({ day: "2026-11-01", service: "orders", resourceType: null })).toBeUndefined();
  });

  test("a resource's service and type are told by the bill, by its id or its name", () => {
    const join = utilizationJoin(["service", "resourceType"]);
    join.add({ ...day, resourceId: "arn:x", percent: money("40") });
    join.add({ ...day, resourceId: "worker", percent: money("60") });
    const charge = { day: "2026-11-01", service: "Amazon ECS" };
    join.see({ ...charge, resourceId: "arn:x", resourceType: "task" });
    join.see({ ...charge, resourceId: "arn:y", resourceName: "worker", resourceType: "task" });
    expect(join.of({ service: "Amazon ECS", resourceType: "task" })).toBe(50);
    const named = utilizationJoin(["service"]);
    named.add({ ...day, service: "orders", resourceId: "orders", percent: money("70") });
    named.see({ ...charge, resourceId: "arn:aws:ecs:eu-west-1:1:service/data/orders" });
    named.see({ ...charge, service: "DynamoDB", resourceId: "arn:aws:dynamodb:eu-west-1:1:table/orders" });
    expect([named.of({ service: "Amazon ECS" }), named.of({ service: "DynamoDB" })]).toEqual([70, undefined]);
  });

  test("rows by what a measurement cannot tell have none", () => {
    const join = utilizationJoin(["service", "account"]);
    join.add({ ...day, service: "orders", percent: money("10") });
    expect(join.of({ service: "orders", account: "1" })).toBeUndefined();
  });
});
