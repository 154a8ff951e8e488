import type { GroupInput, GroupState } from "../../shared/core/alerting/group-types.ts";
import { alertGroup } from "../../shared/core/alerting/machine.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { alertingIn } from "./context.ts";
import { decideGroup } from "./decide-group.ts";
import { liveOf } from "./live.ts";
import { groupKeyIn, wakeAt } from "./open-group.ts";

/** What somebody says about a group, or about every group that an alert is in. */
export interface Said {
  /** Subject of a group: `grp_…`. */
  readonly group?: string;
  /** Fingerprint of an alert. */
  readonly alert?: string;
  readonly by: string;
  readonly comment: string;
}

export interface SaidResult {
  /** Groups that heard it. */
  readonly groups: readonly string[];
  /** Decision records of it. */
  readonly decisions: readonly string[];
}

/**
 * Somebody sees to it: escalation and repeats stop until the group has news.
 *
 * @throws HeadgateError `alert.unknown`, `alerting.off`, `store.throttled` when the group is being flushed and did not come free
 */
export const acknowledge = (runtime: Runtime, tenant: string, said: Said): Promise<SaidResult> =>
  say(runtime, tenant, said, "acknowledge");

/** Takes an acknowledgement back. Errors as {@link acknowledge}. */
export const unacknowledge = (runtime: Runtime, tenant: string, said: Said): Promise<SaidResult> =>
  say(runtime, tenant, said, "unacknowledge");

/** A remark, kept in the group's history. Errors as {@link acknowledge}. */
export const comment = (runtime: Runtime, tenant: string, said: Said): Promise<SaidResult> =>
  say(runtime, tenant, said, "comment");

type Kind = Exclude<GroupInput["kind"], "open" | "flush">;

async function say(runtime: Runtime, tenant: string, said: Said, kind: Kind): Promise<SaidResult> {
  const subjects = await subjectsOf(runtime, tenant, said);
  const alerting = await alertingIn(runtime, tenant);
  const { by, comment: text } = said;
  const heard = await Promise.all(
    subjects.map(async (subject) => {
      const stored = await runtime.store.load(groupKeyIn(tenant, subject));
      if (!stored || (stored.state as unknown as GroupState).status !== "open") return undefined;
      const trigger = { type: "api" as const, detail: `${kind} by ${by}` };
      const { result } = await decideGroup(runtime, { tenant, alerting, stored, trigger }, async () => ({
        input: { kind, by, comment: text },
      }));
      if (result.status === "busy" || result.status === "conflict")
        throw new HeadgateError("store.throttled", "the group is being told of at this moment; say it again", {
          retryable: true,
        });
      const dueAt = (await runtime.store.load(stored.key))?.dueAt;
      if (dueAt !== undefined) await wakeAt(runtime, tenant, subject, dueAt);
      return { subject, decision: result.record?.id };
    }),
  );
  const groups = heard.flatMap((one) => (one ? [one.subject] : []));
  if (groups.length === 0) throw unknown(said);
  return { groups, decisions: heard.flatMap((one) => one?.decision ?? []) };
}

async function subjectsOf(runtime: Runtime, tenant: string, said: Said): Promise<readonly string[]> {
  if (said.group !== undefined) return [said.group];
  const { alert = "" } = said;
  const { groups } = await liveOf(runtime, tenant);
  return groups.flatMap(({ id, rows }) => (rows.has(alert) ? [id] : []));
}

const unknown = ({ group, alert }: Said): HeadgateError =>
  new HeadgateError(
    "alert.unknown",
    group === undefined
      ? `no group has an alert ${JSON.stringify((alert ?? "").slice(0, 100))} now`
      : `no group ${JSON.stringify(group.slice(0, 100))} of ${alertGroup.noun} is open`,
  );
