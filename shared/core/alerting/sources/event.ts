import { cloudwatchEvent } from "./cloudwatch.ts";
import type { CloudwatchOptions } from "./cloudwatch-alert.ts";
import { ecsEvent } from "./ecs.ts";
import { awsEvent } from "./envelope.ts";
import { healthEvent } from "./health.ts";
import { refused, type Sourced } from "./types.ts";

/** Which events of EventBridge become alerts. */
export function sourceEvent(value: unknown, options: CloudwatchOptions = {}): Sourced {
  const event = awsEvent(value);
  if (!event) return refused("it is no event of EventBridge");
  if (event.source === "aws.cloudwatch") return cloudwatchEvent(event, options);
  if (event.source === "aws.health") return healthEvent(event);
  if (event.source === "aws.ecs") return ecsEvent(event);
  return refused(`events "${event.type}" of ${event.source} are not known here`);
}
