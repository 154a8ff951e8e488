import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { DAY_MS } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { applyOpportunity, decideChange } from "./change.ts";
import { retentionConfig } from "./change-config.ts";
import { actionOf, seenNow } from "./change-seen.ts";
import { listChanges, loadChange } from "./change-store.ts";
import { type CostWork, openCost } from "./context.ts";
import { listOpportunities } from "./opportunities.ts";
import { tellTakenBack } from "./tell-guard.ts";
import "../shared-parts.ts";

const AT_ONCE = 4;
/** After the guard has taken a change back, Headgate does not make it again by itself for so long. */
const REST_MS = 7 * DAY_MS;
const GUARDED = new Set(["applying", "guarded", "reverting"]);

/** What one round of the guard did. */
export interface Guarded {
  readonly looked: number;
  readonly takenBack: readonly string[];
  readonly failed: readonly { readonly id: string; readonly why: string }[];
}

/**
 * The guard's look at one change: the floor anew against what is kept; taken back before a record that a live group needs can go.
 *
 * @throws HeadgateError of store and journal
 */
export async function lookAtChange(
  runtime: Runtime,
  tenant: string,
  id: string,
  trigger: Trigger,
): Promise<string | undefined> {
  const work = await openCost(runtime, tenant);
  const state = await loadChange(work, id);
  const action = actionOf(state);
  if (!state || !action || !GUARDED.has(state.status)) return undefined;
  const { reason, record } = await decideChange(work, id, trigger, async () => ({
    kind: "look",
    seen: await seenNow(work, action),
  }));
  // Told once, and not again with each attempt.
  if (reason === "taking_back" && state.status === "guarded")
    await tellTakenBack(work, action, record?.trace.at(-1)?.text ?? reason);
  return reason;
}

/** Looks at every change that is guarded. One that fails harms no other. @throws HeadgateError of the store */
export async function guardChanges(
  work: CostWork,
  trigger: Trigger = { type: "schedule", detail: "guard" },
): Promise<Guarded> {
  const changes = (await listChanges(work)).filter(({ state }) => GUARDED.has(state.status));
  const takenBack: string[] = [];
  const failed: { id: string; why: string }[] = [];
  await bounded(changes, AT_ONCE, async ({ id }) => {
    try {
      if ((await lookAtChange(work.runtime, work.tenant, id, trigger)) === "taking_back") takenBack.push(id);
    } catch (error) {
      failed.push({ id, why: error instanceof Error ? error.message : String(error) });
    }
  });
  return { looked: changes.length, takenBack, failed };
}

/**
 * In mode `act`: applies what is proposed for retention and of no high risk, by itself. What was dismissed, or taken back a short while ago, is left.
 *
 * @throws HeadgateError of store and objects
 */
export async function actOnOpportunities(work: CostWork): Promise<readonly string[]> {
  if (!work.config.retention || retentionConfig(work).mode !== "act") return [];
  const now = Math.floor(work.runtime.now());
  const { opportunities, changes } = await listOpportunities(work);
  const resting = new Set(
    changes.filter(({ state: { ended } }) => ended !== undefined && ended.at > now - REST_MS).map(({ id }) => id),
  );
  const applied: string[] = [];
  for (const { id, kind, risk, action, bounds } of opportunities) {
    if (kind !== "retention" || action.type !== "topic_configs" || risk === "high" || risk === "very_high") continue;
    if (resting.has(id)) continue;
    try {
      const why = bounds.at(-1) ?? "it is safe";
      await applyOpportunity(work, id, { by: "headgate", why }, { type: "schedule", detail: "mode act" });
      applied.push(id);
    } catch (error) {
      if (!(error instanceof HeadgateError && ["cost.refused", "opportunity.unknown"].includes(error.code)))
        throw error;
      work.runtime.telemetry.log("info", "an opportunity was not applied", {
        tenant: work.tenant,
        id,
        why: error.message,
      });
    }
  }
  return applied;
}
