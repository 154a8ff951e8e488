import * as v from "valibot";
import { iso } from "../../kernel/time.ts";
import { type AwsEvent, arnOf, consoleUrl, faultText, Instant } from "./envelope.ts";
import { sourceAnnotations, sourceLabels } from "./labels.ts";
import { nothing, refused, type Sourced } from "./types.ts";

const Detail = v.object({
  clusterArn: v.string(),
  taskArn: v.string(),
  group: v.optional(v.string(), ""),
  lastStatus: v.string(),
  stopCode: v.optional(v.string(), ""),
  stoppedReason: v.optional(v.string(), ""),
  stoppedAt: v.optional(Instant),
  containers: v.optional(
    v.array(
      v.object({
        name: v.optional(v.string(), ""),
        exitCode: v.optional(v.number()),
        reason: v.optional(v.string()),
      }),
    ),
    [],
  ),
});
type Stopped = v.InferOutput<typeof Detail>;

/** Stop codes that nobody asked for (ECS API reference, `Task.stopCode`). */
const UNASKED: ReadonlySet<string> = new Set([
  "TaskFailedToStart",
  "EssentialContainerExited",
  "SpotInterruption",
  "TerminationNotice",
]);

/** Why a stop is what was meant; undefined where it is trouble. */
function meant({ stopCode, stoppedReason, containers }: Stopped): string | undefined {
  // The scheduler stops tasks to scale in, to deploy, and because they fail their health checks.
  const unhealthy = stopCode === "ServiceSchedulerInitiated" && /health checks?\b|unhealthy/i.test(stoppedReason);
  if (!UNASKED.has(stopCode) && !unhealthy) return `the task was stopped on purpose (${stopCode || "no stop code"})`;
  const ended = stopCode === "EssentialContainerExited" && containers.length > 0;
  return ended && containers.every(({ exitCode }) => exitCode === 0) ? "the task ended by itself with 0" : undefined;
}

/** "ECS Task State Change": a task that stopped without being asked to. All tasks of a service are one alert. */
export function ecsTask(event: AwsEvent): Sourced {
  const parsed = v.safeParse(Detail, event.detail);
  if (!parsed.success) return refused(`in "${event.type}" ${faultText(parsed.issues)}`);
  const task = parsed.output;
  if (task.lastStatus !== "STOPPED") return nothing(`the task is ${task.lastStatus}`);
  const why = meant(task);
  if (why !== undefined) return nothing(why);
  const cluster = task.clusterArn.split("/").at(-1) ?? "";
  const [kind = "", name = ""] = task.group.split(/:(.*)/s);
  const at = task.stoppedAt ?? event.time;
  const exits = task.containers.map(({ name: one, exitCode, reason }) =>
    [one, exitCode === undefined ? "" : `exit ${exitCode}`, reason ?? ""].filter((part) => part !== "").join(" "),
  );
  const page = `ecs/v2/clusters/${encodeURIComponent(cluster)}/tasks/${encodeURIComponent(task.taskArn.split("/").at(-1) ?? "")}`;
  return {
    kind: "alerts",
    at,
    alerts: [
      {
        labels: sourceLabels({
          alertname: "EcsTaskStopped",
          severity: "warning",
          source: "aws.ecs",
          region: event.region,
          account: event.account,
          cluster,
          service: kind === "service" ? name : undefined,
          family: kind === "family" ? name : undefined,
          stop_code: task.stopCode,
        }),
        annotations: sourceAnnotations({
          summary: `A task of ${name || cluster} stopped: ${task.stopCode}`,
          description: task.stoppedReason,
          containers: exits.join("; "),
          task: task.taskArn,
        }),
        startsAt: iso(at),
        generatorURL: consoleUrl(arnOf(task.taskArn)?.partition ?? "", event.region, page),
      },
    ],
  };
}
