import type { CloudwatchOptions } from "../../../shared/core/alerting/sources/cloudwatch-alert.ts";

/** What the deployment says of CloudWatch's alarms: see docs/alerting-sources.md. */
export function sourceOptions(env: Readonly<Record<string, string | undefined>>): CloudwatchOptions {
  return {
    scalingAlarms: env["HEADGATE_ALERTING_SCALING_ALARMS"] === "on",
    insufficientData: env["HEADGATE_ALERTING_NO_DATA"] === "alert" ? "alert" : "hold",
  };
}
