import { expect, it } from "vitest";
import { ecsFleet } from "../../shared/edge/ecs-fleet.ts";
import { jsonWire, wireClients } from "../fakes/wire.ts";

const SIZES: Readonly<Record<string, object>> = {
  "task:1": { cpu: "512", memory: "1024", containerDefinitions: [] },
  // On EC2 a task may have no size of its own.
  "task:2": {
    containerDefinitions: [
      { cpu: 256, memoryReservation: 300 },
      { cpu: 256, memory: 212 },
    ],
  },
  "task:3": { containerDefinitions: [{ memory: 512 }] },
};

it("what a task of a service is given is read from its definition, or from its containers; what is not known is absent", async () => {
  const wire = await jsonWire("1.1", "AmazonEC2ContainerServiceV20141113", {
    DescribeServices: (input) => ({
      services: (input["services"] as string[]).map((serviceName, at) => ({
        ...{ serviceName, status: "ACTIVE", taskDefinition: `task:${at + 1}` },
      })),
    }),
    DescribeTaskDefinition: (input) => ({ taskDefinition: SIZES[String(input["taskDefinition"])] }),
  });
  const clients = wireClients(wire.endpoint);
  const fleet = ecsFleet({ client: clients.ecs, now: () => 0 });
  const refs = ["a", "b", "c"].map((name) => ({ name, ecs: { cluster: "data", service: `${name}-svc` } }));
  const sizes = await fleet.sizes?.([...refs, { name: "local" }]);
  expect(Object.fromEntries(sizes ?? [])).toEqual({ a: { cpu: 0.5, memoryMb: 1024 }, b: { cpu: 0.5, memoryMb: 512 } });
  await clients.close();
  await wire.close();
});
