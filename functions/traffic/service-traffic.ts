import * as v from "valibot";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { registrationOf } from "../../shared/core/traffic/registry.ts";
import { ServiceTraffic, type TrafficConfig } from "../../shared/core/traffic/section.ts";
import type { Registration } from "../../shared/core/traffic/types.ts";
import { type AppliedConfig, currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { own } from "../own.ts";

/** What the configuration in force says of one service's traffic. */
export interface ServiceSettings {
  readonly service: string;
  readonly config: TrafficConfig;
  /** Whether the file has a section for it; a service without one has the defaults. */
  readonly configured: boolean;
  /** Of the whole configuration. */
  readonly version: string;
  readonly appliedAt: Millis;
}

let defaults: TrafficConfig | undefined;
/** Traffic of a service that the file says nothing about. */
export const defaultTraffic = (): TrafficConfig => (defaults ??= v.parse(ServiceTraffic, {}));

/** The services whose traffic is known of: those with a section, and those that are controlled at all. In order of their names. */
export function trafficServices({ config }: Pick<AppliedConfig, "config">): readonly string[] {
  return [...new Set([...Object.keys(config.services), ...Object.keys(config.traffic ?? {})])].sort();
}

/** The settings of one service; undefined where the configuration does not know it. */
export function settingsIn(applied: AppliedConfig, service: string): ServiceSettings | undefined {
  const config = own(applied.config.traffic ?? {}, service);
  if (!config && !own(applied.config.services, service)) return undefined;
  const { version, appliedAt } = applied;
  return { service, config: config ?? defaultTraffic(), configured: config !== undefined, version, appliedAt };
}

/** @throws HeadgateError `service.unknown` where the configuration in force knows no such service; those of the store */
export async function settingsOf(runtime: Runtime, tenant: string, service: string): Promise<ServiceSettings> {
  const applied = await currentConfig(runtime, tenant);
  const settings = applied && settingsIn(applied, service);
  if (settings) return settings;
  throw new HeadgateError("service.unknown", `no service ${JSON.stringify(service.slice(0, 200))} is configured`);
}

/** Backends that stand in the file itself. They are not written, and stay as long as they stand there. */
export const staticBackends = ({ config, appliedAt }: ServiceSettings): readonly Registration[] =>
  config.backends.map((input) => registrationOf(input, { source: "config", at: appliedAt }));
