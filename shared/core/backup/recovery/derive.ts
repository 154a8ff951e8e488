import { formatPromDuration } from "../../kernel/prometheus-duration.ts";
import { formatDuration } from "../../kernel/time.ts";
import type { RecoverySettings } from "./file.ts";

/** What follows from a disaster-recovery file. */
export interface DerivedPlan {
  /** As it is written below `backup.<name>` of headgate.yaml; absent: the file asks for no backup. */
  readonly plan?: Readonly<Record<string, unknown>>;
  /** What the file means here, whole sentences. */
  readonly means: readonly string[];
  /** What it does not say and recovery needs, whole sentences. */
  readonly missing: readonly string[];
}

/** The backup plan that a disaster-recovery file asks for, and what it leaves open. */
export function derivePlan(settings: RecoverySettings): DerivedPlan {
  const { backup, flink, replication, primaryRegion, secondaryRegion, objectives } = settings;
  const means: string[] = [`${primaryRegion} serves, and ${secondaryRegion} takes over when it is lost`];
  const missing: string[] = [];
  if (replication) {
    means.push(
      `${replication.topics.join(", ")} are copied from ${primaryRegion} to ${secondaryRegion} by ${replication.tool}, with replication factor ${replication.replicationFactor}; there they are called ${primaryRegion}.<topic>`,
    );
    if (!/^mirror\s*maker\s*2?(\.0)?$/i.test(replication.tool))
      missing.push(
        `the replication tool ${replication.tool} is not known here: only MirrorMaker 2 is written, checked and watched`,
      );
    if (replication.primaryBrokers.length === 0 || replication.secondaryBrokers.length === 0)
      missing.push(
        "the brokers of the two clusters: primary_brokers and secondary_brokers, or two clusters of `streams`",
      );
  } else missing.push("kafka_replication: after the loss of the region everything comes from backup");
  if (flink?.savepointStorage)
    means.push(`savepoints are written to ${flink.savepointStorage} and copied to every destination with each point`);
  if (flink?.checkpointIntervalMs !== undefined)
    means.push(
      `jobs checkpoint each ${formatDuration(flink.checkpointIntervalMs)}${flink.stateBackend ? ` on ${flink.stateBackend}` : ""}: that is what a restart in place goes back to`,
    );
  if (flink) missing.push("the address of Flink's REST API (what.flink.url): without it no savepoint is taken");
  if (backup) {
    means.push(
      `a restore point each ${formatDuration(backup.everyMs)}, kept for ${formatDuration(backup.retentionMs)}, at ${backup.destinations.join(" and ")}`,
      `an interval of ${formatDuration(backup.everyMs)} is no RPO of ${formatDuration(backup.everyMs)}: how long a run and its verification take comes on top`,
    );
    if (backup.destinations.length < 2)
      missing.push("a second destination: with one, the loss of its region is the loss of all points");
    else
      missing.push(
        `which region each destination is in (destinations.<name>.s3.region): that ${backup.destinations[1]} outlives ${primaryRegion} is not said anywhere`,
      );
    missing.push("a key (key: file:… or a KMS key): without it secrets are left out");
    missing.push("a drill (drill.every): without one RTO is not proven");
  } else missing.push("data_backup: nothing is backed up");
  if (!Object.values(objectives).some((one) => one?.rpo !== undefined || one?.rto !== undefined))
    missing.push(
      "objectives (objectives.rpo, objectives.rto, or one for each disruption): nothing is held against what is measured",
    );
  return { means, missing, ...(backup ? { plan: planOf(settings, backup) } : {}) };
}

function planOf({ objectives }: RecoverySettings, backup: NonNullable<RecoverySettings["backup"]>) {
  const { rpo, rto } = objectives.software ?? {};
  const asked = {
    ...(rpo === undefined ? {} : { rpo: formatPromDuration(rpo) }),
    ...(rto === undefined ? {} : { rto: formatPromDuration(rto) }),
  };
  return {
    every: formatPromDuration(backup.everyMs),
    keep: formatPromDuration(backup.retentionMs),
    to: [...backup.destinations],
    what: { topics: { include: ["*"] }, config: {} },
    ...(Object.keys(asked).length > 0 ? { objective: asked } : {}),
  };
}
