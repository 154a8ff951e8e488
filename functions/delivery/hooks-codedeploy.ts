import * as v from "valibot";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { HookStatus } from "../../shared/edge/codedeploy.ts";
import type { DeploymentLook } from "../../shared/edge/codedeploy-deployment.ts";
import { type AppliedConfig, currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { deployed } from "../deployed.ts";
import { gateRun, lookAtGate } from "./gate-run.ts";
import type { Pair } from "./hooks-intervals.ts";
import { type DeliverySettings, deliveryIn, deliveryServices } from "./settings.ts";

/** What is asked of, and told to, CodeDeploy. */
export interface CodeDeployParts {
  readonly look: (deploymentId: string) => Promise<DeploymentLook>;
  readonly tell: (status: HookStatus) => Promise<"told" | "too_late">;
  readonly smoke: (
    settings: DeliverySettings,
    deploymentId: string,
  ) => Promise<{ readonly status: "passed" | "failed" | "waiting"; readonly detail: string }>;
}

const id = v.pipe(v.string(), v.minLength(1));
const HookEvent = v.looseObject({ DeploymentId: id, LifecycleEventHookExecutionId: id });

/** Events after which the new version has traffic of callers: only there is something to judge. */
const JUDGED = "AfterAllowTraffic";
/** Events at which the new version stands and can be asked. */
const SMOKED = new Set(["AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic"]);

function serviceOf(applied: AppliedConfig | undefined, { group, application }: DeploymentLook): DeliverySettings {
  const all = deliveryServices(applied?.config);
  const name = all.find((one) => one === group) ?? all.find((one) => one === application);
  if (name !== undefined) return deliveryIn(applied, name);
  throw new HeadgateError(
    "service.unknown",
    `no service of the configuration is called as the deployment group ${group} or the application ${application}`,
  );
}

function pairOf({ delivery }: DeliverySettings, look: DeploymentLook): Pair | undefined {
  const { targetGroups, versions } = look;
  if (versions) return versions;
  if (!targetGroups) return undefined;
  const slots = Object.entries(delivery.ecs?.targetGroups ?? {});
  const slot = (name: string) => slots.find(([, arn]) => arn.split("/").at(-2) === name)?.[0];
  const [canary, baseline] = [slot(targetGroups.canary), slot(targetGroups.baseline)];
  return canary !== undefined && baseline !== undefined ? { canary, baseline } : undefined;
}

/**
 * One call of a CodeDeploy lifecycle hook. What can be answered at once is answered; a judgement goes on over later wakes, and the
 * answer is given when it is there. Nothing waits.
 *
 * @throws HeadgateError `input.invalid`, `service.unknown`, `releases.unavailable`; of store and journal
 */
export async function codeDeployHook(
  runtime: Runtime,
  tenant: string,
  event: unknown,
  parts: CodeDeployParts,
): Promise<void> {
  const parsed = v.safeParse(HookEvent, event);
  if (!parsed.success)
    throw new HeadgateError("input.invalid", "the event is no call of a CodeDeploy hook", {
      faults: [{ path: "", message: "lacks an id", allowed: "{DeploymentId, LifecycleEventHookExecutionId}" }],
    });
  const { DeploymentId: deploymentId, LifecycleEventHookExecutionId: executionId } = parsed.output;
  const look = await parts.look(deploymentId);
  const settings = serviceOf(await currentConfig(runtime, tenant), look);
  if (look.event !== undefined && look.event !== JUDGED) {
    const smoke = SMOKED.has(look.event) ? await parts.smoke(settings, deploymentId) : undefined;
    // The function is called once: an answer that is not there by now will not come.
    const status = smoke === undefined || smoke.status === "passed" ? "Succeeded" : "Failed";
    runtime.telemetry.log("info", "CodeDeploy hook", { deploymentId, event: look.event, status, ...(smoke ?? {}) });
    await parts.tell({ deploymentId, executionId, status });
    return;
  }
  await lookAtCodeDeploy(runtime, tenant, settings, { deploymentId, executionId }, look, parts);
}

async function lookAtCodeDeploy(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  { deploymentId, executionId }: Omit<HookStatus, "status">,
  look: DeploymentLook,
  parts: CodeDeployParts,
): Promise<void> {
  const pair = pairOf(settings, look) ?? { canary: "", baseline: "" };
  await lookAtGate(
    runtime,
    tenant,
    settings,
    { system: "codedeploy", id: deploymentId },
    {
      trigger: { type: "api", id: executionId, detail: `CodeDeploy hook of ${deploymentId}` },
      pair,
      run: executionId,
      report: parts.tell,
      begin: { report: { deploymentId, executionId }, asked: pair },
    },
  );
}

/** A later look at a judgement that CodeDeploy waits for. @throws HeadgateError of store and journal, `releases.unavailable` */
export async function wakeCodeDeploy(
  runtime: Runtime,
  tenant: string,
  deploymentId: string,
  parts: CodeDeployParts,
): Promise<void> {
  const known = await gateRun(runtime, tenant, { system: "codedeploy", id: deploymentId });
  if (!known?.report || known.report.told !== undefined) return;
  const settings = deliveryIn(await currentConfig(runtime, tenant), known.service ?? "");
  await lookAtGate(
    runtime,
    tenant,
    settings,
    { system: "codedeploy", id: deploymentId },
    {
      trigger: { type: "timer", detail: "the gate's next look" },
      pair: known.asked ?? { canary: "", baseline: "" },
      report: parts.tell,
    },
  );
}

/** Lambda: the hook function named in an AppSpec. */
export async function handler(event: unknown): Promise<void> {
  const { runtime, tenant } = await deployed();
  try {
    const { codeDeployParts } = await import("./hooks-deployed.ts");
    await codeDeployHook(runtime, tenant, event, codeDeployParts(runtime));
  } finally {
    await runtime.telemetry.flush();
  }
}
