import { gateSettingsOf } from "../../shared/core/delivery/gate-settings.ts";
import { type EcsHookEvent, isEcsRollback, parseEcsEvent } from "../../shared/core/delivery/hooks/ecs-event.ts";
import {
  type EcsHookAnswer,
  type EcsHookConfig,
  type EcsHookInput,
  type EcsHookState,
  ecsHookMachine,
  ecsHookSubject,
} from "../../shared/core/delivery/hooks/ecs-hook.ts";
import type { DeliveryConfig } from "../../shared/core/delivery/section.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { type AppliedConfig, currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { deployed } from "../deployed.ts";
import { recordOnly } from "../traffic/record-only.ts";
import { doorOf, knock } from "./gate-run.ts";
import { type Pair, readIntervals } from "./hooks-intervals.ts";
import { type DeliverySettings, deliveryIn, deliveryServices } from "./settings.ts";

/** What is asked of the world beside counts. */
export interface EcsHookParts {
  /** The names under which the source of counts knows the target and what it replaces. */
  readonly pair: (settings: DeliverySettings, event: EcsHookEvent) => Promise<Pair | { readonly failure: string }>;
  /** Asks the smoke hook of the service. */
  readonly smoke: (settings: DeliverySettings, event: EcsHookEvent) => Promise<NonNullable<EcsHookInput["smoke"]>>;
}

const lastPart = (arn: string): string => arn.slice(Math.max(arn.lastIndexOf("/"), arn.lastIndexOf(":")) + 1);

/** The service of headgate.yaml that an ECS service is: the one the hook's own details name, or the one that names this ECS service. */
function serviceOf(applied: AppliedConfig | undefined, event: EcsHookEvent): DeliverySettings {
  const named = event.details["service"];
  const all = deliveryServices(applied?.config);
  const fits = ({ target }: DeliverySettings) =>
    target.ecs !== undefined &&
    Object.values(target.ecs.slots).some((slot) => lastPart(slot) === event.service) &&
    (event.cluster === undefined || lastPart(target.ecs.cluster) === event.cluster);
  const name =
    typeof named === "string" ? all.find((one) => one === named) : all.find((one) => fits(deliveryIn(applied, one)));
  if (name !== undefined) return deliveryIn(applied, name);
  const what = typeof named === "string" ? named : `the ECS service ${event.cluster ?? ""}/${event.service}`;
  throw new HeadgateError(
    "service.unknown",
    `no service of the configuration is ${what}; nothing is let through unjudged`,
  );
}

const configOf = (service: string, delivery: DeliveryConfig): EcsHookConfig => {
  const gate = gateSettingsOf(delivery, delivery.first);
  return {
    service,
    ...(gate ? { gate } : {}),
    bakeMs: delivery.first,
    patienceMs: delivery.verify,
    insufficient: delivery.gate === "off" ? "continue" : delivery.gate.insufficient,
    passEarly: delivery.gate !== "off" && delivery.gate.passEarly,
    approval: delivery.approval || delivery.steps.some(({ approval }) => approval),
    smoke: delivery.hooks.smoke !== undefined,
  };
};

/** What an earlier call of the same hook left with ECS; undefined where nothing of ours is in it. */
function carriedIn({ details }: EcsHookEvent): EcsHookState | undefined {
  const mine = details["headgate"] as Partial<EcsHookState> | null | undefined;
  return mine?.v === 1 && typeof mine.stage === "string" && typeof mine.firstAt === "number"
    ? (mine as EcsHookState)
    : undefined;
}

/**
 * Answers one call of an ECS lifecycle hook, and writes down why. What has to be known by the next call travels in `hookDetails`.
 *
 * @throws HeadgateError `input.invalid`, `service.unknown`; of store and journal. ECS takes it for a failure and rolls back
 */
export async function ecsHook(
  runtime: Runtime,
  tenant: string,
  given: unknown,
  parts: EcsHookParts,
): Promise<EcsHookAnswer> {
  const event = parseEcsEvent(given);
  const settings = serviceOf(await currentConfig(runtime, tenant), event);
  const { service, delivery } = settings;
  const config = configOf(service, delivery);
  const carried = carriedIn(event);
  const now = runtime.now();
  const input: EcsHookInput = {
    kind: "ecs_hook",
    event,
    ...(carried ? { carried } : {}),
    ...(isEcsRollback(event) ? {} : await observed(runtime, tenant, settings, event, config, carried, now, parts)),
  };
  const record = await recordOnly(
    runtime,
    {
      machine: ecsHookMachine,
      tenant,
      subject: ecsHookSubject(service),
      mode: "act",
      config,
      configVersion: settings.version,
      trigger: { type: "api", id: event.executionId, detail: `ECS lifecycle hook, ${event.stage}` },
    },
    input,
  );
  const { answer } = record.stateAfter as unknown as { answer: EcsHookAnswer };
  return answer;
}

async function observed(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  event: EcsHookEvent,
  config: EcsHookConfig,
  carried: EcsHookState | undefined,
  now: Millis,
  parts: EcsHookParts,
): Promise<Partial<EcsHookInput>> {
  const { stage, target, deploymentArn } = event;
  if (stage === "POST_SCALE_UP" || stage === "POST_TEST_TRAFFIC_SHIFT")
    return config.smoke ? { smoke: await parts.smoke(settings, event) } : {};
  const share = event.production[target] ?? 0;
  if (stage === "PRE_PRODUCTION_TRAFFIC_SHIFT" && share === 0) {
    if (!config.approval) return {};
    const id = lastPart(deploymentArn);
    const door = await doorOf(runtime, tenant, { system: "ecs", id });
    if (!door) await knock(runtime, tenant, settings, { system: "ecs", id });
    return door
      ? { approval: { status: door.status === "open" ? "approved" : "refused", by: door.by, why: "by hand" } }
      : {};
  }
  if (stage !== "PRE_PRODUCTION_TRAFFIC_SHIFT" && stage !== "POST_PRODUCTION_TRAFFIC_SHIFT") return {};
  if (!config.gate) return {};
  const pair = await parts.pair(settings, event);
  if ("failure" in pair) return pair;
  // The past as long as the gate wants to know it: what the target is compared with once it has all the traffic.
  const history = settings.delivery.gate === "off" ? 0 : settings.delivery.gate.history;
  const began = carried?.judging?.beganAt ?? now - config.bakeMs - config.patienceMs;
  return readIntervals(runtime, settings, pair, { from: Math.max(0, began - history * settings.delivery.every) });
}

/** Lambda: the hook function named in an ECS service's deployment configuration. What it throws rolls the deployment back. */
export async function handler(event: unknown): Promise<EcsHookAnswer> {
  const { runtime, tenant } = await deployed();
  try {
    const { ecsParts } = await import("./hooks-deployed.ts");
    return await ecsHook(runtime, tenant, event, ecsParts(runtime));
  } finally {
    await runtime.telemetry.flush();
  }
}
