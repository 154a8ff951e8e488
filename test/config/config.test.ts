import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { directoryFiles } from "../../local/config-files.ts";
import { faultLine, parseConfig } from "../../shared/shell/config.ts";
import { alertingFrom } from "../../shared/shell/config-alerting.ts";
import { configJsonSchema } from "../../shared/shell/config-json-schema.ts";
import { monitoringFrom } from "../../shared/shell/config-monitoring.ts";
import { MAX_CONFIG_BYTES } from "../../shared/shell/config-read.ts";

const services = `services:
  orders:
    run:
      command: ["node", "orders.mjs"]
`;
const valid = `version: 1
${services}autoscaling:
  orders:
    min: 2
    max: 8
`;

const faultsOf = (text: string) => {
  const parsed = parseConfig(text, { file: "headgate.yaml" });
  return parsed.ok ? [] : parsed.faults;
};

describe("a good configuration", () => {
  test("comes out with the platform's defaults filled in", () => {
    const parsed = parseConfig(valid);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    expect(parsed.config.autoscaling["orders"]).toMatchObject({
      mode: "act",
      min: 2,
      max: 8,
      policies: [{ type: "instances", cpu: 75, memory: 80, cooldown: { out: 300_000, in: 600_000 } }],
    });
    expect(parsed.config.services["orders"]?.run).toMatchObject({
      port: 0,
      health: "/health",
      startTimeoutMs: 30_000,
      graceMs: 10_000,
    });
  });

  test("has the same version whatever its comments, order and quoting, and another one for other behaviour", () => {
    const a = parseConfig(valid);
    const b = parseConfig(`# hello\nautoscaling: { orders: { max: 8, min: 2 } }\n${services}version: 1\n`);
    const c = parseConfig(valid.replace("max: 8", "max: 9"));
    if (!a.ok || !b.ok || !c.ok) throw new Error("must parse");
    expect(b.version).toBe(a.version);
    expect(c.version).not.toBe(a.version);
  });

  test("may be JSON, since YAML 1.2 contains it", () => {
    expect(
      parseConfig(JSON.stringify({ version: 1, services: { a: { ecs: { cluster: "c", service: "s" } } } })).ok,
    ).toBe(true);
  });

  test("the shipped example is one", async () => {
    const parsed = parseConfig(await readFile("examples/shop/headgate.yaml", "utf8"), {
      file: "examples/shop/headgate.yaml",
      monitoring: monitoringFrom(directoryFiles("examples/shop")),
      alerting: alertingFrom(directoryFiles("examples/shop")),
    });
    expect(parsed.ok ? [] : parsed.faults).toEqual([]);
  });
});

