import type { createFlushes } from "./alerting.ts";
import type { createScores } from "./anomaly.ts";
import type { createBackups } from "./backup.ts";
import type { createBucket } from "./bucket.ts";
import type { createCosts } from "./cost.ts";
import type { createRollouts } from "./delivery.ts";
import type { createQueue } from "./queue.ts";
import type { createTable } from "./table.ts";
import type { createChecks } from "./traffic.ts";

/** What the functions share. */
export interface Parts {
  readonly table: ReturnType<typeof createTable>;
  readonly bucket: ReturnType<typeof createBucket>;
  readonly timers: ReturnType<typeof createQueue>;
  /** Events and schedules that were given up on. */
  readonly dead: sst.aws.Queue;
  /** Whether the parts of monitoring are deployed. */
  readonly monitoring: boolean;
  /** Whether what picks policies for services with `auto` is deployed. */
  readonly tuning: boolean;
  /** Where scoring is deployed, the queue of its workers. */
  readonly scores?: ReturnType<typeof createScores>;
  /** Where alerting is deployed, the timers of groups of alerts: a storm of flushes must not hold up scaling. */
  readonly flushes?: ReturnType<typeof createFlushes>;
  /** Where traffic is deployed, the queue of its health checks. */
  readonly checks?: ReturnType<typeof createChecks>;
  /** Where delivery is deployed, the timers of rollouts: a rollout holds up no scaling, and scaling no rollback. */
  readonly rollouts?: ReturnType<typeof createRollouts>;
  /** Where backup is deployed, the timers of its runs, the queue of their work, and the buckets of restore points. */
  readonly backups?: ReturnType<typeof createBackups>;
  /** Where cost is deployed, the queue of its work, and SQL over the export of bills where one was named. */
  readonly costs?: ReturnType<typeof createCosts>;
}
