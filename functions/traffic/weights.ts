import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import type { WeightsTarget } from "../../shared/core/ports/weights.ts";
import { trafficWeights, weightsSubject } from "../../shared/core/traffic/weights/machine.ts";
import { sharesText } from "../../shared/core/traffic/weights/shares.ts";
import type {
  SetWeightsAction,
  WeightsConfig,
  WeightsInput,
  WeightsReason,
  WeightsState,
} from "../../shared/core/traffic/weights/types.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type ServiceSettings, settingsOf } from "./service-traffic.ts";
import "../shared-parts.ts";

/** Where a service's weights are kept; undefined where the configuration names neither load balancer nor alias. */
export function weightsTargetOf({ service, config }: ServiceSettings): WeightsTarget | undefined {
  const { alb, lambda } = config.weights ?? {};
  if (lambda) {
    const { region, ...rest } = lambda;
    return { service, lambda: { ...rest, ...(region === undefined ? {} : { region }) } };
  }
  if (!alb) return undefined;
  const { rule, listener, targetGroups, region } = alb;
  return {
    service,
    alb: {
      targetGroups,
      ...(rule === undefined ? {} : { rule }),
      ...(listener === undefined ? {} : { listener }),
      ...(region === undefined ? {} : { region }),
    },
  };
}

/** Versions that the load balancer, or the alias, has a place for. */
export const weighedVersions = ({ weights }: ServiceSettings["config"]): readonly string[] =>
  Object.keys(weights?.alb?.targetGroups ?? weights?.lambda?.versions ?? {}).sort();

const configOf = ({ service, config }: ServiceSettings): WeightsConfig => ({
  service,
  ...(config.versions ? { versions: config.versions } : {}),
  targets: weighedVersions(config),
});

/** What somebody asks for; without it the service is looked at. */
export type WeightsAsk =
  | {
      readonly kind: "weights_want";
      readonly shares: Readonly<Record<string, number>>;
      readonly by: string;
      readonly why: string;
      readonly takeOver?: boolean;
    }
  | { readonly kind: "weights_release"; readonly by: string; readonly why: string };

/**
 * Looks at what a load balancer serves of a service's versions and brings it to what is wanted, or holds with a reason.
 *
 * @throws HeadgateError `weights.unavailable` where the configuration names no load balancer or nobody can be asked here; of the store
 *   and the journal. What cannot be read is a hold.
 */
export async function weighService(
  runtime: Runtime,
  tenant: string,
  settings: ServiceSettings,
  trigger: Trigger,
  ask?: WeightsAsk,
): Promise<RunResult<WeightsReason>> {
  const target = weightsTargetOf(settings);
  const { weights } = runtime;
  if (!target || !weights) {
    const why = target ? "no load balancer can be asked here" : "its configuration names no load balancer";
    throw new HeadgateError("weights.unavailable", `weights of ${settings.service}: ${why}`);
  }
  const look = async (): Promise<Pick<WeightsInput, "observed" | "failure">> => {
    try {
      return { observed: await weights.read(target) };
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      runtime.telemetry.log("warn", "weights could not be read; they stay", {
        tenant,
        service: settings.service,
        failure,
      });
      return { failure };
    }
  };
  return run<WeightsConfig, WeightsState, WeightsInput, SetWeightsAction, WeightsReason>(runtime, {
    machine: trafficWeights,
    tenant,
    subject: weightsSubject(settings.service),
    mode: "act",
    config: configOf(settings),
    configVersion: settings.version,
    trigger,
    observe: async () => ({ ...(ask ?? { kind: "weights_look" }), ...(await look()) }),
    perform: (action, { record }) => perform(runtime, target, settings, record.configVersion, action),
  });
}

/** @throws HeadgateError `weights.unavailable`: the action stays pending and is tried again later */
async function perform(
  runtime: Runtime,
  target: WeightsTarget,
  settings: ServiceSettings,
  decidedUnder: string,
  { key, weights, expected }: SetWeightsAction,
): Promise<ActionResult> {
  const at = () => runtime.now();
  if (decidedUnder !== settings.version) {
    const detail = `it was decided under configuration ${decidedUnder}, and ${settings.version} is in force`;
    return { key, status: "skipped", at: at(), detail };
  }
  const result = await runtime.weights?.set(target, { weights, expected, key });
  switch (result?.status) {
    case "accepted": {
      const text = sharesText(weights);
      const detail = result.changed ? `set to ${text} and read back` : `they were already ${text}`;
      return { key, status: "done", at: at(), detail };
    }
    case "superseded":
      return {
        key,
        status: "superseded",
        at: at(),
        detail: `another hand set ${sharesText(result.observed.weights)}; nothing was done`,
      };
    default:
      return { key, status: "refused", at: at(), detail: result?.why ?? "no load balancer can be asked here" };
  }
}

/**
 * Shares above the configuration's, by a person or a delivery, until they are released.
 *
 * @throws as {@link weighService}; HeadgateError `service.unknown`
 */
export async function askForWeights(
  runtime: Runtime,
  tenant: string,
  service: string,
  ask: WeightsAsk,
): Promise<RunResult<WeightsReason>> {
  const settings = await settingsOf(runtime, tenant, service);
  return weighService(runtime, tenant, settings, { type: "api", detail: `${ask.by}: ${ask.why}` }, ask);
}
