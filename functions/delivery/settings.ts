import * as v from "valibot";
import { type DeliveryConfig, ServiceDelivery } from "../../shared/core/delivery/section.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { CountsPlaces } from "../../shared/core/ports/counts.ts";
import type { ReleaseTarget } from "../../shared/core/ports/releases.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { type AppliedConfig, currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { own } from "../own.ts";
import { defaultTraffic, type ServiceSettings, settingsIn } from "../traffic/service-traffic.ts";
import { placesOf } from "./count-places.ts";
import { realTimes } from "./real-times.ts";

/** What the configuration in force says of how one service is released. */
export interface DeliverySettings {
  readonly service: string;
  readonly delivery: DeliveryConfig;
  /** Whether the file has a section for it; a service without one has the defaults. */
  readonly configured: boolean;
  /** Whether the file knows the service at all, under services, traffic or delivery. */
  readonly known: boolean;
  /** Of the whole configuration. */
  readonly version: string;
  /** Its traffic, through which shares are set. */
  readonly traffic: ServiceSettings;
  readonly target: ReleaseTarget;
  /** Where the requests of its versions are counted. */
  readonly places: CountsPlaces;
  /** Where people reach this API, and what links are signed with. Absent: messages have no links. */
  readonly links?: { readonly publicUrl: string; readonly secret: string };
}

/** Version of no configuration: nothing was ever applied. */
const NONE: Pick<AppliedConfig, "version" | "appliedAt"> = { version: "none", appliedAt: 0 };
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

let defaults: DeliveryConfig | undefined;
/** Delivery of a service that the file says nothing about: the platform's canary, with a gate that is right. */
export const defaultDelivery = (): DeliveryConfig => (defaults ??= v.parse(ServiceDelivery, {}));

function targetOf(service: string, config: HeadgateConfig | undefined, delivery: DeliveryConfig): ReleaseTarget {
  const { ecs } = delivery;
  const plain = config && own(config.services, service)?.ecs;
  if (!ecs)
    return plain
      ? {
          service,
          ecs: {
            cluster: plain.cluster,
            slots: { only: plain.service },
            ...(plain.region === undefined ? {} : { region: plain.region }),
          },
        }
      : { service };
  const { cluster, slots, region, executionRole, taskRole, targetGroups, logGroup } = ecs;
  const { subnets, securityGroups, publicIp } = ecs;
  return {
    service,
    ecs: {
      cluster,
      slots,
      ...(region === undefined ? {} : { region }),
      ...(subnets.length > 0 ? { network: { subnets, securityGroups, publicIp } } : {}),
      ...(executionRole === undefined ? {} : { executionRole }),
      ...(taskRole === undefined ? {} : { taskRole }),
      ...(targetGroups === undefined ? {} : { targetGroups }),
      ...(logGroup === undefined ? {} : { logGroup }),
    },
  };
}

/** The settings of a service, from a configuration that was read already. */
export function deliveryIn(applied: AppliedConfig | undefined, service: string): DeliverySettings {
  const { version, appliedAt } = applied ?? NONE;
  const config = applied?.config;
  const section = own(config?.delivery ?? {}, service);
  const delivery = section ?? defaultDelivery();
  const configured = applied && settingsIn(applied, service);
  const traffic = configured ?? { service, config: defaultTraffic(), configured: false, version, appliedAt };
  const { publicUrl, linkSecret } = config?.alerting ?? {};
  return {
    service,
    delivery,
    configured: section !== undefined,
    known: section !== undefined || configured !== undefined,
    version,
    traffic,
    target: targetOf(service, config, delivery),
    places: placesOf(config, delivery, traffic),
    ...(publicUrl === undefined || linkSecret === undefined ? {} : { links: { publicUrl, secret: linkSecret } }),
  };
}

/**
 * The settings of any service, known to the file or not: what is deployed need not stand in it.
 *
 * @throws HeadgateError `input.invalid` where it cannot be a name; those of the store
 */
export async function deliverySettings(runtime: Runtime, tenant: string, service: string): Promise<DeliverySettings> {
  if (!NAME.test(service))
    throw new HeadgateError("input.invalid", `${JSON.stringify(service.slice(0, 80))} is no name of a service`, {
      faults: [{ path: "service", message: "is no name", allowed: "letters, digits, '.', '_' and '-', at most 200" }],
    });
  const settings = deliveryIn(await currentConfig(runtime, tenant), service);
  return { ...settings, delivery: realTimes(settings.delivery, runtime.speed) };
}

/** Services that the file has under services, traffic or delivery, in order of their names. */
export function deliveryServices(config: HeadgateConfig | undefined): readonly string[] {
  const named = [config?.services, config?.traffic, config?.delivery].flatMap((part) => Object.keys(part ?? {}));
  return [...new Set(named)].sort();
}
