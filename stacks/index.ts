import { createAlarms } from "./alarms.ts";
import { createApi } from "./api.ts";
import { createAutoscaling } from "./autoscaling.ts";
import { createBucket } from "./bucket.ts";
import { environment, setFunctionDefaults } from "./functions.ts";
import { createQueue } from "./queue.ts";
import { createTable } from "./table.ts";

/** The whole installation, in the order in which things need each other. */
export function headgate() {
  setFunctionDefaults();
  const table = createTable();
  const bucket = createBucket();
  const timers = createQueue();
  const parts = { table, bucket, timers };
  const autoscaling = createAutoscaling(parts);
  const api = createApi(parts);
  const alarms = createAlarms({ timers, autoscaling, api });
  return {
    api: api.gateway.url,
    notifications: alarms.topic.arn,
    // What `headgate keys create --table` needs for the first key.
    ...environment(parts),
  };
}
