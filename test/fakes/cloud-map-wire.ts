import { jsonWire, type Wire, WireFault } from "./wire.ts";

interface Instance {
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  health: "HEALTHY" | "UNHEALTHY" | "UNKNOWN";
}

/** AWS Cloud Map as far as Headgate sees it: one namespace, `shop`. */
export interface CloudMapWire extends Wire {
  add(service: string, id: string, attributes: Readonly<Record<string, string>>): void;
  remove(service: string, id: string): void;
  sicken(service: string, ids: readonly string[]): void;
  /** A service without instances. */
  make(service: string): void;
}

export const NAMESPACE = "shop";

export async function cloudMapWire(): Promise<CloudMapWire> {
  const services = new Map<string, Map<string, Instance>>();
  const instances = (service: string) => {
    const found = services.get(service) ?? new Map<string, Instance>();
    services.set(service, found);
    return found;
  };
  const wire = await jsonWire("1.1", "Route53AutoNaming_v20170314", {
    DiscoverInstances: (input) => {
      if (input["NamespaceName"] !== NAMESPACE) throw new WireFault("NamespaceNotFound", "No such namespace");
      const found = services.get(String(input["ServiceName"]));
      if (!found) throw new WireFault("ServiceNotFound", "No such service");
      const all = [...found.values()];
      const health = input["HealthStatus"] ?? "ALL";
      const some = all.filter((one) => health === "ALL" || one.health === health);
      return {
        Instances: some.slice(0, Number(input["MaxResults"] ?? 100)).map((one) => ({
          InstanceId: one.id,
          NamespaceName: NAMESPACE,
          ServiceName: input["ServiceName"],
          HealthStatus: one.health,
          Attributes: one.attributes,
        })),
        InstancesRevision: 1,
      };
    },
  });
  return {
    ...wire,
    make: (service) => void instances(service),
    add: (service, id, attributes) => void instances(service).set(id, { id, attributes, health: "UNKNOWN" }),
    remove: (service, id) => void instances(service).delete(id),
    sicken: (service, ids) => {
      for (const [id, one] of instances(service)) one.health = ids.includes(id) ? "UNHEALTHY" : "HEALTHY";
    },
  };
}
