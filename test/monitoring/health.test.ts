import { expect, test } from "vitest";
import { createApp } from "../../functions/api/app.ts";
import { evaluateRules } from "../../functions/monitoring/evaluate.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { alerting, group, rulesWorld, sample, tenant } from "./given-world.ts";

interface Health {
  readonly status: string;
  readonly checks: Readonly<Record<string, readonly { status: string; output?: string; observedValue?: number }[]>>;
}

async function healthOf(runtime: Runtime): Promise<Health> {
  const app = createApp({ runtime, access: "loopback" });
  return (await (await app.request("http://localhost/health")).json()) as Health;
}
const trigger = { type: "schedule", detail: "rules" } as const;
const rules = { groups: [group("g", [alerting("Down", "up == 0"), alerting("Lag", "lag > 1")])] };

test("rules without an answer are a warning of /health, named, until they have one", async () => {
  let away = true;
  const w = await rulesWorld(rules, (expr) => {
    if (away && expr === "lag > 1") throw new HeadgateError("query.unavailable", "gone", { retryable: true });
    return [sample(0, { job: "a" })];
  });
  await evaluateRules(w.runtime, { tenant, trigger });
  const held = await healthOf(w.runtime);
  expect(held.status).toBe("warn");
  expect(held.checks["rules:answered"]?.[0]).toMatchObject({ status: "warn", observedValue: 1 });
  expect(held.checks["rules:answered"]?.[0]?.output).toContain("rules.yml/g/Lag#0");
  away = false;
  w.clock.advance(15_000);
  await evaluateRules(w.runtime, { tenant, trigger });
  expect((await healthOf(w.runtime)).checks["rules:answered"]?.[0]?.status).toBe("pass");
});

test("rules that nobody looks at any more are a warning; those of a group that was taken out are not", async () => {
  const w = await rulesWorld(rules, () => []);
  await evaluateRules(w.runtime, { tenant, trigger });
  w.clock.advance(6 * 60_000);
  const late = (await healthOf(w.runtime)).checks["rules:answered"]?.[0];
  expect(late).toMatchObject({ status: "warn", observedValue: 1 });
  expect(late?.output).toContain("rules.yml/g");
  await w.apply({}, "cfg_2");
  expect((await healthOf(w.runtime)).checks["rules:answered"]?.[0]).toEqual({
    status: "pass",
    output: "no rule is configured",
  });
});

test("targets that are down are told with why; what only the process itself sees is told as well", async () => {
  const w = await rulesWorld({}, () => []);
  const target = (url: string, health: "up" | "down", error?: string) => ({
    job: "kafka",
    url,
    labels: {},
    health,
    ...(error === undefined ? {} : { error }),
  });
  const health = await healthOf({
    ...w.runtime,
    targets: () => [target("http://a/metrics", "up"), target("http://b/metrics", "down", "ENOTFOUND b")],
    selfChecks: () => [{ name: "window:room", check: { status: "warn", output: "full" } }],
  });
  expect(health.status).toBe("warn");
  expect(health.checks["targets:up"]?.[0]).toMatchObject({
    status: "warn",
    observedValue: 1,
    output: "kafka http://b/metrics: ENOTFOUND b",
  });
  expect(health.checks["window:room"]).toEqual([{ status: "warn", output: "full" }]);
  expect((await healthOf(w.runtime)).checks["targets:up"]).toBeUndefined();
});
