import { clauseLine, explainRecord } from "../../kernel/explain.ts";
import type { Json } from "../../kernel/json.ts";
import type { DecisionRecord } from "../../kernel/record.ts";
import type { Action, Clause } from "../../kernel/step.ts";

/** Whether a record is about a Flink job, and not about a service's instances. */
export const isJob = ({ stateAfter }: Pick<DecisionRecord, "stateAfter">): boolean =>
  typeof stateAfter === "object" && stateAfter !== null && (stateAfter as { kind?: Json }).kind === "flink";

const COMMANDS: ReadonlySet<string> = new Set(["paused", "resumed", "override_set", "override_cleared"]);
const RESCALES: ReadonlySet<string> = new Set(["rescaling", "rescaled", "rescale_rolled_back", "rescale_failed"]);

/** The record in one English sentence: what was done to the job or not, and why. Total: any record has one. */
export function jobSentence({ subject, reason, mode, trace, actions, stateAfter }: DecisionRecord): string {
  const closing = trace.findLast(({ values }) => values["from"] !== undefined && values["desired"] !== undefined);
  const last = trace.findLast(({ rule }) => rule !== "mode");
  const text = (clause: Clause | undefined) => clause?.text ?? reason.replaceAll("_", " ");
  if (COMMANDS.has(reason) || RESCALES.has(reason)) return `${subject}: ${text(last)}`;
  const { from, desired } = closing?.values ?? {};
  const asked = actions.some(({ type }) => type === "require" || type === "stop_with_savepoint");
  if (asked) return `${subject}: parallelism ${from} → ${desired}, because ${text(closing)}`;
  if (reason.startsWith("would_"))
    return `${subject}: would go ${from} → ${desired}, because ${text(closing)} (mode ${mode})`;
  const is = from ?? (stateAfter as { desired?: Json } | null)?.desired;
  const stays = is === undefined ? "nothing is done" : `stays at parallelism ${is}`;
  if (reason === "external_change") {
    const news = trace.find(({ kind }) => kind === "changed");
    return `${subject}: ${text(news)}; ${stays}`;
  }
  return `${subject}: ${stays}, because ${text(closing ?? last)}`;
}

/** The whole chain for a person. */
export const explainJob = (record: DecisionRecord): readonly string[] =>
  explainRecord(record, jobSentence(record), { acts: true, clauses: record.trace.map(clauseLine), did });

type Any = Action & {
  readonly parallelism?: Json;
  readonly jobId?: string;
  readonly savepoint?: string;
  readonly text?: string;
};

function did(action: Action): string {
  const { type, key, parallelism, jobId, savepoint, text } = action as Any;
  const wanted = typeof parallelism === "object" ? JSON.stringify(parallelism) : String(parallelism);
  switch (type) {
    case "require":
      return `did: ask for parallelism ${wanted} of job ${jobId} (key ${key})`;
    case "stop_with_savepoint":
      return `did: stop job ${jobId} with a savepoint (key ${key})`;
    case "run":
      return `did: run job ${jobId} with parallelism ${wanted} from ${savepoint} (key ${key})`;
    case "cancel":
      return `did: cancel job ${jobId} (key ${key})`;
    case "record_outcome":
      return `did: add to an earlier decision: ${text ?? ""}`;
    default:
      return `did: ${type} (key ${key})`;
  }
}
