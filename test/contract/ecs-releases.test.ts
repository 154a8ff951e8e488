import { ecsReleases } from "../../shared/edge/ecs-releases.ts";
import { manualClock } from "../fakes/clock.ts";
import { ecsReleasesWire } from "../fakes/ecs-releases-wire.ts";
import { releaseOf } from "../fakes/release.ts";
import { wireClients } from "../fakes/wire.ts";
import { releasesContract } from "./releases.ts";

const SECOND = 1_000;
const network = { subnets: ["subnet-1"], securityGroups: ["sg-1"], publicIp: false };
const PORT = { ports: [{ container: 8080, host: 0, protocol: "tcp" }] } as const;

releasesContract("two slots of ECS on the wire", async () => {
  const clock = manualClock();
  const wire = await ecsReleasesWire({ now: clock.now });
  const clients = wireClients(wire.endpoint, { maxAttempts: 1 });
  const releases = ecsReleases({ client: clients.ecs, now: clock.now });
  const target = {
    service: "orders",
    ecs: { cluster: "data", slots: { blue: "orders-blue", green: "orders-green" }, network },
  };
  const environment = [{ name: "SERVICE_VERSION", value: "v1" }];
  const main = { name: "orders", image: "shop/orders:1", portMappings: [{ containerPort: 8080 }], environment };
  wire.add("orders-blue", "", 2, { containers: [main] });
  return {
    releases,
    target,
    unknown: { service: "carts", ecs: { ...target.ecs, slots: { blue: "carts-blue", green: "carts-green" } } },
    good: (version) => releaseOf(version, { image: "shop/orders:2", ...PORT }),
    bad: (version) => releaseOf(version, { image: "shop/crash:2", ...PORT }),
    hopeless: (version) => releaseOf(version, { image: "shop/missing:2", ...PORT }),
    until: async (wanted, of = target) => {
      for (let tries = 0; tries < 60; tries++) {
        if (wanted(await releases.describe(of))) return;
        clock.advance(5 * SECOND);
      }
      throw new Error(`it never came to be so: ${JSON.stringify(await releases.describe(of))}`);
    },
    breakDown: () => wire.close(),
    close: async () => {
      await clients.close();
      await wire.close();
    },
  };
});
