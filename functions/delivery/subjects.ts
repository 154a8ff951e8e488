import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** Nouns whose wakes are handled here. */
export const isDelivery = (noun: string): boolean => noun === "delivery";

/** Judgements that are told to CodeDeploy when they are there; the other systems come and ask. */
const CODEDEPLOY = "codedeploy/";

/**
 * Looks at one aggregate of the noun, by what its subject begins with: the rollout of a service, of a Flink job, a flag. One of a kind that
 * this build does not know is left alone.
 *
 * @throws HeadgateError of store and journal
 */
export async function lookAtSubject(
  runtime: Runtime,
  tenant: string,
  subject: string,
  trigger: Trigger,
): Promise<void> {
  const colon = subject.indexOf(":");
  const [kind, name] = [subject.slice(0, colon), subject.slice(colon + 1)];
  if (kind === "rollout") {
    const [{ runRollout }, { deliverySettings }] = await Promise.all([import("./rollout.ts"), import("./settings.ts")]);
    await runRollout(runtime, tenant, await deliverySettings(runtime, tenant, name), trigger);
    return;
  }
  if (kind === "flink") {
    const { lookFlink } = await import("./flink-rollout.ts");
    await lookFlink(runtime, tenant, name, trigger);
    return;
  }
  if (kind === "flag") {
    // One look at all of them costs little more than at one.
    const { sweepFlags } = await import("./flags-sweep.ts");
    await sweepFlags(runtime, tenant);
    return;
  }
  if (kind === "gate" && name.startsWith(CODEDEPLOY)) {
    const [{ wakeCodeDeploy }, { codeDeployParts }] = await Promise.all([
      import("./hooks-codedeploy.ts"),
      import("./hooks-deployed.ts"),
    ]);
    await wakeCodeDeploy(runtime, tenant, name.slice(CODEDEPLOY.length), codeDeployParts(runtime));
    return;
  }
  runtime.telemetry.log("warn", "this version knows no such rollout", { tenant, subject });
}
