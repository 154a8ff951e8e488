import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { backOffMs } from "../../local/back-off.ts";
import { consoleAsset, isConsolePath } from "../../local/console-assets.ts";
import { buildConsole, consoleIsStale } from "../../local/console-build.ts";
import { cannotStart } from "../../local/find-command.ts";
import { planLoad, readTrace } from "../../local/load-plan.ts";
import { logFile } from "../../local/log-file.ts";
import { decisionPrinter, errorLines, heldBack, printable } from "../../local/say.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { tempDir } from "./world.ts";

test("back-off doubles up to its bound, half of it at random", () => {
  const settings = { firstMs: 100, mostMs: 1000 };
  expect([1, 2, 3, 4, 5, 500].map((failures) => backOffMs(settings, failures, 0))).toEqual([
    50, 100, 200, 400, 500, 500,
  ]);
  expect(backOffMs(settings, 1, 0.999)).toBe(100);
});

test.each([
  ["node", "/", process.env["PATH"] ?? "", undefined],
  ["no-such-program", "/", process.env["PATH"] ?? "", "command not found: no-such-program (not in PATH)"],
  ["/bin/sh", "/", "", undefined],
  ["./x", "/", "", "command not found or not executable: ./x (in /)"],
  ["node", "/no/such", "/bin", "working folder /no/such does not exist"],
  ["node", "/bin/sh", "/bin", "working folder /bin/sh is not a folder"],
])("starting %s in %s", (program, cwd, path, why) => {
  expect(cannotStart(program, cwd, path)).toBe(why);
});

test("a file without permission to run is told from one that can be", () => {
  const dir = tempDir();
  writeFileSync(join(dir, "run.sh"), "#!/bin/sh\n");
  expect(cannotStart("./run.sh", dir, "")).toContain("not executable");
  chmodSync(join(dir, "run.sh"), 0o755);
  expect(cannotStart("./run.sh", dir, "")).toBeUndefined();
});

test("the console's files are served with their types; its own addresses give its page; nothing outside is read", async () => {
  const dir = join(tempDir(), "dist");
  mkdirSync(join(dir, "assets"), { recursive: true });
  writeFileSync(join(dir, "index.html"), "<p>page");
  writeFileSync(join(dir, "assets", "a-1.js"), "1");
  writeFileSync(join(dir, "..", "secret.txt"), "secret");
  const script = await consoleAsset(dir, "/assets/a-1.js");
  expect(script.headers.get("content-type")).toContain("text/javascript");
  expect(script.headers.get("cache-control")).toContain("immutable");
  const page = await consoleAsset(dir, "/services/orders");
  expect(await page.text()).toBe("<p>page");
  expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
  expect(page.headers.get("cache-control")).toBe("no-cache");
  expect(page.headers.get("content-security-policy")).not.toContain("unsafe");
  expect((await consoleAsset(dir, "/assets/none.js")).status).toBe(404);
  expect((await consoleAsset(dir, "/none.js")).status).toBe(404);
  // A service may be called like a file; its page is a page.
  for (const path of ["/services/a.js", "/services/style.css", "/services/..%2Fa.js", "/decisions/dec_1.json"])
    expect(await (await consoleAsset(dir, path)).text(), path).toBe("<p>page");
  for (const path of [
    "/../secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "/assets/../../secret.txt",
    "/a%00.txt",
  ])
    expect(await (await consoleAsset(dir, path)).text()).not.toContain("secret");
  expect((await consoleAsset(dir, "/%")).status).toBe(400);
  expect((await consoleAsset(join(dir, "none"), "/")).status).toBe(503);
});

test("paths of the API are never the console's", () => {
  for (const path of [
    "/api/v1/services",
    "/metrics",
    "/health",
    "/live",
    "/ready",
    "/openapi.json",
    "/hooks/alerting/x",
    "/-/healthy",
    "/kayenta/canaryConfig",
    "/ofrep/v1/configuration",
  ])
    expect(isConsolePath("GET", path)).toBe(false);
  expect(isConsolePath("GET", "/apix")).toBe(true);
  expect(isConsolePath("POST", "/")).toBe(false);
});

test("a console is stale when it was never built or its sources are newer; without sources never", () => {
  const root = tempDir();
  expect(consoleIsStale(root)).toBe(false);
  mkdirSync(join(root, "console", "src"), { recursive: true });
  writeFileSync(join(root, "console", "src", "main.ts"), "");
  expect(consoleIsStale(root)).toBe(true);
});

test("a console that cannot be built gives one line that says why, and nothing is left of the try", async () => {
  const root = tempDir();
  mkdirSync(join(root, "console", "src"), { recursive: true });
  const packages = join(root, "node_modules");
  mkdirSync(join(packages, "vite"), { recursive: true });
  writeFileSync(join(packages, "vite", "package.json"), "{}");
  expect(await buildConsole(root)).toMatch(/vite/);
  rmSync(packages, { recursive: true });
  symlinkSync(join(import.meta.dirname, "../../node_modules"), packages);
  const why = await buildConsole(root);
  expect(why).toContain("console/index.html");
  expect(why).not.toContain("\n");
  expect(why).not.toContain("\u001b");
  expect(existsSync(join(root, "console", "dist"))).toBe(false);
});