describe("a bad configuration names path, line, column, value and what is allowed", () => {
  test("unknown key: at the key itself", () => {
    expect(faultsOf(valid.replace("max: 8", "maxx: 8"))).toEqual([
      { path: "autoscaling.orders.maxx", message: 'unknown key "maxx"', line: 9, column: 5 },
    ]);
  });

  test("wrong type", () => {
    expect(faultsOf(valid.replace("max: 8", "max: many"))).toEqual([
      expect.objectContaining({ path: "autoscaling.orders.max", line: 9, column: 10, value: '"many"' }),
    ]);
  });

  test("out of range", () => {
    expect(faultsOf(valid.replace("max: 8", "max: 100000"))).toEqual([
      expect.objectContaining({
        path: "autoscaling.orders.max",
        line: 9,
        value: "100000",
        allowed: "integer 1..10000",
      }),
    ]);
  });

  test("min above max", () => {
    const [fault] = faultsOf(valid.replace("min: 2", "min: 9"));
    expect(fault).toEqual({
      path: "autoscaling.orders.min",
      line: 8,
      column: 10,
      message: "min must not be above max",
      value: "9",
      allowed: "integer up to 8, the max",
    });
  });

  test("duplicate service", () => {
    const [fault] = faultsOf(`version: 1\n${services}  orders:\n    ecs: { cluster: a, service: b }\n`);
    expect(fault).toEqual({
      path: "services.orders",
      message: 'duplicate key "orders"',
      allowed: "each name once; the first is in line 3",
      line: 6,
      column: 3,
    });
  });

  test("a number without a unit where a duration is asked for", () => {
    const [fault] = faultsOf(valid.replace("max: 8", "max: 8\n    maxAge: 300"));
    expect(fault).toMatchObject({ path: "autoscaling.orders.maxAge", line: 10, value: "300" });
  });

  test("impossible cron", () => {
    const [fault] = faultsOf(
      `${valid}    policies:\n      - type: scheduled\n        actions:\n          - { cron: "0 0 31 2 *", min: 3 }\n`,
    );
    expect(fault).toMatchObject({ line: 13, value: '"0 0 31 2 *"' });
    expect(fault?.path).toBe("autoscaling.orders.policies[0].actions[0].cron");
  });

  test("unknown time zone", () => {
    const [fault] = faultsOf(
      `${valid}    policies:\n      - type: scheduled\n        timezone: Mars/Olympus\n        actions:\n          - { cron: "0 8 * * *", min: 3 }\n`,
    );
    expect(fault).toMatchObject({ path: "autoscaling.orders.policies[0].timezone", value: '"Mars/Olympus"' });
  });

  test("unknown policy type", () => {
    const [fault] = faultsOf(`${valid}    policies: [{ type: magic }]\n`);
    expect(fault?.path).toBe("autoscaling.orders.policies[0].type");
    expect(fault?.allowed).toContain("target-tracking");
  });

  test("a service that is not declared", () => {
    const [fault] = faultsOf(valid.replace("autoscaling:\n  orders:", "autoscaling:\n  order:"));
    expect(fault).toMatchObject({ path: "autoscaling.order", line: 7, allowed: "a name under services" });
  });

  test("both run and ecs, or neither", () => {
    expect(faultsOf("version: 1\nservices: { a: {} }\n")[0]?.message).toBe(
      "exactly one of run, ecs, flink and managedFlink",
    );
  });

  test("a map where a number is asked for is shown as its outline, never with what is in it", () => {
    const [fault] = faultsOf(valid.replace("max: 8", "max: { password: hunter2 }"));
    expect(fault).toMatchObject({ path: "autoscaling.orders.max", value: "a map of password" });
  });

  test("a list of choices reads as people write it", () => {
    const [fault] = faultsOf(valid.replace("max: 8", "max: 8\n    mode: guess"));
    expect(fault).toMatchObject({ value: '"guess"', allowed: "observe, recommend, act" });
  });

  test.each([
    ["services", "version: 1\nservices: [{ run: { command: [x] } }]\n"],
    ["autoscaling", "version: 1\nautoscaling: []\n"],
    ["services.a.run.env", "version: 1\nservices: { a: { run: { command: [x], env: [A, B] } } }\n"],
    ["autoscaling.a", "version: 1\nservices: { a: { run: { command: [x] } } }\nautoscaling: { a: [] }\n"],
  ])("a list where %s has to be a map", (path, text) => {
    expect(faultsOf(text)).toContainEqual(
      expect.objectContaining({ path, allowed: "a map", line: expect.any(Number) }),
    );
  });

  test("a value of env is never shown, whatever its name", () => {
    const [fault] = faultsOf("version: 1\nservices: { a: { run: { command: [x], env: { PW: 12345 } } } }\n");
    expect(fault).toMatchObject({ path: "services.a.run.env.PW", value: "[redacted]" });
  });

  test("control characters of a broken file do not reach the terminal", () => {
    for (const fault of faultsOf('a: "\u001b[31m\nb: }{\n')) expect(fault.message).not.toContain("\u001b");
  });

  test("a peak below the mean", () => {
    const [fault] = faultsOf("version: 1\nservices: { a: { run: { command: [x] }, load: { mean: 50, peak: 20 } } }\n");
    expect(fault).toMatchObject({
      path: "services.a.load.peak",
      message: "peak must not be below mean",
      value: "20",
      allowed: "number from 50 on, the mean",
    });
  });

  test("missing version", () => {
    expect(faultsOf("services: {}\n")[0]).toMatchObject({
      path: "version",
      message: '"version" is missing',
      line: 1,
      column: 1,
    });
  });

  test.each([
    ["not YAML", "version: [1\nservices: {", /not YAML/],
    ["a tab for indentation", "version: 1\nservices:\n\torders: {}\n", /not YAML/],
    ["empty file", "", /empty|not a map/],
    ["a list", "- 1\n- 2\n", /not a map/],
    ["a scalar", "hello\n", /not a map/],
    ["two documents", "version: 1\n---\nversion: 1\n", /more than one/],
    ["binary", "\u0000\u0001\u0002", /not YAML|not a map/],
  ])("%s", (_name, text, message) => {
    const faults = faultsOf(text);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults[0]?.message).toMatch(message);
  });

  test("a 10 MB file is refused at once by its size", () => {
    const started = performance.now();
    const [fault] = faultsOf(`version: 1\n# ${"x".repeat(10 * 1024 * 1024)}\n`);
    expect(fault).toMatchObject({ path: "(document)", allowed: `at most ${MAX_CONFIG_BYTES} bytes` });
    expect(performance.now() - started).toBeLessThan(500);
  });

  test("an alias bomb does not expand", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 12; i += 1)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(", ")}]`,
      );
    const started = performance.now();
    expect(faultsOf(`${lines.join("\n")}\n`).length).toBeGreaterThan(0);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test("names like __proto__ and constructor are names, not the language's own objects", () => {
    const parsed = parseConfig(`version: 1\nautoscaling:\n  constructor: { min: 1, max: 2 }\n`);
    expect(parsed.ok).toBe(false);
  });

  test("many faults are all reported in one pass", () => {
    expect(faultsOf(valid.replace("min: 2", "min: -1").replace("max: 8", "mx: 1\n    mode: on")).length).toBe(3);
  });

  test("reads on a terminal as file:line:column path: message (found; allowed)", () => {
    const [fault] = faultsOf(valid.replace("max: 8", "max: 0"));
    if (!fault) throw new Error("must be a fault");
    expect(faultLine("headgate.yaml", fault)).toBe(
      "headgate.yaml:9:10 autoscaling.orders.max: is not allowed (found 0; allowed: integer 1..10000)",
    );
  });
});

test("the JSON Schema for editors knows the sections and refuses unknown keys", () => {
  const schema = configJsonSchema() as { properties: Record<string, unknown>; additionalProperties: unknown };
  expect(Object.keys(schema.properties)).toEqual([
    "version",
    "services",
    "autoscaling",
    "monitoring",
    "anomaly",
    "alerting",
    "oncall",
    "traffic",
    "flags",
    "delivery",
    "streams",
    "destinations",
    "backup",
    "cost",
    "disasterRecovery",
  ]);
  expect(schema.additionalProperties).toBe(false);
});

describe("secrets are references, never values", () => {
  const withEnv = (env: string, options?: Parameters<typeof parseConfig>[1]) =>
    parseConfig(`version: 1\nservices:\n  a:\n    run:\n      command: [x]\n      env: { ${env} }\n`, options);

  test("a reference stays one in what is stored and compared", () => {
    const parsed = withEnv("DB_PASSWORD: env:PW, KEY: file:keys/db, REMOTE: ssm:/prod/db");
    if (!parsed.ok) throw new Error("must be good");
    expect(parsed.config.services["a"]?.run?.env).toEqual({
      DB_PASSWORD: "env:PW",
      KEY: "file:keys/db",
      REMOTE: "ssm:/prod/db",
    });
    expect(parsed.warnings).toEqual([]);
  });

  test.each([
    ["PW: 'env:NOT-A-NAME'", "env:NAME, with the name of an environment variable"],
    ["PW: 'env:'", "env:NAME, with the name of an environment variable"],
    ["PW: 'file:'", "file:path, seen from the configuration file"],
    ["PW: 'ssm:relative'", "ssm:/path of a parameter"],
  ])("%s is a fault with its place", (env, allowed) => {
    const parsed = withEnv(env);
    expect(parsed.ok ? [] : parsed.faults).toEqual([
      {
        path: "services.a.run.env.PW",
        message: "is not a reference",
        allowed: `${allowed}; to mean it as it stands, put text: in front`,
        line: 6,
        column: 18,
      },
    ]);
  });

  test("a reference that leads nowhere is a warning with its place where it can be looked up", () => {
    const parsed = withEnv("PW: env:GONE, OK: env:HERE", {
      unresolved: (reference) =>
        reference.kind === "env" && reference.name === "GONE" ? "GONE is not set" : undefined,
    });
    expect(parsed.ok && parsed.warnings).toEqual([
      { path: "services.a.run.env.PW", message: "GONE is not set", value: "env:GONE", line: 6, column: 18 },
    ]);
  });

  test("what looks like a secret in plain text is a warning that does not show it; text: says that it is none", () => {
    const parsed = withEnv("DB_PASSWORD: hunter2, API_KEY: text:partition, MODE: fast, TOKEN: ''");
    expect(parsed.ok && parsed.warnings.map((one) => one.path)).toEqual(["services.a.run.env.DB_PASSWORD"]);
    expect(JSON.stringify(parsed.ok && parsed.warnings)).not.toContain("hunter2");
  });
});
