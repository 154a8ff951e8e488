import type { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError, awsErrorName } from "./aws-errors.ts";

/** Nobody waits for the answer any more: it was given, or the deployment is over. */
const TOO_LATE = new Set([
  "LifecycleEventAlreadyCompletedException",
  "DeploymentDoesNotExistException",
  "InvalidLifecycleEventHookExecutionIdException",
]);

/** How one hook of a deployment ended. */
export interface HookStatus {
  readonly deploymentId: string;
  readonly executionId: string;
  /** Nothing else is taken (CodeDeploy user guide, "AppSpec hooks section"). */
  readonly status: "Succeeded" | "Failed";
}

/**
 * Tells CodeDeploy how a lifecycle hook ended. Telling it twice is told as too late, and does no harm.
 *
 * @throws HeadgateError `releases.unavailable`, retryable where the same call may succeed later
 */
export async function tellCodeDeploy(
  source: ClientSource<CodeDeployClient>,
  { deploymentId, executionId, status }: HookStatus,
): Promise<"told" | "too_late"> {
  try {
    const client = await clientOf(source);
    const { putStatus } = await import("./codedeploy-calls.ts");
    await putStatus(client, { deploymentId, lifecycleEventHookExecutionId: executionId, status });
    return "told";
  } catch (error) {
    if (TOO_LATE.has(awsErrorName(error))) return "too_late";
    throw awsError("releases.unavailable", `CodeDeploy could not be told about ${deploymentId}`, error);
  }
}