test("a log file is bounded; one earlier file is kept", () => {
  const path = join(tempDir(), "logs", "x.log");
  const log = logFile(path, 100);
  for (let index = 0; index < 20; index++) log.line(`line ${index} ${"x".repeat(20)}`);
  log.close();
  expect(readFileSync(path, "utf8").length).toBeLessThan(140);
  expect(readFileSync(path, "utf8")).toContain("line 19");
  expect(readFileSync(`${path}.1`, "utf8").length).toBeLessThan(140);
});

const HOUR = 3_600_000;
const parsed = parseConfig(`version: 1
services:
  a: { run: { command: [x] }, load: { shape: constant, mean: 5, path: /p } }
  b: { run: { command: [x] } }
  c: { ecs: { cluster: c, service: s }, load: { mean: 5 } }
  d: { run: { command: [x] }, load: { shape: none } }
`);
if (!parsed.ok) throw new Error("the test's configuration is not valid");

test("load is generated for local services that ask for it, and for those that say nothing when there is a trace", () => {
  expect(planLoad(parsed.config, undefined, 0).map((one) => one.service)).toEqual(["a"]);
  const points = [0, 1].map((index) => ({ at: index * HOUR, value: 1 }));
  expect(planLoad(parsed.config, { points, stepMs: HOUR }, 0).map((one) => one.service)).toEqual(["a", "b"]);
});

test("noon of a record is played at noon", () => {
  const points = Array.from({ length: 48 }, (_, hour) => ({
    at: Date.UTC(1998, 5, 8, hour),
    value: hour === 12 ? 48 : 0,
  }));
  const [load] = planLoad(parsed.config, { points, stepMs: HOUR }, Date.UTC(2026, 10, 22, 7));
  expect(load?.shape(Date.UTC(2026, 10, 22, 12))).toBeCloseTo(48 * 5);
  expect(load?.shape(Date.UTC(2026, 10, 22, 15))).toBe(0);
  expect(load?.shape(Date.UTC(2026, 10, 24, 12))).toBeCloseTo(48 * 5);
});

test("a trace file that is fine is read", () => {
  const path = join(tempDir(), "t.csv");
  writeFileSync(path, "timestamp,value\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,2\n");
  expect(readTrace(path).trace.points.map((point) => point.value)).toEqual([1, 2]);
});

test("errors are told with place, value and what is allowed", () => {
  const error = new HeadgateError("config.invalid", "it has 1 fault", {
    faults: [
      { path: "autoscaling.a.min", message: "too large", line: 3, column: 7, value: "99", allowed: "integer 0..5" },
    ],
  });
  expect(errorLines(error, "my.yaml")).toEqual([
    "headgate: it has 1 fault",
    "  my.yaml:3:7 autoscaling.a.min: too large (found 99); allowed: integer 0..5",
  ]);
});

test("what a service says cannot move the terminal's cursor", () => {
  expect(printable("a\u001b[2Jb\r\nc")).toBe("a [2Jb  c");
});

test("the same conclusion about a service is printed once until something changes; every action is", () => {
  const lines: string[] = [];
  const out = heldBack({ line: (text) => void lines.push(text), error: () => {} });
  const print = decisionPrinter(out);
  const record = (reason: string, actions: DecisionRecord["actions"] = []): DecisionRecord => ({
    v: 1,
    id: "dec_1",
    tenant: "default",
    noun: "autoscaling",
    subject: "orders",
    at: 0,
    trigger: { type: "schedule" },
    mode: "act",
    configVersion: "v",
    config: {},
    input: {},
    stateBefore: {},
    reason,
    trace: [],
    actions,
    stateAfter: {},
    outcomes: [],
    traceId: "0".repeat(32),
  });
  const act = [{ type: "scale", key: "k" }];
  for (const one of [
    record("at_min"),
    record("at_min"),
    record("scaled_out", act),
    record("scaled_out", act),
    record("at_min"),
  ])
    print(one);
  expect(lines).toEqual([]);
  out.release();
  expect(lines).toHaveLength(4);
  print(record("at_max"));
  expect(lines).toHaveLength(5);
  // Groups come, go and have no news all day: only what is sent, or kept back from somebody, is worth a line.
  const group = (reason: string, actions: DecisionRecord["actions"] = []) => ({
    ...record(reason, actions),
    noun: "alerting",
    subject: "grp_1",
  });
  for (const quiet of ["opened", "held_nothing_new", "dropped_resolved", "dormant", "forgotten", "rerouted"])
    print(group(quiet));
  expect(lines).toHaveLength(5);
  print(group("notified_first", act));
  print(group("held_silenced"));
  expect(lines).toHaveLength(7);
});
