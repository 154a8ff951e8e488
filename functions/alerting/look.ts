import { newest } from "../../shared/core/alerting/decide.ts";
import { counts } from "../../shared/core/alerting/group-delivery.ts";
import type { GroupConfig, GroupState } from "../../shared/core/alerting/group-types.ts";
import { dueTick } from "../../shared/core/alerting/machine.ts";
import type { PageInput } from "../../shared/core/alerting/oncall/paging-types.ts";
import type { CompiledRoute } from "../../shared/core/alerting/routes.ts";
import { type KnownEntry, type Summary, summarize } from "../../shared/core/alerting/suppress.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { Alerting } from "./context.ts";
import { cooldownsFor } from "./cooldown-store.ts";
import { logKeys, rulesOf } from "./group-config.ts";
import { type GroupRows, readRows } from "./group-rows.ts";
import { sourcesFor } from "./inhibitors.ts";
import { pageOf } from "./oncall-page.ts";
import { keepSet, membersOf } from "./set-members.ts";
import { silencesInForce } from "./silence-store.ts";
import { heardOf } from "./twins.ts";

/** What a flush has seen. */
export interface Look {
  readonly read: GroupRows;
  readonly summary: Summary;
}

/** What integrations were told last, with the members of the sets; what has run out is nothing. */
async function knownLog(
  runtime: Runtime,
  config: GroupConfig,
  state: GroupState,
  page: PageInput | undefined,
  now: Millis,
): Promise<ReadonlyMap<string, KnownEntry | undefined>> {
  const entries = logKeys(config, page).map(async (key): Promise<readonly [string, KnownEntry | undefined]> => {
    const entry = Object.hasOwn(state.log, key) ? state.log[key] : undefined;
    if (!entry || !counts(config, state, entry, now)) return [key, undefined];
    const [firing, resolved] = await Promise.all([
      membersOf(runtime, entry.firing),
      membersOf(runtime, entry.resolved),
    ]);
    return [key, { at: entry.at, firing: new Set(firing), resolved: new Set(resolved) }];
  });
  return new Map(await Promise.all(entries));
}

/** Looks at a group's alerts and at everything that may hold them back. */
export async function lookAt(
  runtime: Runtime,
  tenant: string,
  alerting: Alerting,
  group: {
    readonly subject: string;
    readonly route: CompiledRoute;
    readonly config: GroupConfig;
    readonly state: GroupState;
    readonly dueAt: Millis | undefined;
  },
): Promise<Look> {
  const { subject, route, config, state } = group;
  const now = Math.floor(runtime.now());
  const rules = rulesOf(alerting);
  const tick = dueTick(state, config, now, group.dueAt);
  const heard = await heardOf(runtime, tenant, alerting, state, tick);
  const known: GroupState = { ...state, log: newest(state.log, heard) };
  const page = await pageOf(runtime, tenant, alerting, config, known, now);
  const [read, silences, log] = await Promise.all([
    readRows(runtime, tenant, subject),
    silencesInForce(runtime, tenant),
    knownLog(runtime, config, known, page, now),
  ]);
  const [sources, cooldowns] = await Promise.all([
    sourcesFor(runtime, tenant, alerting, read.rows.values()),
    cooldownsFor(runtime, tenant, rules.cooldownKeys, read.rows.values()),
  ]);
  const summary = summarize({
    now,
    tick,
    rows: read.rows,
    route,
    intervals: alerting.intervals,
    inhibit: alerting.inhibit,
    sources: ({ key }) => sources.get(key),
    silences,
    log,
    ...(Object.keys(heard).length > 0 ? { heard } : {}),
    ...(cooldowns ? { cooldowns } : {}),
    escalation: rules.escalation.matches,
    ...(page ? { page } : {}),
  });
  const told = (wanted: "firing" | "resolved") => () =>
    summary.send.flatMap(({ row, status }) => (status === wanted ? [row.fingerprint] : []));
  await Promise.all([
    keepSet(runtime, summary.input.firing, told("firing")),
    keepSet(runtime, summary.input.resolved, told("resolved")),
  ]);
  return { read, summary };
}
