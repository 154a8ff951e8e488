import { APPLICABLE } from "../../shared/core/cost/change/apply.ts";
import { changeMachine } from "../../shared/core/cost/change/machine.ts";
import {
  type ChangeInput,
  type ChangeProof,
  type ChangeReason,
  type ChangeState,
  changeSubject,
  type NotedOpportunity,
  type Setting,
} from "../../shared/core/cost/change/types.ts";
import { text } from "../../shared/core/cost/decimal.ts";
import type { Opportunity } from "../../shared/core/cost/opportunity.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { iso, type Millis } from "../../shared/core/kernel/time.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import { changeConfig } from "./change-config.ts";
import { setConfigs } from "./change-deed.ts";
import { actionOf, seenNow } from "./change-seen.ts";
import { loadChange } from "./change-store.ts";
import type { CostWork } from "./context.ts";
import { findOpportunity } from "./opportunities.ts";
import "../shared-parts.ts";

/** Who says so, and why. */
export interface ChangeSaid {
  readonly by: string;
  readonly why: string;
}

/** What came of somebody's word about an opportunity. */
export interface ChangeDone {
  readonly id: string;
  readonly reason: ChangeReason;
  /** A whole sentence. */
  readonly text: string;
  /** Its record; absent where nothing new was decided. */
  readonly decision?: string;
  readonly state?: ChangeState;
}

/** An opportunity as it is kept: JSON knows no exact decimals. */
export const noted = ({ savingPerMonth, ...rest }: Opportunity): NotedOpportunity => ({
  ...rest,
  ...(savingPerMonth ? { savingPerMonth: text(savingPerMonth) } : {}),
});

/** One decision about one change. @throws HeadgateError `cost.refused` where others were faster, five times; those of store and journal */
export async function decideChange(
  work: CostWork,
  id: string,
  trigger: Trigger,
  observe: () => Promise<ChangeInput>,
): Promise<RunResult<ChangeReason>> {
  const { runtime, tenant, configVersion } = work;
  const config = changeConfig(work, id);
  const result = await run(runtime, {
    machine: changeMachine,
    tenant,
    subject: changeSubject(id),
    mode: config.mode,
    config,
    configVersion,
    trigger,
    observe,
    perform: (deed) => setConfigs(work, deed),
  });
  if (result.status === "busy" || result.status === "conflict")
    throw new HeadgateError("cost.refused", `change ${id} is being worked on right now; ask again`, {
      retryable: true,
    });
  return result;
}

/** Tells what came of it. @throws HeadgateError `cost.refused` with the reason in words */
async function told(work: CostWork, id: string, result: RunResult<ChangeReason>): Promise<ChangeDone> {
  const { reason = "held_nothing_to_guard", record, recorded, results } = result;
  const why = record?.trace.at(-1)?.text ?? reason.replaceAll("_", " ");
  if (reason.startsWith("refused_")) throw new HeadgateError("cost.refused", `${id}: ${why}`);
  const failed = results.find(({ status }) => status === "refused" || status === "superseded");
  if (failed) throw new HeadgateError("cost.refused", `${id}: ${failed.detail}`);
  const state = await loadChange(work, id);
  return {
    id,
    reason,
    text: results[0]?.detail ?? why,
    ...(recorded && record ? { decision: record.id } : {}),
    ...(state ? { state } : {}),
  };
}

const spoken = ({ by, why }: ChangeSaid): Trigger => ({ type: "api", detail: why === "" ? by : `${by}: ${why}` });

/**
 * Applies an opportunity: looked at again at this very moment, then one call, then guarded.
 *
 * @param shown what the settings were when somebody was shown it: they are still so, or another hand has been there since and it is refused
 * @throws HeadgateError `opportunity.unknown`; `cost.refused`: the mode, another hand, the floor, or what cannot be seen; `streams.*`
 */
export async function applyOpportunity(
  work: CostWork,
  id: string,
  said: ChangeSaid,
  trigger: Trigger = spoken(said),
  shown?: readonly Setting[],
): Promise<ChangeDone> {
  const held = await loadChange(work, id);
  // It is no opportunity any more, and nothing unknown either.
  if (held && !APPLICABLE.has(held.status))
    throw new HeadgateError("cost.refused", `${id}: it is ${held.status} since ${iso(held.since)}`);
  const found = noted(await findOpportunity(work, id));
  const action = actionOf(found);
  const note = action && shown ? { ...found, action: { ...action, before: shown } } : found;
  const result = await decideChange(work, id, trigger, async () => ({
    kind: "apply",
    ...said,
    opportunity: note,
    seen: action ? await seenNow(work, action) : { status: "by_hand" },
  }));
  return told(work, id, result);
}

/**
 * Takes a change back in one call: settings are again what they were, overrides that were not there are taken away.
 *
 * @throws HeadgateError `opportunity.unknown`, `cost.refused`, `streams.*`
 */
export async function revertChange(work: CostWork, id: string, said: ChangeSaid): Promise<ChangeDone> {
  const state = await loadChange(work, id);
  if (!state) throw unknown(id);
  const action = actionOf(state);
  const result = await decideChange(work, id, spoken(said), async () => ({
    kind: "revert",
    ...said,
    seen: action ? await seenNow(work, action) : { status: "by_hand" },
  }));
  return told(work, id, result);
}

/**
 * Dismisses an opportunity, for a while or for good. One that is dismissed already gets the new reason.
 *
 * @throws HeadgateError `opportunity.unknown`, `cost.refused`
 */
export async function dismissOpportunity(
  work: CostWork,
  id: string,
  said: ChangeSaid & { readonly until?: Millis },
): Promise<ChangeDone> {
  const known = (await loadChange(work, id))?.opportunity ?? noted(await findOpportunity(work, id));
  const result = await decideChange(work, id, spoken(said), async () => ({
    kind: "dismiss",
    ...said,
    opportunity: known,
  }));
  return told(work, id, result);
}

/** Takes a dismissal back. @throws HeadgateError `opportunity.unknown`, `cost.refused` */
export async function reopenOpportunity(work: CostWork, id: string, said: ChangeSaid): Promise<ChangeDone> {
  if (!(await loadChange(work, id))) throw unknown(id);
  return told(work, id, await decideChange(work, id, spoken(said), async () => ({ kind: "reopen", ...said })));
}

/** Keeps what the bills say of a change. @throws HeadgateError `cost.refused` where it was never applied */
export async function keepProof(work: CostWork, id: string, proof: ChangeProof, trigger: Trigger): Promise<ChangeDone> {
  return told(work, id, await decideChange(work, id, trigger, async () => ({ kind: "prove", proof })));
}

const unknown = (id: string): HeadgateError =>
  new HeadgateError(
    "opportunity.unknown",
    `there is no change ${JSON.stringify(id)}; headgate cost changes lists them`,
  );
