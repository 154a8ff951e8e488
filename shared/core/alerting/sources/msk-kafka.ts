import * as v from "valibot";
import type { Millis } from "../../kernel/time.ts";
import { arnOf } from "./envelope.ts";
import { stateAlert } from "./states.ts";
import { nothing, type SourceAlert, type Sourced } from "./types.ts";

/** Kafka Connect REST API, connector and task states. */
const CONNECT = { bad: new Set(["FAILED"]), good: new Set(["RUNNING", "PAUSED", "STOPPED"]) };
/** Amazon MSK API, ClusterState. The others are changes that somebody asked for. */
const MSK = { bad: new Set(["FAILED", "HEALING"]), good: new Set(["ACTIVE", "DELETING"]) };

const Part = v.object({ state: v.string(), worker_id: v.optional(v.string(), ""), trace: v.optional(v.string(), "") });
const Status = v.object({
  name: v.string(),
  connector: Part,
  tasks: v.optional(v.array(v.object({ ...Part.entries, id: v.number() })), []),
});
const Expanded = v.record(v.string(), v.object({ status: Status }));

const Cluster = v.object({
  ClusterInfo: v.object({
    ClusterArn: v.string(),
    ClusterName: v.string(),
    State: v.string(),
    StateInfo: v.optional(v.object({ Code: v.optional(v.string(), ""), Message: v.optional(v.string(), "") })),
  }),
});

type Connector = v.InferOutput<typeof Status>;

function connectorAlerts({ name, connector, tasks }: Connector, now: Millis): readonly SourceAlert[] {
  const failed = tasks.filter(({ state }) => state === "FAILED");
  // A connector runs while its tasks are dead: it is as bad as the worst of them.
  const state = failed.length > 0 ? "FAILED" : connector.state;
  const described = failed.map(({ id, worker_id, trace }) => `task ${id} on ${worker_id}: ${trace.split("\n")[0]}`);
  const alert = stateAlert(
    {
      alertname: "KafkaConnectorFailed",
      severity: "critical",
      source: "kafka",
      labels: { connector: name },
      state,
      description: described.length > 0 ? described.join("; ") : (connector.trace.split("\n")[0] ?? ""),
    },
    CONNECT,
    now,
    now,
  );
  return alert ? [alert] : [];
}

/**
 * What Kafka's own interfaces answer, posted as it is: `GET /connectors/NAME/status` and `GET /connectors?expand=status` of Kafka
 * Connect, and `aws kafka describe-cluster`. Undefined for any other document. AWS publishes no events of MSK clusters: what MSK tells
 * by itself is AWS Health's and CloudWatch's.
 */
export function kafkaDocument(value: unknown, now: Millis): Sourced | undefined {
  const cluster = v.safeParse(Cluster, value);
  if (cluster.success) {
    const { ClusterArn, ClusterName, State, StateInfo } = cluster.output.ClusterInfo;
    const arn = arnOf(ClusterArn);
    const alert = stateAlert(
      {
        alertname: "MskClusterNotActive",
        severity: "critical",
        source: "kafka",
        labels: { cluster: ClusterName, region: arn?.region, account: arn?.account },
        state: State,
        ...(StateInfo ? { description: `${StateInfo.Code} ${StateInfo.Message}`.trim() } : {}),
      },
      MSK,
      now,
      now,
    );
    return alert ? { kind: "alerts", at: now, alerts: [alert] } : nothing(`cluster ${ClusterName} is ${State}`);
  }
  const one = v.safeParse(Status, value);
  const many = one.success ? undefined : v.safeParse(Expanded, value);
  if (!one.success && !many?.success) return undefined;
  const connectors = one.success ? [one.output] : Object.values(many?.output ?? {}).map(({ status }) => status);
  const alerts = connectors.flatMap((connector) => connectorAlerts(connector, now));
  return alerts.length > 0 ? { kind: "alerts", at: now, alerts } : nothing("no connector failed or runs");
}
