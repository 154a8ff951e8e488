import type { AlertingReason, GroupInput, GroupState } from "../../shared/core/alerting/group-types.ts";
import { alertGroup } from "../../shared/core/alerting/machine.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { Alerting } from "./context.ts";
import { groupConfig } from "./group-config.ts";
import { readRows } from "./group-rows.ts";
import { type Look, lookAt } from "./look.ts";
import { notificationOf } from "./notification.ts";
import { tellOfNobody } from "./oncall-page.ts";
import { perform } from "./perform.ts";

/** A group to decide about, as it was loaded. */
export interface Deciding {
  readonly tenant: string;
  readonly alerting: Alerting;
  readonly stored: Stored;
  readonly trigger: Trigger;
}

/** An input that an open group holds at: nothing is decided by a configuration that did not form it. */
const stale = (at: Millis): GroupInput => ({ kind: "open", at, startsAt: at });

/** What the last delivery to an integration left to be given again. */
function storeOf(stored: Stored, action: { readonly receiver: string; readonly integration: { readonly id: string } }) {
  const { identity, log } = stored.state as unknown as GroupState;
  const { receiver, integration } = action;
  const key = receiver === identity.receiver ? integration.id : `${receiver}/${integration.id}`;
  return Object.hasOwn(log, key) ? log[key]?.store : undefined;
}

/** One decision about a group; what another worker has left is finished before it. */
export async function decideGroup(
  runtime: Runtime,
  { tenant, alerting, stored, trigger }: Deciding,
  inputOf: (latest: Stored) => Promise<{ readonly input: GroupInput; readonly look?: Look }>,
): Promise<{ readonly result: RunResult<AlertingReason>; readonly look: Look | undefined }> {
  const { key } = stored;
  const { subject } = key;
  const { identity } = stored.state as unknown as GroupState;
  const route = alerting.routes.get(identity.routeId);
  let look: Look | undefined;
  let seen = stored;
  const result = await run(runtime, {
    machine: alertGroup,
    tenant,
    subject,
    mode: "act",
    config: groupConfig(alerting, route ?? alerting.root, identity),
    configVersion: alerting.version,
    trigger,
    loaded: stored,
    // A receiver that is slow must not hold up the others of the group.
    parallel: true,
    observe: async (attempt) => {
      if (attempt > 0) seen = (await runtime.store.load(key)) ?? stored;
      // Only what was begun under the former configuration is finished; the group is formed anew after that.
      if ((seen.state as unknown as GroupState).version !== alerting.formedBy) return stale(Math.floor(runtime.now()));
      const observed = await inputOf(seen);
      look = observed.look;
      return observed.input;
    },
    perform: (action, { attempt }) =>
      perform(runtime, tenant, action, attempt, () =>
        notificationOf(runtime, tenant, alerting, { subject, identity, route }, action, storeOf(seen, action), {
          look,
          rows: () => readRows(runtime, tenant, subject),
        }),
      ),
  });
  return { result, look };
}

/** The decision of a flush: from the group's alerts and everything that may hold them back. */
export async function decideFlush(runtime: Runtime, deciding: Deciding): ReturnType<typeof decideGroup> {
  const { tenant, alerting } = deciding;
  const decided = await decideGroup(runtime, deciding, async ({ key: { subject }, state, dueAt }) => {
    const group = state as unknown as GroupState;
    const route = alerting.routes.get(group.identity.routeId) ?? alerting.root;
    const config = groupConfig(alerting, route, group.identity);
    const look = await lookAt(runtime, tenant, alerting, { subject, route, config, state: group, dueAt });
    return { input: look.summary.input, look };
  });
  tellOfNobody(runtime, decided.result);
  return decided;
}
