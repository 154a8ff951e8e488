import type { Circuit } from "../../shared/core/kernel/circuit.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import type { CheckState } from "../../shared/core/traffic/types.ts";
import { versionsSubject } from "../../shared/core/traffic/versions/machine.ts";
import { weightsSubject } from "../../shared/core/traffic/weights/machine.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { BACKENDS_NOUN, CHECKS_NOUN, checksOf } from "../../shared/shell/traffic-registry.ts";
import { allItems } from "../alerting/all-items.ts";
import { TRAFFIC_NOUN } from "./history.ts";
import { allCircuits, type Written } from "./hosts.ts";

/** What is written of a service, and the item of its versions' shares. */
export interface WrittenOfAll {
  of(service: string): Written;
  /** By the subject of the decisions about them. */
  shares(subject: string): Stored | undefined;
}

/** Names of services have no slash, so that the first one ends them. */
const serviceOf = (text: string): string => text.slice(0, text.indexOf("/"));

/**
 * Everything that is written of the traffic of all services, in a few long reads instead of some for each service.
 *
 * @throws HeadgateError of the store
 */
export async function writtenOfAll(runtime: Runtime, tenant: string): Promise<WrittenOfAll> {
  const [backends, checks, circuits, versions, weights] = await Promise.all([
    allItems(runtime, tenant, BACKENDS_NOUN),
    allItems(runtime, tenant, CHECKS_NOUN),
    allCircuits(runtime, tenant, ""),
    allItems(runtime, tenant, TRAFFIC_NOUN, versionsSubject("")),
    allItems(runtime, tenant, TRAFFIC_NOUN, weightsSubject("")),
  ]);
  const shards = Map.groupBy(backends, ({ key }) => serviceOf(key.subject));
  const checked = Map.groupBy(checks, ({ key }) => serviceOf(key.subject));
  const broken = new Map<string, Map<string, Circuit>>();
  for (const [name, circuit] of circuits) {
    const service = serviceOf(name);
    const known = broken.get(service);
    if (known) known.set(name.slice(service.length + 1), circuit);
    else broken.set(service, new Map([[name.slice(service.length + 1), circuit]]));
  }
  const shares = new Map([...versions, ...weights].map((item) => [item.key.subject, item]));
  return {
    of: (service) => ({
      backends: shards.get(service) ?? [],
      checks: new Map<string, CheckState>((checked.get(service) ?? []).flatMap((item) => [...checksOf(item)])),
      circuits: broken.get(service) ?? new Map(),
    }),
    shares: (subject) => shares.get(subject),
  };
}
