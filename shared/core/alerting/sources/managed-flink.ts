import * as v from "valibot";
import type { Millis } from "../../kernel/time.ts";
import { arnOf, consoleUrl } from "./envelope.ts";
import { stateAlert } from "./states.ts";
import { nothing, type SourceAlert, type Sourced } from "./types.ts";

/** Flink REST API, JobStatus. CANCELED, SUSPENDED and FINISHED are ends that were meant. */
const JOB = {
  bad: new Set(["FAILED", "FAILING", "RESTARTING"]),
  good: new Set(["RUNNING", "FINISHED", "CANCELED", "SUSPENDED"]),
};
/**
 * Managed Service for Apache Flink API, ApplicationStatus. An application that fails to start goes back to READY, which is also what
 * one is that was stopped on purpose: only where it was meant to run is that known, so it says nothing.
 */
const APPLICATION = {
  bad: new Set(["ROLLED_BACK", "ROLLING_BACK", "FORCE_STOPPING"]),
  good: new Set(["RUNNING", "DELETING"]),
};

const Jobs = v.object({
  jobs: v.array(
    v.object({
      jid: v.string(),
      name: v.string(),
      state: v.string(),
      "last-modification": v.optional(v.number()),
    }),
  ),
});

const Application = v.object({
  ApplicationDetail: v.object({
    ApplicationARN: v.string(),
    ApplicationName: v.string(),
    ApplicationStatus: v.string(),
  }),
});

/**
 * What Flink's own interfaces answer, posted as it is: `GET /jobs/overview` of a JobManager and `aws kinesisanalyticsv2
 * describe-application`. Undefined for any other document. Jobs of one name are one alert, as a job that is started again has a new
 * id. AWS publishes no events of applications: what they tell is CloudWatch's and AWS Health's.
 */
export function flinkDocument(value: unknown, now: Millis): Sourced | undefined {
  const application = v.safeParse(Application, value);
  if (application.success) return applicationAlert(application.output.ApplicationDetail, now);
  const overview = v.safeParse(Jobs, value);
  if (!overview.success) return undefined;
  const latest = new Map<string, v.InferOutput<typeof Jobs>["jobs"][number]>();
  for (const job of overview.output.jobs) {
    const known = latest.get(job.name);
    if (!known || (known["last-modification"] ?? 0) <= (job["last-modification"] ?? 0)) latest.set(job.name, job);
  }
  const alerts = [...latest.values()].flatMap((job): readonly SourceAlert[] => {
    const alert = stateAlert(
      {
        alertname: "FlinkJobNotRunning",
        severity: "critical",
        source: "flink",
        labels: { job: job.name },
        state: job.state,
        description: `job id ${job.jid}`,
      },
      JOB,
      job["last-modification"] ?? now,
      now,
    );
    return alert ? [alert] : [];
  });
  return alerts.length > 0 ? { kind: "alerts", at: now, alerts } : nothing("no job failed or runs");
}

function applicationAlert(
  { ApplicationARN, ApplicationName, ApplicationStatus }: v.InferOutput<typeof Application>["ApplicationDetail"],
  now: Millis,
): Sourced {
  const arn = arnOf(ApplicationARN);
  const page = `flink/home?region=${arn?.region ?? ""}#/applications/${encodeURIComponent(ApplicationName)}/details`;
  const alert = stateAlert(
    {
      alertname: "FlinkApplicationNotRunning",
      severity: "critical",
      source: "flink",
      labels: { application: ApplicationName, region: arn?.region, account: arn?.account },
      state: ApplicationStatus,
      ...(arn ? { url: consoleUrl(arn.partition, arn.region, page) } : {}),
    },
    APPLICATION,
    now,
    now,
  );
  return alert
    ? { kind: "alerts", at: now, alerts: [alert] }
    : nothing(`application ${ApplicationName} is ${ApplicationStatus}`);
}
