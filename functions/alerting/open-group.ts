import type { GroupConfig, GroupInput, GroupState } from "../../shared/core/alerting/group-types.ts";
import { alertGroup } from "../../shared/core/alerting/machine.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

const TRIES = 8;

export const groupKeyIn = (tenant: string, subject: string) => ({ tenant, noun: alertGroup.noun, subject });

/**
 * Makes sure that a group whose rows have just been written is looked at: opens it where it is not, and sets its timer. To open is no
 * decision anybody has to be told of, so it is one conditional write without a record: a burst of new groups costs one write each.
 *
 * Called after the rows are durable, never before: a flush that empties the group at the same moment looks for rows after it has said
 * so, hence one of the two sees the other.
 *
 * @returns when the group is looked at next
 * @throws HeadgateError of the store; `store.throttled` when others kept writing it
 */
export async function openGroup(
  runtime: Runtime,
  tenant: string,
  subject: string,
  config: GroupConfig,
  open: Extract<GroupInput, { kind: "open" }>,
): Promise<Millis | undefined> {
  const key = groupKeyIn(tenant, subject);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await runtime.sleep(runtime.random() * 2 ** attempt * 5);
    const stored: Stored | undefined = await runtime.store.load(key);
    const before = stored?.state as unknown as GroupState | undefined;
    // Claimed or open: whoever flushes it sees the rows, or looks for them after emptying it.
    if (stored?.pending || before?.status === "open") return stored?.dueAt;
    const { state } = alertGroup.step(config, before ?? alertGroup.initial(config, open.at), open, open.at);
    if (state.status !== "open") return stored?.dueAt;
    // The first tick may be now.
    const dueAt = state.firstTickAt;
    const written = await runtime.store.write(key, stored?.version ?? 0, {
      state: state as unknown as Json,
      ...(dueAt === undefined ? {} : { dueAt }),
    });
    if (!written.ok) continue;
    if (dueAt !== undefined) await wakeAt(runtime, tenant, subject, dueAt);
    return dueAt;
  }
  throw new HeadgateError("store.throttled", `too many writers at group ${subject}`, { retryable: true });
}

/** Groups this process has seen: of these it is not to be expected that they are not there. */
const seen = new WeakMap<object, Set<string>>();
const MOST_SEEN = 50_000;
/** A group that is due sooner is opened after its rows are durable, as ever: nobody may flush it without them. Real ms. */
const EARLY_MS = 500;

/**
 * Opens a group nobody here has seen yet beside the writing of its rows, so that a burst of new groups waits for one commit and not for
 * two. Nothing is read: where the group is there already, nothing is written.
 *
 * @returns when it is due, until when nobody looks at it; undefined: it has to be opened once its rows are durable
 * @throws HeadgateError of the store
 */
export async function openUnseen(
  runtime: Runtime,
  tenant: string,
  subject: string,
  config: GroupConfig,
  open: Extract<GroupInput, { kind: "open" }>,
): Promise<Millis | undefined> {
  let known = seen.get(runtime.store);
  if (!known || known.size >= MOST_SEEN) seen.set(runtime.store, (known = new Set()));
  const name = `${tenant}/${subject}`;
  if (known.has(name)) return undefined;
  known.add(name);
  const { state } = alertGroup.step(config, alertGroup.initial(config, open.at), open, open.at);
  const { firstTickAt } = state;
  if (firstTickAt === undefined || firstTickAt - runtime.now() < EARLY_MS * runtime.speed) return undefined;
  const next = { state: state as unknown as Json, dueAt: firstTickAt };
  const { ok } = await runtime.store.write(groupKeyIn(tenant, subject), 0, next);
  return ok ? firstTickAt : undefined;
}

/** Sets a group's timer. Failing is no harm: the tick finds the same instant in `due`. */
export async function wakeAt(runtime: Runtime, tenant: string, subject: string, at: Millis): Promise<void> {
  try {
    await runtime.timers.wake({ key: groupKeyIn(tenant, subject), at });
  } catch (error) {
    runtime.telemetry.log("warn", "timer not set; the tick will see it", {
      tenant,
      group: subject,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}
