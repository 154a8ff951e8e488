import { ecsFleet } from "../../shared/edge/ecs-fleet.ts";
import { manualClock } from "../fakes/clock.ts";
import { ecsWire } from "../fakes/ecs-wire.ts";
import { memoryFleet } from "../fakes/memory-fleet.ts";
import { wireClients } from "../fakes/wire.ts";
import { fleetContract } from "./fleet.ts";

const MINUTE = 60_000;

fleetContract("memory", async () => {
  const clock = manualClock();
  const memory = memoryFleet({ now: clock.now });
  memory.add("orders", 2);
  memory.add("carts", 2);
  return {
    fleet: memory.fleet,
    service: { name: "orders" },
    other: { name: "carts" },
    unknown: { name: "nobody" },
    settle: async () => {
      clock.advance(MINUTE);
      memory.deploying("orders", false);
    },
    external: async (desired) => memory.external("orders", desired),
    startDeployment: async () => memory.deploying("orders", true),
    breakDown: async () => memory.unreachable(true),
    close: async () => undefined,
  };
});

for (const tasks of [false, true])
  fleetContract(`ECS on the wire fake, ${tasks ? "with" : "without"} tasks`, async () => {
    const clock = manualClock();
    const wire = await ecsWire({ now: clock.now, startMs: MINUTE });
    const ref = (name: string) => ({ name, ecs: { cluster: "data", service: `${name}-svc` } });
    wire.add(ref("orders"), 2);
    wire.add(ref("carts"), 2);
    const clients = wireClients(wire.endpoint, { maxAttempts: 1 });
    return {
      fleet: ecsFleet({ client: clients.ecs, now: clock.now, tasks }),
      service: ref("orders"),
      other: ref("carts"),
      unknown: ref("nobody"),
      settle: async () => void clock.advance(10 * MINUTE),
      external: async (desired) => wire.external(ref("orders"), desired),
      startDeployment: async () => wire.deploy(ref("orders"), 5 * MINUTE),
      breakDown: () => wire.close(),
      close: async () => {
        await clients.close();
        await wire.close();
      },
    };
  });
