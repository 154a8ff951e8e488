import { flinkRollout, flinkSubject } from "../../shared/core/delivery/flink/machine.ts";
import type { FlinkReason } from "../../shared/core/delivery/flink/reasons.ts";
import type { FlinkSection } from "../../shared/core/delivery/flink/section.ts";
import type {
  FlinkCommand,
  FlinkConfig,
  FlinkStart,
  FlinkState,
  FlinkSwitch,
} from "../../shared/core/delivery/flink/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { observeFlink } from "./flink-observe.ts";
import { type FlinkTell, performFlink } from "./flink-perform.ts";
import { type DeliverySettings, deliverySettings } from "./settings.ts";
import "../shared-parts.ts";

/** Longer than any call to a cluster takes (run and plan: 20 s), so that what was asked for is either seen by then or not there. */
const LINGER_MS = 30 * SECOND_MS;

export const flinkKey = (tenant: string, service: string): AggregateKey => ({
  tenant,
  noun: flinkRollout.noun,
  subject: flinkSubject(service),
});

export const flinkStateOf = (stored: Stored | undefined): FlinkState | undefined =>
  stored?.state as unknown as FlinkState | undefined;

/** @throws HeadgateError `config.invalid` where the service has no Flink job */
export function flinkSection({ service, delivery }: DeliverySettings): FlinkSection {
  if (delivery.flink) return delivery.flink;
  throw new HeadgateError("config.invalid", `delivery.${service}.flink is missing: where its cluster and its job are`, {
    faults: [
      {
        path: `delivery.${service}.flink`,
        message: "is missing",
        allowed: "url, jobName, savepoints, jarFile or jarId",
      },
    ],
  });
}

/** A cluster keeps real time, however fast the clock of this laptop runs; only how long the new job is judged is of the policy. */
export function flinkConfig(settings: DeliverySettings, speed: number): FlinkConfig {
  const flink = flinkSection(settings);
  const { service, delivery } = settings;
  const real = Object.entries(flink.deadlines).map(([name, ms]) => [name, ms * speed]);
  return {
    service,
    flink: { ...flink, poll: flink.poll * speed, deadlines: Object.fromEntries(real) as FlinkSection["deadlines"] },
    mode: delivery.mode,
    approval: delivery.approval,
    deadlineMs: delivery.deadline,
    lingerMs: LINGER_MS * speed,
  };
}

/**
 * One turn of a service's Flink rollout: looks at the cluster, decides, does what follows and sets the timer of the next look. Without
 * `asked` it only looks.
 *
 * @throws HeadgateError of store and journal; `config.invalid`. What cannot be read of the cluster is a hold.
 */
export async function runFlink(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  trigger: Trigger,
  asked?: FlinkStart | FlinkCommand,
): Promise<RunResult<FlinkReason>> {
  const { service, version } = settings;
  const config = flinkConfig(settings, runtime.speed);
  const key = flinkKey(tenant, service);
  const loaded = await runtime.store.load(key);
  const result = await run(runtime, {
    machine: flinkRollout,
    tenant,
    subject: key.subject,
    mode: config.mode,
    config,
    configVersion: version,
    trigger,
    ...(loaded ? { loaded } : {}),
    observe: async (attempt) => {
      const stored = attempt === 0 ? loaded : await runtime.store.load(key);
      const look = await observeFlink(
        runtime.jobs,
        config,
        flinkStateOf(stored) ?? { v: 1, ended: [] },
        asked?.kind === "start",
      );
      return asked ? { ...asked, look } : look;
    },
    perform: (action, { record }) => {
      const state = record.stateAfter as unknown as FlinkState;
      return performFlink(
        runtime.jobs,
        config,
        action,
        () => Math.floor(runtime.now()),
        teller(runtime, tenant, settings, state),
      );
    },
  });
  await setTimer(runtime, key, result.stored);
  return result;
}

const teller =
  (runtime: Runtime, tenant: string, settings: DeliverySettings, { current, ended }: FlinkState): FlinkTell =>
  async ({ event, text, rollout }) => {
    const { tellPeople } = await import("./tell.ts");
    const known = [...(current ? [current] : []), ...ended].find(({ id }) => id === rollout);
    return tellPeople(runtime, tenant, settings, {
      event,
      text,
      id: rollout,
      ...(known ? { rollout: toldOf(known) } : {}),
    });
  };

/** As people are told of it: what their messages need and no more. */
const toldOf = ({ id, release, old, startedAt }: FlinkSwitch) => ({
  id,
  release: { version: release.version },
  startedAt,
  ...(old?.release ? { from: old.release.version } : {}),
});

/** Asks to be woken when the state wants it. Failing is no harm: the tick finds the same instant in `due`. */
async function setTimer(runtime: Runtime, key: AggregateKey, stored: Stored | undefined): Promise<void> {
  try {
    const at = (stored ?? (await runtime.store.load(key)))?.dueAt;
    if (at !== undefined && at > runtime.now()) await runtime.timers.wake({ key, at });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    runtime.telemetry.log("warn", "timer not set; the tick will see it", { ...key, error: message });
  }
}

/**
 * Looks at a service's Flink rollout, woken by a timer or a tick.
 *
 * @throws HeadgateError of store and journal
 */
export async function lookFlink(runtime: Runtime, tenant: string, service: string, trigger: Trigger): Promise<void> {
  const settings = await deliverySettings(runtime, tenant, service);
  if (!settings.delivery.flink) {
    runtime.telemetry.log("error", "a Flink rollout is under way, and the configuration names no cluster any more", {
      tenant,
      service,
    });
    return;
  }
  await runFlink(runtime, tenant, settings, trigger);
}
