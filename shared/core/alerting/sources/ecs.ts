import * as v from "valibot";
import { iso, type Millis } from "../../kernel/time.ts";
import { ecsTask } from "./ecs-task.ts";
import { type AwsEvent, arnOf, consoleUrl, faultText, Instant } from "./envelope.ts";
import { sourceAnnotations, sourceLabels } from "./labels.ts";
import { nothing, OPEN_MS, refused, type SourceAlert, type Sourced } from "./types.ts";

const Action = v.object({
  eventType: v.string(),
  eventName: v.string(),
  createdAt: v.optional(Instant),
  updatedAt: v.optional(Instant),
  reason: v.optional(v.string(), ""),
  deploymentId: v.optional(v.string()),
});

/** Trouble of a service that lasts until it is steady again. */
const IMPAIRED: ReadonlySet<string> = new Set([
  "SERVICE_TASK_START_IMPAIRED",
  "SERVICE_TASK_PLACEMENT_FAILURE",
  "SERVICE_TASK_CONFIGURATION_FAILURE",
  "SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED",
]);

/** "ECS Task State Change", "ECS Service Action" and "ECS Deployment State Change". */
export function ecsEvent(event: AwsEvent): Sourced {
  if (event.type === "ECS Task State Change") return ecsTask(event);
  if (event.type !== "ECS Service Action" && event.type !== "ECS Deployment State Change")
    return refused(`"${event.type}" is no event of services or tasks`);
  const parsed = v.safeParse(Action, event.detail);
  if (!parsed.success) return refused(`in "${event.type}" ${faultText(parsed.issues)}`);
  const arn = event.resources.find((one) => arnOf(one)?.resource.startsWith("service/"));
  if (arn === undefined) return refused(`"${event.type}" names no service`);
  const detail = parsed.output;
  const at = detail.updatedAt ?? detail.createdAt ?? event.time;
  const made = (name: string, until: Millis | undefined): Sourced => ({
    kind: "alerts",
    at,
    alerts: [serviceAlert(event, arn, name, detail, at, until)],
  });
  const { eventName, eventType } = detail;
  if (event.type === "ECS Deployment State Change") {
    if (eventName === "SERVICE_DEPLOYMENT_FAILED") return made("EcsDeploymentFailed", at + OPEN_MS);
    if (eventName === "SERVICE_DEPLOYMENT_COMPLETED") return made("EcsDeploymentFailed", at);
    return nothing(`${eventName} is no trouble`);
  }
  if (eventName === "SERVICE_STEADY_STATE") return made("EcsServiceImpaired", at);
  if (IMPAIRED.has(eventName)) return made("EcsServiceImpaired", at + OPEN_MS);
  // ECS never says that these are over.
  if (eventType === "WARN" || eventType === "ERROR") return made("EcsServiceEvent", undefined);
  return nothing(`${eventName} is no trouble`);
}

function serviceAlert(
  event: AwsEvent,
  arn: string,
  alertname: string,
  { eventName, eventType, reason, deploymentId }: v.InferOutput<typeof Action>,
  at: Millis,
  until: Millis | undefined,
): SourceAlert {
  const { partition = "", resource = "" } = arnOf(arn) ?? {};
  // Old ARNs have no cluster: service/NAME.
  const [service = "", cluster = ""] = resource.split("/").slice(1).reverse();
  const page = cluster && `clusters/${encodeURIComponent(cluster)}/services/${encodeURIComponent(service)}`;
  return {
    labels: sourceLabels({
      alertname,
      // One alert whatever is the matter, so that a steady service ends it: the severity cannot follow the event's type there.
      severity: alertname === "EcsServiceEvent" && eventType === "ERROR" ? "critical" : "warning",
      source: "aws.ecs",
      region: event.region,
      account: event.account,
      cluster,
      service,
      event: alertname === "EcsServiceEvent" ? eventName : undefined,
    }),
    annotations: sourceAnnotations({
      summary: `${service}: ${eventName}`,
      description: reason,
      deployment: deploymentId,
    }),
    startsAt: iso(at),
    ...(until === undefined ? {} : { endsAt: iso(until) }),
    generatorURL: consoleUrl(partition, event.region, `ecs/v2/${page}`),
  };
}
