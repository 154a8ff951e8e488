import { runbookMachine, runbookSubject } from "../../shared/core/backup/runbook/machine.ts";
import type {
  Runbook,
  RunbookAction,
  RunbookConfig,
  RunbookDeed,
  RunbookInput,
  RunbookReason,
  RunbookState,
} from "../../shared/core/backup/runbook/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { timeId } from "../../shared/core/kernel/id.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import { SECOND_MS } from "../../shared/core/kernel/time.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import "../shared-parts.ts";

const POLL_MS = 10 * SECOND_MS;
/** Steps that one call carries out at the most: what is left is found by the timer. */
const MOST_TURNS = 200;
/** A timer may be looking at it just when somebody says something: so often it is asked again, real ms apart. */
const MOST_WAITS = 20;
const WAIT_MS = 250;

export interface DeedContext {
  /** The same for each try: what was begun under it is not begun again. */
  readonly key: string;
  /** Nothing may be done for good; said is what would be. */
  readonly rehearsal: boolean;
  readonly undo: boolean;
  /** What the step left when it was done, for undoing it. */
  readonly evidence?: Json;
}

export interface DeedResult {
  /** waiting: under way, look again. failed: may go well another time. refused: never will. */
  readonly status: "done" | "waiting" | "failed" | "refused";
  /** Whole sentence. */
  readonly text: string;
  readonly evidence?: Json;
}

/** Who does what a runbook's steps say; a kind that is absent is refused. Throwing is a failure in passing. */
export type RunbookDeeds = {
  readonly [K in RunbookDeed["kind"]]?: (
    deed: Extract<RunbookDeed, { kind: K }>,
    context: DeedContext,
  ) => Promise<DeedResult>;
};

export interface RunbookSetup {
  readonly runbook: Runbook;
  readonly deeds: RunbookDeeds;
  /** Version of the configuration. */
  readonly version: string;
  readonly pollMs?: number;
}

export const runbookKey = (tenant: string, name: string): AggregateKey => ({
  tenant,
  noun: runbookMachine.noun,
  subject: runbookSubject(name),
});

async function performDeed(deeds: RunbookDeeds, action: RunbookAction, now: () => number): Promise<ActionResult> {
  const { key, rehearsal, evidence } = action;
  const deed = deeds[action.do.kind] as ((deed: RunbookDeed, context: DeedContext) => Promise<DeedResult>) | undefined;
  const context = { key, rehearsal, undo: action.type === "dr_undo", ...(evidence === undefined ? {} : { evidence }) };
  try {
    if (!deed)
      return { key, at: now(), status: "refused", detail: `${action.do.kind.replaceAll("_", " ")} is not set up here` };
    const result = await deed(action.do, context);
    const values = {
      ...(result.status === "waiting" ? { waiting: true } : {}),
      ...(result.evidence === undefined ? {} : { evidence: result.evidence }),
    };
    return {
      key,
      at: now(),
      status: result.status === "waiting" ? "done" : result.status,
      detail: result.text,
      values,
    };
  } catch (error) {
    const final = error instanceof HeadgateError && !error.retryable && error.code !== "internal";
    return {
      key,
      at: now(),
      status: final ? "refused" : "failed",
      detail: error instanceof Error ? error.message : String(error),
    };
  }
}

async function turn(
  runtime: Runtime,
  tenant: string,
  { runbook, deeds, version, pollMs = POLL_MS }: RunbookSetup,
  trigger: Trigger,
  input: RunbookInput,
): Promise<RunResult<RunbookReason>> {
  const config: RunbookConfig = { runbook, pollMs };
  return run(runtime, {
    machine: runbookMachine,
    tenant,
    subject: runbookSubject(runbook.name),
    mode: "act",
    config,
    configVersion: version,
    trigger,
    observe: async () => input,
    perform: (action) => performDeed(deeds, action, () => Math.floor(runtime.now())),
  });
}

/**
 * One asking of a runbook, and as many steps as can be done now. What waits (for a person, or for something under way) is gone on with by the timer's wake or the next call;
 * any process may do so.
 *
 * @throws HeadgateError of store and journal; `restore.refused` where the machine says no
 */
export async function carryOutRunbook(
  runtime: Runtime,
  tenant: string,
  setup: RunbookSetup,
  trigger: Trigger,
  asked: RunbookInput = { kind: "look" },
): Promise<RunbookState> {
  const key = runbookKey(tenant, setup.runbook.name);
  let input = asked;
  let patience = asked.kind === "look" ? 0 : MOST_WAITS;
  for (let count = 0; count < MOST_TURNS; count += 1) {
    const { status, reason, record } = await turn(runtime, tenant, setup, trigger, input);
    if ((status === "busy" || status === "conflict") && patience > 0) {
      patience -= 1;
      await runtime.sleep(WAIT_MS);
      continue;
    }
    // What was asked is noted: whoever has it now goes on.
    if ((status === "busy" || status === "conflict") && input !== asked)
      return runbookState(runtime, tenant, setup.runbook.name);
    if (status === "busy" || status === "conflict")
      throw new HeadgateError("backup.busy", `${setup.runbook.name} is being worked on right now; ask again`, {
        retryable: true,
      });
    if (reason?.startsWith("refused_"))
      throw new HeadgateError("restore.refused", record?.trace.at(-1)?.text ?? reason);
    input = { kind: "look" };
    patience = 0;
    const stored = await runtime.store.load(key);
    const state = stored?.state as unknown as RunbookState | undefined;
    if (!state?.current) return state ?? { v: 1, ended: [] };
    if (stored?.pending || (stored?.dueAt ?? Number.POSITIVE_INFINITY) > runtime.now() || reason?.startsWith("held_")) {
      if (stored?.dueAt !== undefined) await runtime.timers.wake({ key, at: stored.dueAt }).catch(() => undefined);
      return state;
    }
  }
  return runbookState(runtime, tenant, setup.runbook.name);
}

/** Begins a run, or the rehearsal of one. @throws as {@link carryOutRunbook} */
export const startRunbook = (
  runtime: Runtime,
  tenant: string,
  setup: RunbookSetup,
  { rehearsal, by, why }: { readonly rehearsal: boolean; readonly by: string; readonly why: string },
): Promise<RunbookState> =>
  carryOutRunbook(
    runtime,
    tenant,
    setup,
    { type: "api", detail: why === "" ? by : `${by}: ${why}` },
    {
      kind: "start",
      id: timeId("drr", Math.floor(runtime.now()), runtime.random),
      rehearsal,
      by,
      why,
    },
  );

/** What is known of a runbook's runs; nothing of one that never ran. */
export async function runbookState(runtime: Runtime, tenant: string, name: string): Promise<RunbookState> {
  const stored = await runtime.store.load(runbookKey(tenant, name));
  return (stored?.state as unknown as RunbookState | undefined) ?? { v: 1, ended: [] };
}
