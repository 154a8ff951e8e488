import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readLoadPlan } from "../../functions/readiness/load-read.ts";
import { instancePrice } from "../../local/load-test/perform.ts";
import { planSegments, seenFrom } from "../../local/load-test/run.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { expectedIn, lengthOf, peakOf } from "../../shared/core/readiness/load/schedule.ts";

const plan = (more = "", stages = "- { shape: constant, rate: 10, for: 10s }") => `name: one
target: { http: { url: "http://127.0.0.1:1" } }
stages:
  ${stages}
${more}`;
const faultsOf = (text: string) => {
  try {
    readLoadPlan(text, "l.yaml");
  } catch (error) {
    if (error instanceof HeadgateError) return error.faults ?? [];
    throw error;
  }
  return [];
};
const noTrace = () => Promise.reject(new Error("no trace"));

describe("the file of a load test", () => {
  test("what is left out has a default", () => {
    expect(readLoadPlan(plan())).toMatchObject({
      ...{ arrivals: "poisson", seed: 1, timeout: 10_000, connections: 512, workers: 1, warmup: 0, use: 0.7 },
      target: { http: { requests: [{ method: "GET", path: "/", weight: 1 }] } },
    });
  });

  test.each([
    ["an unknown key", plan("conections: 5"), "conections", 5],
    ["an objective that is none", plan('objectives: ["p99 < 300"]'), "objectives[0]", 5],
    ["a rate above all bounds", plan("", "- { shape: constant, rate: 1e6, for: 1s }"), "stages[0].rate", 4],
    ["a ramp without its end", plan("", "- { shape: ramp, rate: 5, for: 1s }"), "stages[0].to", 4],
    ["a duration without unit", plan("timeout: 5"), "timeout", 5],
    [
      "a header with a line break",
      plan("name2: x")
        .replace("name2: x", "")
        .replace('url: "http://127.0.0.1:1"', 'url: "http://h", headers: { a: "b\\r\\nc" }'),
      "target.http.headers.a",
      2,
    ],
    ["a path in the address", plan().replace(':1"', ':1/path"'), "target.http.url", 2],
    ["both targets", plan().replace("} }\n", "}, kafka: { topic: t } }\n"), "target", 2],
    ["scale and peak", plan("", "- { shape: replay, trace: a.csv, scale: 2, peak: 5 }"), "stages[0]", 4],
    ["a service that is no name", plan("service: ../x"), "service", 5],
  ])("%s is refused with its place", (_what, text, path, line) => {
    const [fault] = faultsOf(text);
    expect(fault).toMatchObject({ path, line });
  });

  test("nothing to send and too much of a replay are refused before anything is sent", async () => {
    const none = readLoadPlan(plan("", "- { shape: constant, rate: 0, for: 1s }"));
    await expect(planSegments(none, noTrace)).rejects.toThrow("every rate is 0");
    const huge = readLoadPlan(plan("", "- { shape: replay, trace: a.csv, scale: 1e9 }"));
    const trace = { points: [0, 1_000].map((at) => ({ at, value: 5 })), stepMs: 1_000 };
    await expect(planSegments(huge, async () => trace)).rejects.toThrow("at most 200000");
  });

  test("a replay is raised to its peak", async () => {
    const read = readLoadPlan(plan("", "- { shape: replay, trace: a.csv, peak: 300, speed: 10 }"));
    const trace = { points: [0, 60_000, 120_000].map((at, index) => ({ at, value: index * 10 })), stepMs: 60_000 };
    const segments = await planSegments(read, async (path) => (path === "a.csv" ? trace : Promise.reject(path)));
    expect([peakOf(segments), lengthOf(segments)]).toEqual([300, 18_000]);
    expect(expectedIn(segments, 0, 6_000)).toBeCloseTo(450);
  });

  test("paths are seen from the file; standard input and names of made-up traces are not paths", () => {
    expect(seenFrom("/a/b/load.yaml", "t.csv")).toBe("/a/b/t.csv");
    expect(seenFrom("/a/b/load.yaml", "synthetic")).toBe("synthetic");
    expect(seenFrom("/a/b/load.yaml", "-")).toBe("-");
    expect(seenFrom(undefined, "t.csv")).toBe("t.csv");
  });

  test("an instance costs what the file says, or Fargate's list price, or is not priced", () => {
    expect(instancePrice(readLoadPlan(plan("instance: { usdPerHour: 0.2 }")))?.usdPerHour).toBe(0.2);
    expect(instancePrice(readLoadPlan(plan("instance: { cpu: 0.5, memoryMb: 1024 }")))?.usdPerHour).toBeCloseTo(
      0.024685,
      6,
    );
    expect(instancePrice(readLoadPlan(plan("instance: { cpu: 0.5 }")))).toBeUndefined();
    expect(instancePrice(readLoadPlan(plan()))).toBeUndefined();
  });

  test("every example is one", () => {
    const folder = join(import.meta.dirname, "..", "..", "examples", "load");
    const names = readdirSync(folder);
    expect(names.length).toBeGreaterThan(2);
    for (const name of names)
      expect(readLoadPlan(readFileSync(join(folder, name), "utf8"), name).stages.length).toBeGreaterThan(0);
  });
});
