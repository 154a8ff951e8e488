import { cloudwatchSamples } from "../../shared/edge/cloudwatch-samples.ts";
import { manualClock } from "../fakes/clock.ts";
import { cloudwatchWire } from "../fakes/cloudwatch-wire.ts";
import { memorySamples } from "../fakes/memory-samples.ts";
import { wireClients } from "../fakes/wire.ts";
import { samplesContract } from "./samples.ts";

samplesContract("memory", async () => {
  const memory = memorySamples();
  return {
    samples: memory.samples,
    service: { name: "orders" },
    other: { name: "carts" },
    now: manualClock().now(),
    put: async (service, metric, at, value) => memory.put(service.name, metric, at, value),
    failing: async (metric) => memory.failing(metric, true),
    breakDown: async () => memory.unreachable(true),
    close: async () => undefined,
  };
});

const NAMES: Readonly<Record<string, string>> = { cpu: "CPUUtilization", memory: "MemoryUtilization" };

for (const page of [500, 7])
  samplesContract(`CloudWatch on the wire fake, ${page} results a page`, async () => {
    const clock = manualClock();
    const wire = await cloudwatchWire();
    wire.pageSize(page);
    const clients = wireClients(wire.endpoint, { maxAttempts: 1 });
    const ref = (name: string) => ({ name, ecs: { cluster: "data", service: `${name}-svc` } });
    return {
      samples: cloudwatchSamples({ client: clients.cloudwatch, now: clock.now }),
      service: ref("orders"),
      other: ref("carts"),
      now: clock.now(),
      put: async (service, metric, at, value) => {
        const dimensions = { ClusterName: "data", ServiceName: service.ecs?.service ?? "" };
        wire.put("AWS/ECS", NAMES[metric] ?? metric, dimensions, at, value);
      },
      failing: async (metric) => wire.setStatus(NAMES[metric] ?? metric, { code: "InternalError", without: true }),
      breakDown: () => wire.close(),
      close: async () => {
        await clients.close();
        await wire.close();
      },
    };
  });
