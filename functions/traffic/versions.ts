import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import type { TrafficConfig } from "../../shared/core/traffic/section.ts";
import {
  type SetVersionsAction,
  sharesInForce,
  type VersionsConfig,
  type VersionsInput,
  type VersionsReason,
  type VersionsState,
  versionsMachine,
  versionsSubject,
} from "../../shared/core/traffic/versions/machine.ts";
import { weightsSubject } from "../../shared/core/traffic/weights/machine.ts";
import type { WeightsReason, WeightsState } from "../../shared/core/traffic/weights/types.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { TRAFFIC_NOUN } from "./history.ts";
import type { ServiceSettings } from "./service-traffic.ts";

/** What is in force of a service's versions. */
export interface VersionsNow {
  /** Absent: they are not weighed. */
  readonly shares?: Readonly<Record<string, number>>;
  readonly asked?: { readonly by: string; readonly why: string; readonly at: number };
  readonly verifiedAt?: number;
}

const configOf = ({ service, config }: ServiceSettings): VersionsConfig => ({
  kind: "versions",
  service,
  ...(config.versions ? { versions: config.versions } : {}),
});

/**
 * The shares in force: what somebody asked for, or the configuration's. Where a load balancer has them, what it is to have.
 *
 * @throws HeadgateError of the store
 */
export async function versionsNow(runtime: Runtime, tenant: string, settings: ServiceSettings): Promise<VersionsNow> {
  const subject = sharesSubject(settings);
  return versionsIn(settings, await runtime.store.load({ tenant, noun: TRAFFIC_NOUN, subject }));
}

/** Subject of the decisions about the shares of a service's versions. */
export const sharesSubject = ({ service, config }: ServiceSettings): string =>
  config.weights ? weightsSubject(service) : versionsSubject(service);

/** The shares in force, from the item as it was read. */
export function versionsIn(settings: ServiceSettings, stored: Stored | undefined): VersionsNow {
  const { config } = settings;
  const state = stored?.state as unknown as (VersionsState & WeightsState) | undefined;
  const shares = sharesInForce(configOf(settings), state);
  const verifiedAt = config.weights ? state?.set?.at : state?.verified?.at;
  return {
    ...(shares ? { shares } : {}),
    ...(state?.asked ? { asked: { by: state.asked.by, why: state.asked.why, at: state.asked.at } } : {}),
    ...(verifiedAt === undefined ? {} : { verifiedAt }),
  };
}

/** The traffic of a service as it is in force: with the shares that were asked for. */
export const trafficInForce = ({ config }: ServiceSettings, { shares }: VersionsNow): TrafficConfig =>
  shares === config.versions || !shares ? config : { ...config, versions: shares };

/** What is to become of the shares of a service's versions. */
export type VersionsAsk =
  | {
      readonly shares: Readonly<Record<string, number>>;
      readonly by: string;
      readonly why: string;
      /** Also where another hand has changed the load balancer meanwhile. */
      readonly takeOver?: boolean;
    }
  | { readonly release: true; readonly by: string; readonly why: string };

/**
 * Sets the shares of versions, absolutely, or gives them back to the configuration: in the gateways' configuration, or on the load balancer
 * that the configuration names.
 *
 * @throws HeadgateError `input.invalid` where no version would get anything; `weights.unavailable`; those of store and journal
 */
export async function askForVersions(
  runtime: Runtime,
  tenant: string,
  settings: ServiceSettings,
  ask: VersionsAsk,
): Promise<RunResult<VersionsReason> | RunResult<WeightsReason>> {
  if ("shares" in ask && !Object.values(ask.shares).some((share) => share > 0))
    throw new HeadgateError("input.invalid", "no version would get anything", {
      faults: [
        { path: "shares", message: "no version would get anything", allowed: "a share above 0 for at least one" },
      ],
    });
  const { by, why } = ask;
  const trigger = { type: "api", detail: `${by}: ${why}` } as const;
  if (settings.config.weights) {
    const { weighService } = await import("./weights.ts");
    const wanted =
      "shares" in ask
        ? ({ kind: "weights_want", shares: ask.shares, by, why, ...(ask.takeOver ? { takeOver: true } : {}) } as const)
        : ({ kind: "weights_release", by, why } as const);
    return weighService(runtime, tenant, settings, trigger, wanted);
  }
  return runVersions(runtime, tenant, settings, trigger, () =>
    "shares" in ask ? { kind: "versions_want", shares: ask.shares, by, why } : { kind: "versions_release", by, why },
  );
}

/**
 * Compares what a gateway here has served with what is wanted; undefined where there is nothing to compare.
 *
 * @throws HeadgateError of store and journal
 */
export async function verifyVersions(
  runtime: Runtime,
  tenant: string,
  settings: ServiceSettings,
): Promise<RunResult<VersionsReason> | undefined> {
  if (settings.config.weights) return undefined;
  const look = runtime.traffic?.(settings.service);
  if (!look?.versions) return undefined;
  const requests = Object.fromEntries(Object.entries(look.versions).map(([name, { recent }]) => [name, recent]));
  const { windowMs } = look;
  return runVersions(runtime, tenant, settings, { type: "schedule", detail: "what was served" }, () => ({
    kind: "versions_look",
    requests,
    windowMs,
  }));
}

const runVersions = (
  runtime: Runtime,
  tenant: string,
  settings: ServiceSettings,
  trigger: Trigger,
  input: () => VersionsInput,
): Promise<RunResult<VersionsReason>> =>
  run<VersionsConfig, VersionsState, VersionsInput, SetVersionsAction, VersionsReason>(runtime, {
    machine: versionsMachine,
    tenant,
    subject: versionsSubject(settings.service),
    mode: "act",
    config: configOf(settings),
    configVersion: settings.version,
    trigger,
    observe: async () => input(),
    perform: async ({ key }) => {
      runtime.traffic?.changed?.(settings.service);
      return { key, status: "done", at: runtime.now(), detail: "gateways go by it from their next look on" };
    },
  });
