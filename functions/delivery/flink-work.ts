import type { FlinkReason } from "../../shared/core/delivery/flink/reasons.ts";
import type { FlinkCommand, FlinkStart, FlinkState } from "../../shared/core/delivery/flink/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { timeId } from "../../shared/core/kernel/id.ts";
import type { RunResult } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { ReleaseStartedView, RolloutCommandedView } from "../api/views-delivery.ts";
import { summaryOf } from "../decisions/summary.ts";
import { readFlinkRelease } from "./flink-release.ts";
import { flinkSection, runFlink } from "./flink-rollout.ts";
import type { DeliverySettings } from "./settings.ts";

interface ReleaseAsk {
  readonly release: Readonly<Record<string, unknown>>;
  readonly by: string;
  readonly why: string;
}

type CommandAsk = Pick<FlinkCommand, "command" | "id" | "by" | "why">;

/** The sentence of the last thing that the decision has looked at. */
const saidOf = ({ record, reason }: RunResult<FlinkReason>): string =>
  record?.trace.findLast(({ kind }) => kind !== "input")?.text ?? String(reason ?? "nothing was decided");

/** @throws HeadgateError where another worker has the rollout, or the machine says no */
function refuse(result: RunResult<FlinkReason>): void {
  const { status, reason } = result;
  if (status === "busy" || status === "conflict")
    throw new HeadgateError("rollout.conflict", "the rollout is being worked on right now; ask again", {
      retryable: true,
    });
  if (!reason?.startsWith("refused_")) return;
  const text = saidOf(result);
  if (reason === "refused_unreadable") throw new HeadgateError("jobs.unavailable", text, { retryable: true });
  if (reason === "refused_nothing_under_way") throw new HeadgateError("rollout.unknown", text);
  if (reason === "refused_no_jar")
    throw new HeadgateError("input.invalid", text, {
      faults: [{ path: "jarFile", message: "is missing", allowed: "jarFile or jarId" }],
    });
  throw new HeadgateError("rollout.conflict", text);
}

/**
 * Begins to replace a service's Flink job. What becomes of it is told by the service's delivery: no request waits for it.
 *
 * @throws HeadgateError `input.invalid`, `config.invalid`, `rollout.conflict`, `jobs.unavailable`; those of store and journal
 */
export async function releaseFlink(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  { release: given, by, why }: ReleaseAsk,
): Promise<ReleaseStartedView> {
  const { service } = settings;
  const asked = readFlinkRelease(given, flinkSection(settings));
  const start: FlinkStart = {
    kind: "start",
    id: timeId("rol", Math.floor(runtime.now()), runtime.random),
    ...asked,
    by,
    why,
  };
  const trigger = { type: "api", detail: why === "" ? by : `${by}: ${why}` } as const;
  const result = await runFlink(runtime, tenant, settings, trigger, start);
  refuse(result);
  const { record, recorded, reason = "" } = result;
  const current = (record?.stateAfter as unknown as FlinkState | undefined)?.current;
  return {
    clock: clockOf(runtime),
    service,
    ...(current ? { rollout: current.id } : {}),
    version: asked.release.version,
    strategy: "flink-blue-green",
    reason,
    text: saidOf(result),
    follow: `/api/v1/delivery/${encodeURIComponent(service)}`,
    warnings: [],
    ...(record && recorded ? { decision: summaryOf(record) } : {}),
  };
}

/**
 * What a person says to the rollout of a Flink job that is under way.
 *
 * @throws HeadgateError `rollout.unknown`, `rollout.conflict`; those of store and journal
 */
export async function commandFlink(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  asked: CommandAsk,
): Promise<RolloutCommandedView> {
  const { command, by, why } = asked;
  const trigger = { type: "api", detail: `${command} by ${by}${why === "" ? "" : `: ${why}`}` } as const;
  const result = await runFlink(runtime, tenant, settings, trigger, { kind: "command", ...asked });
  refuse(result);
  const { status, record, recorded, reason = "" } = result;
  return {
    clock: clockOf(runtime),
    service: settings.service,
    command,
    status: status === "decided" ? "decided" : "unchanged",
    reason,
    text: saidOf(result),
    ...(record && recorded ? { decision: summaryOf(record) } : {}),
  };
}
