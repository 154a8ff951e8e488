import { describe, expect, test } from "vitest";
import { refusesNow } from "../../local/gateway/breakers.ts";
import { sharedGatewayBreakers } from "../../local/traffic/shared-breakers.ts";
import type { Circuits } from "../../shared/core/ports/circuits.ts";
import { circuitMachine } from "../../shared/core/traffic/breaker/machine.ts";
import type { CircuitEvent } from "../../shared/core/traffic/breaker/types.ts";
import { gatewayTo, httpBackend } from "./gateway-world.ts";
import { policyOf, START, world } from "./shared-world.ts";

const KEY = { tenant: "default", circuit: "orders/a" };
const policy = policyOf("consecutive");

/** What a person does to it, as the API does it. */
async function byHand(circuits: Circuits, event: CircuitEvent, at: number): Promise<void> {
  const stored = await circuits.load(KEY);
  const before = stored ? { v: 1 as const, ...stored } : circuitMachine.initial(policy, at);
  const { circuit } = circuitMachine.step(policy, before, event, at).state;
  const from = { rev: stored?.circuit.rev ?? 0, epoch: stored?.circuit.epoch ?? 0 };
  const done = await circuits.change(KEY, from, circuit, { counts: {}, at });
  expect(done.ok).toBe(true);
}

/** Lets what was asked of the store be answered. */
const answered = () => new Promise((resolve) => setImmediate(resolve));

describe("a gateway and a circuit that is forced open", () => {
  const force = (until?: number): CircuitEvent => ({
    type: "forced",
    state: "open",
    by: "ada",
    why: "moved",
    ...(until === undefined ? {} : { until }),
  });

  async function shut(until?: number) {
    const w = world(policy);
    await byHand(w.circuits, force(until), START);
    const breaker = sharedGatewayBreakers(w.environment("gateway"), () => true)("orders/a");
    breaker.admit();
    await answered();
    expect(refusesNow(breaker.look(), w.clock.now)).toBe(true);
    return { w, breaker };
  }

  test("is used again within staleness of its release, though no request comes to it", async () => {
    const { w, breaker } = await shut();
    await byHand(w.circuits, { type: "released", by: "ada", why: "done" }, START);
    w.clock.now += policy.staleness + 1;
    breaker.look();
    await answered();
    expect(refusesNow(breaker.look(), w.clock.now)).toBe(false);
    expect(breaker.admit()).toBeDefined();
  });

  test("is used again when the time of the force is over", async () => {
    const { w, breaker } = await shut(START + 60_000);
    w.clock.now += 60_001;
    breaker.look();
    await answered();
    await answered();
    expect(refusesNow(breaker.look(), w.clock.now)).toBe(false);
  });

  test("asks the store once in staleness, however often it is looked at", async () => {
    const { w, breaker } = await shut();
    const before = w.asked.load;
    for (let look = 0; look < 50; look += 1) {
      breaker.look();
      await answered();
    }
    expect(w.asked.load).toBe(before);
    w.clock.now += policy.staleness + 1;
    for (let look = 0; look < 50; look += 1) breaker.look();
    await answered();
    expect(w.asked.load).toBe(before + 1);
  });
});

test("where no backend runs a version that has a share, that is what is said, and not that all are busy", async () => {
  const backend = await httpBackend("a", (_, outgoing) => outgoing.end("ok"), { version: "v0" });
  const gateway = await gatewayTo([backend], {
    versions: { v1: 95, v2: 5 },
    limits: { queue: 1, queueTimeout: "20ms" },
  });
  const answers = await Promise.all(Array.from({ length: 2 }, () => fetch(gateway.url)));
  for (const answer of answers)
    expect(await answer.json()).toMatchObject({
      status: 503,
      code: "backend.none",
      detail: expect.stringContaining("no backend that is well runs a version that has a share"),
    });
});
