import { accountId, partition, region } from "./account.ts";

/** What is said of backups at deploy. Whatever cannot be meant ends the deployment, with what is allowed. */

/** Values of a variable that all have one form; anything else ends the deployment and is named. */
export function checked(name: string, form: RegExp, allowed: string): readonly string[] {
  const given = (process.env[name] ?? "").split(",").flatMap((one) => one.trim() || []);
  for (const one of given) if (!form.test(one)) throw new Error(`${name} "${one}": ${allowed}`);
  return given;
}

function one(name: string, form: RegExp, allowed: string): string | undefined {
  const given = checked(name, form, allowed);
  if (given.length > 1) throw new Error(`${name} "${given.join(",")}": ${allowed}, one of them`);
  return given[0];
}

export function isSaid(name: string): boolean {
  const given = process.env[name] || "off";
  if (given !== "on" && given !== "off") throw new Error(`${name} "${given}": allowed are on and off`);
  return given === "on";
}

/** Where brokers are reached from. Undefined: from outside of any VPC. */
export function backupNetwork(): { readonly privateSubnets: string[]; readonly securityGroups: string[] } | undefined {
  const subnets = checked("HEADGATE_VPC_SUBNETS", /^subnet-[a-f0-9]+$/, "ids of subnets, commas between");
  const groups = checked("HEADGATE_VPC_SECURITY_GROUPS", /^sg-[a-f0-9]+$/, "ids of security groups, commas between");
  if (subnets.length === 0 && groups.length === 0) return undefined;
  if (subnets.length === 0 || groups.length === 0)
    throw new Error("HEADGATE_VPC_SUBNETS and HEADGATE_VPC_SECURITY_GROUPS: both or none");
  return { privateSubnets: [...subnets], securityGroups: [...groups] };
}

/** `HEADGATE_VPC_API=on`: the API runs there as well, and so plans of private clusters are previewed and restores are planned through it. */
export const apiNetwork = () => (isSaid("HEADGATE_VPC_API") ? backupNetwork() : undefined);

/** `HEADGATE_BACKUP_REGION`: where the second bucket is. Undefined: there is none. */
export const backupRegion = (): string | undefined =>
  one(
    "HEADGATE_BACKUP_REGION",
    /^[a-z]{2}(-[a-z]+)+-\d$/,
    "an AWS region such as us-west-2, another one than Headgate's",
  );

/** `HEADGATE_BACKUP_OBJECT_LOCK=on`: the buckets are made with object lock. A bucket without it never gets it. */
export const backupObjectLock = (): boolean => isSaid("HEADGATE_BACKUP_OBJECT_LOCK");

/** `HEADGATE_BACKUP_REPLICATION=on`: S3 copies the first bucket into the second one, beside or instead of Headgate's own writing. */
export const backupReplication = (): boolean => isSaid("HEADGATE_BACKUP_REPLICATION");

/** `HEADGATE_BACKUP_WORKERS`: units that are read at a time, over all plans. */
export function backupWorkers(): number {
  const given = process.env["HEADGATE_BACKUP_WORKERS"] || "8";
  const count = Number(given);
  if (!Number.isInteger(count) || count < 2 || count > 1000)
    throw new Error(`HEADGATE_BACKUP_WORKERS "${given}": a whole number from 2 to 1000`);
  return count;
}

const CLUSTER = /^arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:cluster\/[A-Za-z0-9-]{1,64}\/[A-Za-z0-9-]+$/;
const clusters = (name: string) => checked(name, CLUSTER, "ARNs of MSK clusters, commas between");

/** `HEADGATE_BACKUP_CLUSTERS`: MSK clusters that are read with IAM. */
export const backupClusters = (): readonly string[] => clusters("HEADGATE_BACKUP_CLUSTERS");

/** `HEADGATE_BACKUP_RESTORE_CLUSTERS`: MSK clusters that drills and restores may write into with IAM. */
export const restoreClusters = (): readonly string[] => clusters("HEADGATE_BACKUP_RESTORE_CLUSTERS");

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** `HEADGATE_BACKUP_BUCKETS`: buckets that were there before and that points may be written to. */
export const backupBuckets = (): readonly string[] =>
  checked("HEADGATE_BACKUP_BUCKETS", BUCKET, "names of buckets, commas between");

/** `HEADGATE_BACKUP_SAVEPOINTS`: buckets that Flink writes savepoints into; they are read. */
export const savepointBuckets = (): readonly string[] =>
  checked("HEADGATE_BACKUP_SAVEPOINTS", BUCKET, "names of buckets, commas between");

/** `HEADGATE_BACKUP_KEYS`: keys of KMS that secrets are sealed with and buckets encrypted by. */
export const backupKeys = (): string[] => [
  ...checked(
    "HEADGATE_BACKUP_KEYS",
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[a-f0-9-]+$/,
    "ARNs of KMS keys, commas between",
  ),
];

/** `HEADGATE_BACKUP_PARAMETERS`: paths of SSM parameters that are backed up, or that clusters and registries are signed in to with. */
export const backupParameters = (): readonly string[] =>
  checked("HEADGATE_BACKUP_PARAMETERS", /^(\/[\w.-]+)+$/, "paths of SSM parameters, commas between");

/** `HEADGATE_BACKUP_FAILOVER_PARAMETERS`: names of the SSM parameters that runbooks of recovery set (`failover.parameter`), and no other one. */
export const failoverParameters = (): readonly string[] =>
  checked("HEADGATE_BACKUP_FAILOVER_PARAMETERS", /^(\/[\w.-]+)+$/, "full names of SSM parameters, commas between");

/** `HEADGATE_BACKUP_SECRETS`: names that secrets of Secrets Manager begin with which are backed up. */
export const backupSecrets = () =>
  checked("HEADGATE_BACKUP_SECRETS", /^[\w/+=.@-]{3,200}$/, "what names of secrets begin with, commas between").map(
    (prefix) => $interpolate`arn:${partition()}:secretsmanager:${region()}:${accountId()}:secret:${prefix}*`,
  );

/** `HEADGATE_BACKUP_ECS_CLUSTERS`: ECS clusters whose services and task definitions are backed up. */
export const backupEcsClusters = (): readonly string[] =>
  checked("HEADGATE_BACKUP_ECS_CLUSTERS", /^[A-Za-z0-9_-]{1,255}$/, "names of ECS clusters, commas between");
