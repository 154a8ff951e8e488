import { type ByHandAct, byHandMachine, byHandSubject } from "../../shared/core/traffic/by-hand.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { recordOnly } from "./record-only.ts";
import { type Changed, deregister, drain } from "./registry.ts";
import { settingsOf } from "./service-traffic.ts";

/** Ids that a record keeps; it says how many there were. */
const IDS_KEPT = 100;

export interface ByHand {
  readonly act: ByHandAct;
  readonly ids: readonly string[];
  readonly by: string;
  readonly why: string;
}

/** What was done, and the record of it; absent: the journal could not take it, which is in the log. */
export interface DoneByHand extends Changed {
  readonly decision?: string;
}

/**
 * Drains backends, uses them again or takes them out, and writes down who wanted it. What was done is not undone where the journal is
 * away.
 *
 * @throws HeadgateError as {@link drain} and {@link deregister}
 */
export async function changeByHand(
  runtime: Runtime,
  tenant: string,
  service: string,
  { act, ids, by, why }: ByHand,
): Promise<DoneByHand> {
  const done =
    act === "remove"
      ? await deregister(runtime, tenant, service, ids)
      : await drain(runtime, tenant, service, ids, act === "undo");
  if (done.changed.length === 0) return done;
  try {
    const { version } = await settingsOf(runtime, tenant, service);
    const { id } = await recordOnly(
      runtime,
      {
        machine: byHandMachine,
        tenant,
        subject: byHandSubject(service),
        mode: "act",
        config: { kind: "backends", service },
        configVersion: version,
        trigger: { type: "api", detail: why === "" ? by : `${by}: ${why}` },
      },
      { kind: act, ids: done.changed.slice(0, IDS_KEPT), count: done.changed.length, by, why },
    );
    return { ...done, decision: id };
  } catch (error) {
    runtime.telemetry.log("error", "what was done to backends could not be recorded", {
      service,
      act,
      by,
      error: error instanceof Error ? error.message : String(error),
    });
    return done;
  }
}
