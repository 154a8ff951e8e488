import { describe, expect, it } from "vitest";
import { deliveryIn, deliveryServices } from "../../functions/delivery/settings.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import type { AppliedConfig } from "../../shared/shell/config-store.ts";
import { type Answer, world } from "../api/kit.ts";

const parse = (delivery: string, more = "") =>
  parseConfig(
    `version: 1\nservices:\n  orders: { run: { command: [node, orders.mjs] } }\n${more}delivery:\n${delivery}`,
  );
const applied = (delivery: string, more = ""): AppliedConfig => {
  const parsed = parse(delivery, more);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return { ...parsed, text: "", appliedAt: 0, by: "test" };
};

describe("section delivery of headgate.yaml", () => {
  it.each([
    ["a step that is smaller than the one before", "  orders: { steps: [50, 10] }", "delivery.orders", /steps rise/],
    ["a share above everything", "  orders: { steps: [5, 120] }", "delivery.orders.steps[1]", /0.1..100/],
    ["a strategy nobody knows", "  orders: { strategy: yolo }", "delivery.orders.strategy", /canary/],
    ["a time without a unit", "  orders: { bake: 10 }", "delivery.orders.bake", /duration/],
    ["a misspelt key", "  orders: { stepz: [5] }", "delivery.orders.stepz", /.*/],
    [
      "looks that come too late",
      "  orders: { poll: 50s, timeout: 10s }",
      "delivery.orders.poll",
      /longer than timeout/,
    ],
    ["a rule nobody knows", "  orders: { gate: vibes }", "delivery.orders.gate", /.*/],
  ])("is refused for %s, with its place", (_, delivery, path, message) => {
    const parsed = parse(delivery);
    if (parsed.ok) throw new Error("it was taken");
    const fault = parsed.faults.find((one) => one.path === path);
    expect(fault, JSON.stringify(parsed.faults)).toBeDefined();
    expect(`${fault?.message} ${fault?.allowed}`).toMatch(message);
    expect(fault?.line).toBe(5);
  });

  it("warns of what works and is probably not meant", () => {
    const parsed = parse("  lonely: { strategy: all-at-once }");
    expect(parsed.ok && parsed.warnings.map(({ path }) => path)).toEqual(["delivery.lonely"]);
  });
});

describe("what is in force for a service", () => {
  it("is its section's, or the defaults for whatever else is deployed", () => {
    const config = applied("  orders: { strategy: rolling }");
    expect(deliveryIn(config, "orders")).toMatchObject({
      configured: true,
      known: true,
      delivery: { strategy: "rolling" },
    });
    expect(deliveryIn(config, "fresh")).toMatchObject({
      configured: false,
      known: false,
      delivery: { strategy: "canary" },
      target: { service: "fresh" },
    });
    expect(deliveryIn(undefined, "fresh")).toMatchObject({ known: false, version: "none" });
    expect(deliveryServices(config.config)).toEqual(["orders"]);
  });

  it("names the ECS services it is released to: its own two slots, or the one there is", () => {
    const two = `  orders:
    strategy: all-at-once
    ecs: { cluster: data, slots: { blue: a, green: b }, subnets: [subnet-1], taskRole: orders }
`;
    expect(deliveryIn(applied(two), "orders").target).toEqual({
      service: "orders",
      ecs: {
        cluster: "data",
        slots: { blue: "a", green: "b" },
        network: { subnets: ["subnet-1"], securityGroups: [], publicIp: false },
        taskRole: "orders",
      },
    });
    const one = applied(
      "  search: { strategy: all-at-once }",
      "  search: { ecs: { cluster: data, service: search } }\n",
    );
    expect(deliveryIn(one, "search").target).toEqual({
      service: "search",
      ecs: { cluster: "data", slots: { only: "search" } },
    });
  });

  it("is checked by the API as by the command line, whichever of the two sections there is", async () => {
    const w = await world();
    for (const text of [
      "version: 1\ndelivery: { orders: { poll: 50s, timeout: 10s } }\n",
      "version: 1\nflags: { new: { variants: { a: 1, b: no }, default: c } }\n",
      "version: 1\nflags: { new: {} }\ndelivery: { gone: { strategy: rolling, maxSurge: 0, minHealthy: 100 } }\n",
      "version: 1\nservices: {}\n",
    ]) {
      const parsed = parseConfig(text);
      const answer = (await (await w.post("/api/v1/config/check", { text })).json()) as Answer;
      expect(answer).toEqual(
        parsed.ok ? { ok: true, version: parsed.version, faults: [] } : { ok: false, faults: parsed.faults },
      );
    }
  });
});
