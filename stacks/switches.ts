/**
 * Parts that cost money at rest and are therefore asked for at deploy: `HEADGATE_MONITORING=on`, `HEADGATE_SCORING=on`,
 * `HEADGATE_ALERTING=on`, `HEADGATE_TRAFFIC=on`, `HEADGATE_DELIVERY=on`, `HEADGATE_BACKUP=on`, `HEADGATE_COST=on` and `HEADGATE_TUNING=on` (docs/decisions/0007). Whatever else stands there is a mistake that must not deploy less than was meant.
 */
export function isOn(
  name:
    | "HEADGATE_MONITORING"
    | "HEADGATE_SCORING"
    | "HEADGATE_ALERTING"
    | "HEADGATE_ALERTING_SCALING_ALARMS"
    | "HEADGATE_TRAFFIC"
    | "HEADGATE_DELIVERY"
    | "HEADGATE_BACKUP"
    | "HEADGATE_COST"
    | "HEADGATE_TUNING",
): boolean {
  const given = process.env[name] || "off";
  if (given !== "on" && given !== "off") throw new Error(`${name} "${given}": allowed are on and off`);
  return given === "on";
}

const WORKSPACE = /^arn:aws[a-z-]*:aps:[a-z0-9-]+:\d{12}:workspace\/[A-Za-z0-9-]+$/;

/** Workspace of Amazon Managed Prometheus that may be asked; undefined: none. */
export function prometheusWorkspace(): string | undefined {
  const given = process.env["HEADGATE_AMP_WORKSPACE_ARN"];
  if (given && !WORKSPACE.test(given))
    throw new Error(`HEADGATE_AMP_WORKSPACE_ARN "${given}": an ARN as arn:aws:aps:REGION:ACCOUNT:workspace/ws-…`);
  return given || undefined;
}
