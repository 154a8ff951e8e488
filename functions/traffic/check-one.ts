import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import {
  type CheckAction,
  type CheckConfig,
  type CheckInput,
  type CheckMachineState,
  type CheckReason,
  checkMachine,
  checkSubject,
} from "../../shared/core/traffic/checks/machine.ts";
import { type CheckResult, checkStep } from "../../shared/core/traffic/checks/streak.ts";
import { checkFor } from "../../shared/core/traffic/registry.ts";
import type { HealthConfig } from "../../shared/core/traffic/section.ts";
import type { CheckState, Registration } from "../../shared/core/traffic/types.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { registrySubject } from "../../shared/shell/traffic-registry.ts";
import { changeChecks, checkOf } from "./check-store.ts";
import type { ServiceSettings } from "./service-traffic.ts";

/** How one check of one backend ended. */
export interface Checked {
  readonly backend: Registration;
  readonly result: CheckResult;
  readonly at: number;
  readonly before: CheckState | undefined;
}

/**
 * Decides a verdict and writes it, in that order: what could not be recorded is not done, and the next check comes to the same.
 *
 * @throws HeadgateError of store and journal
 */
export function decideCheck(
  runtime: Runtime,
  tenant: string,
  { service, version }: Pick<ServiceSettings, "service" | "version">,
  health: HealthConfig,
  backend: Pick<Registration, "id" | "source" | "registeredAt">,
  trigger: Trigger,
  checked?: Omit<Checked, "backend">,
): Promise<RunResult<CheckReason>> {
  const { every, timeout, unhealthy, healthy } = health;
  const observe = async (attempt: number): Promise<CheckInput> => {
    const fresh = attempt > 0 || !checked;
    const written = fresh ? await checkOf(runtime, tenant, service, backend.id) : checked.before;
    const before = fresh && checked ? checkFor(backend as Registration, written) : written;
    const after = checked && checkStep(before, checked.result, health, checked.at);
    return { kind: "check", ...(before ? { before } : {}), ...(after ? { after } : {}) };
  };
  return run<CheckConfig, CheckMachineState, CheckInput, CheckAction, CheckReason>(runtime, {
    machine: checkMachine,
    tenant,
    subject: checkSubject(service, backend.id),
    mode: "act",
    config: { kind: "check", service, backend: backend.id, health: { every, timeout, unhealthy, healthy } },
    configVersion: version,
    trigger,
    observe,
    perform: (action) => perform(runtime, tenant, service, backend.id, action),
  });
}

/** @throws HeadgateError of the store: the verdict stays pending and is written later */
async function perform(
  runtime: Runtime,
  tenant: string,
  service: string,
  id: string,
  { type, key, check }: CheckAction,
): Promise<ActionResult> {
  let newer = false;
  await changeChecks(runtime, tenant, registrySubject(service, id), [id], (before) => {
    newer = before !== undefined && before.checkedAt > check.checkedAt;
    return newer ? before : check;
  });
  const at = runtime.now();
  if (newer) return { key, status: "superseded", at, detail: "a later check has written since" };
  return { key, status: "done", at, detail: type === "eject" ? "written as unhealthy" : "written as healthy" };
}
