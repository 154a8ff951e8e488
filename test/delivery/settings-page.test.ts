import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { expect, it } from "vitest";
import { ServiceDelivery } from "../../shared/core/delivery/section.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "delivery-settings.md"), "utf8");
const defaults = v.parse(ServiceDelivery, {});
const gate = defaults.gate as Exclude<typeof defaults.gate, "off">;
const row = (name: string) => page.split("\n").find((line) => line.startsWith("| ") && line.includes(`\`${name}\``));

it("each setting of delivery and of its gate has a row on its page", () => {
  const [{ entries }] = ServiceDelivery.pipe;
  const names = [...Object.keys(entries), ...["slow", ...Object.keys(gate)].map((name) => `gate.${name}`)];
  expect(names.filter((name) => name !== "hooks" && row(name) === undefined)).toEqual([]);
  for (const name of ["smoke", "beforeTraffic", "beforeStep", "beforePromotion"])
    expect(row(`hooks.${name}`)).toBeDefined();
});

it.each([
  ["strategy", defaults.strategy],
  ["mode", defaults.mode],
  ["steps", `[${defaults.steps.map(({ percent }) => percent).join(", ")}]`],
  ["first", `${defaults.first / 60_000}m`],
  ["step", `${defaults.step / 60_000}m`],
  ["bake", `${defaults.bake / 60_000}m`],
  ["timeout", `${defaults.timeout / 1000}s`],
  ["poll", `${defaults.poll / 1000}s`],
  ["maxFailures", `${defaults.maxFailures}`],
  ["verify", `${defaults.verify / 60_000}m`],
  ["deadline", `${defaults.deadline / 3_600_000}h`],
  ["minHealthy", `${defaults.minHealthy}`],
  ["every", `${defaults.every / 1000}s`],
  ["gate.rule", gate.rule],
  ["gate.alpha", `${gate.alpha}`],
  ["gate.history", `${gate.history}`],
  ["gate.insufficient", gate.insufficient],
  ["gate.errorRatio", `${gate.errorRatio}`],
  ["gate.marginal", `${gate.marginal}`],
])("the page has the default of %s: %s", (name, value) => {
  expect(row(name)?.split(" | ")[1]).toContain(`\`${value}\``);
});
