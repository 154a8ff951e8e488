import type { CodeDeployClient, DeploymentTarget } from "@aws-sdk/client-codedeploy";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError } from "./aws-errors.ts";

/** What CodeDeploy says of a deployment, as far as a judge needs it. */
export interface DeploymentLook {
  readonly application: string;
  readonly group: string;
  /** Lifecycle event that runs now: the hook that is being asked. Absent: none is told. */
  readonly event?: string;
  /** Names of the target groups of an ECS deployment. */
  readonly targetGroups?: { readonly canary: string; readonly baseline: string };
  /** Published versions of a Lambda deployment. */
  readonly versions?: { readonly canary: string; readonly baseline: string };
}

/** One target is enough: a Lambda alias or an ECS service is a single one, and instances all run the same event. */
function targetLook(target: DeploymentTarget | undefined): Pick<DeploymentLook, "event" | "targetGroups" | "versions"> {
  const { ecsTarget, lambdaTarget, instanceTarget } = target ?? {};
  const events = (ecsTarget ?? lambdaTarget ?? instanceTarget)?.lifecycleEvents ?? [];
  const event = events.find(({ status }) => status === "InProgress")?.lifecycleEventName;
  const sets = ecsTarget?.taskSetsInfo ?? [];
  const groupOf = (label: string) => sets.find(({ taskSetLabel }) => taskSetLabel === label)?.targetGroup?.name;
  const [canary, baseline] = [groupOf("Green"), groupOf("Blue")];
  const { targetVersion, currentVersion } = lambdaTarget?.lambdaFunctionInfo ?? {};
  return {
    ...(event === undefined ? {} : { event }),
    ...(canary && baseline ? { targetGroups: { canary, baseline } } : {}),
    ...(targetVersion && currentVersion ? { versions: { canary: targetVersion, baseline: currentVersion } } : {}),
  };
}

/** Reads a deployment and its (first) target. @throws HeadgateError `releases.unavailable` */
export async function readDeployment(
  source: ClientSource<CodeDeployClient>,
  deploymentId: string,
): Promise<DeploymentLook> {
  try {
    const client = await clientOf(source);
    const { getDeployment, listTargets, getTargets } = await import("./codedeploy-calls.ts");
    const [{ deploymentInfo }, { targetIds = [] }] = await Promise.all([
      getDeployment(client, deploymentId),
      listTargets(client, deploymentId),
    ]);
    const [first] = targetIds;
    const targets = first === undefined ? undefined : await getTargets(client, deploymentId, [first]);
    return {
      application: deploymentInfo?.applicationName ?? "",
      group: deploymentInfo?.deploymentGroupName ?? "",
      ...targetLook(targets?.deploymentTargets?.[0]),
    };
  } catch (error) {
    throw awsError("releases.unavailable", `CodeDeploy's deployment ${deploymentId} could not be read`, error);
  }
}
