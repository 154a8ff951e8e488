import { expect, test } from "vitest";
import { sharedGatewayBreakers } from "../../local/traffic/shared-breakers.ts";
import { circuitMachine } from "../../shared/core/traffic/breaker/machine.ts";
import { policyOf, START, world } from "./shared-world.ts";

test("a gateway that begins asks about its circuits at once: one that is open stays closed to its first request", async () => {
  const policy = policyOf("consecutive");
  const { circuits, environment, asked } = world(policy);
  const force = { type: "forced", state: "open", by: "ada", why: "moved" } as const;
  const { circuit } = circuitMachine.step(policy, circuitMachine.initial(policy, START), force, START).state;
  await circuits.change({ tenant: "default", circuit: "orders/a" }, { rev: 0, epoch: 0 }, circuit, { at: START });
  const breaker = sharedGatewayBreakers(environment("gateway"), () => true)("orders/a");
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked.load).toBe(1);
  expect(breaker.admit()).toBeUndefined();
  sharedGatewayBreakers(environment("other"), () => false)("orders/a");
  expect(asked.load).toBe(1);
});

test("a backend whose name no store can keep has no circuit, and the gateway goes on", () => {
  const asked: string[] = [];
  const breakers = sharedGatewayBreakers(
    {
      get: (circuit) => {
        asked.push(circuit);
        throw new Error("unusable");
      },
    },
    () => true,
  );
  const breaker = breakers("orders/\ud800");
  expect(breaker.admit()).toBe(0);
  expect(breaker.look()).toEqual({ status: "closed" });
  expect(asked).toEqual([]);
});
