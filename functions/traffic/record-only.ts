import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { decide } from "../../shared/shell/decide.ts";
import type { RunRequest } from "../../shared/shell/run-types.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** A request as {@link recordOnly} takes it: there is nothing to observe any more, and nothing to perform. */
export type RecordRequest<C, S, I, R extends string> = Omit<RunRequest<C, S, I, never, R>, "observe" | "perform">;

/**
 * Writes one decision that has no item beside it into the journal.
 *
 * @throws HeadgateError of the journal
 */
export async function recordOnly<C, S, I, R extends string>(
  runtime: Runtime,
  asked: RecordRequest<C, S, I, R>,
  input: I,
): Promise<DecisionRecord> {
  const { tenant, subject, machine } = asked;
  const request: RunRequest<C, S, I, never, R> = {
    ...asked,
    observe: async () => input,
    perform: async () => {
      throw new Error("this decision has no actions");
    },
  };
  const span = runtime.telemetry.span("trigger", undefined, { tenant, noun: machine.noun, subject });
  try {
    const { record, reason } = decide(runtime, request, undefined, input, span.context.traceId);
    const labels = { noun: record.noun, reason, mode: record.mode };
    runtime.telemetry.count("headgate_decisions_total", labels);
    await runtime.journal.append(record);
    runtime.telemetry.count("headgate_decisions_recorded_total", labels);
    runtime.onDecision?.(record);
    return record;
  } catch (error) {
    span.fail(error);
    throw error;
  } finally {
    span.end();
  }
}
