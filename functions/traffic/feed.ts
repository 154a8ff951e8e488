import { hash64 } from "../../shared/core/kernel/hash.ts";
import { canonical, type Json } from "../../shared/core/kernel/json.ts";
import { checkFor } from "../../shared/core/traffic/registry.ts";
import type { TrafficConfig } from "../../shared/core/traffic/section.ts";
import type { CheckState, Registration } from "../../shared/core/traffic/types.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { readChecks } from "../../shared/shell/traffic-registry.ts";
import { bounded } from "../bounded.ts";
import { knownBackends } from "./registry.ts";
import { defaultTraffic, settingsIn } from "./service-traffic.ts";
import { trafficInForce, versionsNow } from "./versions.ts";

/** What a gateway needs of one service. */
export interface KnownTraffic {
  readonly traffic: TrafficConfig;
  /** Sorted by id in byte order. */
  readonly backends: readonly Registration[];
  readonly checks: ReadonlyMap<string, CheckState>;
  /** Another one when backends are; leases do not count. */
  readonly listVersion: string;
  /** Another one when backends, checks, settings or shares are. */
  readonly version: string;
}

const AT_ONCE = 8;

/**
 * What gateways need of the services named; those that are not configured are absent, but for those that were deployed all the same
 * (`deployed`): they have the defaults.
 *
 * @throws HeadgateError of the store
 */
export async function readBackendsOf(
  runtime: Runtime,
  tenant: string,
  services: readonly string[],
  deployed: readonly string[] = [],
): Promise<ReadonlyMap<string, KnownTraffic>> {
  const applied = await currentConfig(runtime, tenant);
  const found = new Map<string, KnownTraffic>();
  if (!applied) return found;
  await bounded(services, AT_ONCE, async (service) => {
    const { version, appliedAt } = applied;
    const settings =
      settingsIn(applied, service) ??
      (deployed.includes(service)
        ? { service, config: defaultTraffic(), configured: false, version, appliedAt }
        : undefined);
    if (!settings) return;
    const [known, checks, versions] = await Promise.all([
      knownBackends(runtime, tenant, settings),
      settings.config.health ? readChecks(runtime.store, tenant, service) : new Map<string, CheckState>(),
      versionsNow(runtime, tenant, settings),
    ]);
    const ours = known.backends.flatMap((backend) => {
      const check = checkFor(backend, checks.get(backend.id));
      return check ? [[backend.id, check] as const] : [];
    });
    const rest = [ours, versions.shares ?? null] as unknown as Json;
    found.set(service, {
      traffic: trafficInForce(settings, versions),
      backends: known.backends,
      checks: new Map(ours),
      listVersion: known.version,
      version: hash64(`${known.version}\n${canonical(rest)}`),
    });
  });
  return found;
}
