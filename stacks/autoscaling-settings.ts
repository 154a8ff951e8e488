import { backupNetwork, checked, isSaid } from "./backup-settings.ts";

/** What is said of autoscaling at deploy. Whatever cannot be meant ends the deployment, with what is allowed. */

/**
 * `HEADGATE_VPC_SCALING=on`: the functions that decide run in the subnets of `HEADGATE_VPC_SUBNETS`, so that they reach job managers of Flink and
 * brokers with private addresses. Undefined: from outside of any VPC.
 */
export function scalingNetwork(): ReturnType<typeof backupNetwork> {
  if (!isSaid("HEADGATE_VPC_SCALING")) return undefined;
  const network = backupNetwork();
  if (!network) throw new Error("HEADGATE_VPC_SCALING needs HEADGATE_VPC_SUBNETS and HEADGATE_VPC_SECURITY_GROUPS");
  return network;
}

/** `HEADGATE_MANAGED_FLINK_APPLICATIONS`: applications of Managed Flink, in any region of the account, whose parallelism may be changed. */
export const managedFlinkApplications = (): readonly string[] =>
  checked(
    "HEADGATE_MANAGED_FLINK_APPLICATIONS",
    /^[A-Za-z0-9_.-]{1,128}$/,
    "names of applications of Managed Flink, commas between",
  );

const CLUSTER = /^arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:cluster\/[A-Za-z0-9-]{1,64}\/[A-Za-z0-9-]+$/;

/** `HEADGATE_LAG_CLUSTERS`: MSK clusters whose consumer groups are read with IAM. */
export const lagClusters = (): readonly string[] =>
  checked("HEADGATE_LAG_CLUSTERS", CLUSTER, "ARNs of MSK clusters, commas between");

/** `HEADGATE_LAG_PARAMETERS`: SSM parameters that clusters are signed in to with (`ssm:/path` under `streams`). */
export const lagParameters = (): readonly string[] =>
  checked("HEADGATE_LAG_PARAMETERS", /^(\/[\w.-]+)+$/, "full names of SSM parameters, commas between");
