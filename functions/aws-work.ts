import type { AwsClients } from "../shared/edge/aws-clients.ts";
import { sqsWork } from "../shared/edge/sqs-work.ts";
import type { Env } from "../shared/shell/env.ts";
import type { Runtime } from "../shared/shell/runtime.ts";

/** Who does the work of backup runs: the workers behind the queue, where backup is deployed. */
export const awsWork = (
  { HEADGATE_BACKUP_WORK_URL: url }: Env,
  { sqs }: Pick<AwsClients, "sqs">,
): Pick<Runtime, "work"> => (url === undefined ? {} : { work: sqsWork(sqs, url) });
