import { reportMachine } from "../../shared/core/cost/jobs/machine.ts";
import {
  type ReportConfig,
  type ReportInput,
  type ReportReason,
  type ReportState,
  reportSubject,
} from "../../shared/core/cost/jobs/types.ts";
import type { CostReportConfig } from "../../shared/core/cost/section.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import { type RunResult, run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { own } from "../own.ts";
import { type CostWork, openCost } from "./context.ts";
import { performReport } from "./perform.ts";
import "../shared-parts.ts";

/** Looks in a row while there is something to do at once: made, told, over. */
const MOST_LOOKS = 4;
const BACK_OFF_MS = 2 * MINUTE_MS;

export const reportKey = (tenant: string, name: string): AggregateKey => ({
  tenant,
  noun: reportMachine.noun,
  subject: reportSubject(name),
});

export const reportStateOf = (stored: Stored | undefined): ReportState | undefined =>
  stored?.state as unknown as ReportState | undefined;

/** "receiver/integration" of every integration of a report's receivers; a receiver that is not there stands for itself, and is told of as such. */
function targetsOf({ all }: CostWork, { receivers }: CostReportConfig): readonly string[] {
  const known = new Map((all?.alerting?.settings.receivers ?? []).map((one) => [one.name, one.integrations]));
  return receivers.flatMap((name) => {
    const integrations = known.get(name);
    return integrations ? integrations.map(({ id }) => `${name}/${id}`) : [`${name}/?`];
  });
}

function decide(
  work: CostWork,
  name: string,
  report: CostReportConfig,
  input: ReportInput,
  trigger: Trigger,
): Promise<RunResult<ReportReason>> {
  const { runtime, tenant, configVersion } = work;
  const config: ReportConfig = {
    report: name,
    every: report.every,
    at: report.at,
    targets: targetsOf(work, report),
    backOffMs: BACK_OFF_MS * runtime.speed,
  };
  return run(runtime, {
    machine: reportMachine,
    tenant,
    subject: reportSubject(name),
    mode: "act",
    config,
    configVersion,
    trigger,
    observe: async () => input,
    perform: (action) => performReport(work, report, action),
    // A slow receiver holds up no other one, and a bill of many files takes longer than a lease.
    parallel: true,
    keeps: true,
  });
}

/**
 * Looks at a scheduled report: makes it where it is due, tells it, goes on with what failed. Any number of workers may call it at any time. A report that
 * is no longer configured is forgotten.
 *
 * @throws HeadgateError of store and journal. What goes wrong with the report itself is in its state.
 */
export async function lookAtReport(runtime: Runtime, tenant: string, name: string, trigger: Trigger): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const work = await openCost(runtime, tenant);
    const report = own(work.config.reports, name);
    if (!report) return forget(runtime, tenant, name);
    const { status, stored } = await decide(work, name, report, { kind: "look" }, trigger);
    if (status !== "decided") return;
    const state = reportStateOf(stored);
    if (!state?.current || (stored?.dueAt ?? Number.POSITIVE_INFINITY) > runtime.now()) return;
  }
}

/** What is left of a report that was taken out of the configuration is due no more; it comes back with its history. */
async function forget(runtime: Runtime, tenant: string, name: string): Promise<void> {
  const stored = await runtime.store.load(reportKey(tenant, name));
  const state = reportStateOf(stored);
  if (!stored || !state || stored.dueAt === undefined) return;
  const { current: _, ...rest } = state;
  await runtime.store.write(stored.key, stored.version, { state: JSON.parse(JSON.stringify(rest)) });
}

interface ReportDone {
  /** Record of the word that was given. */
  readonly decision?: string;
  readonly state: ReportState | undefined;
}

/**
 * Makes a report now, by somebody's word; the schedule goes on as it was.
 *
 * @param ask `later`: it is begun, and made by whoever looks at what is due; a request is over before a large bill is read
 * @throws HeadgateError `input.invalid` where there is no such report, `cost.refused` where it is being made; those of store and journal
 */
export async function makeReportNow(
  work: CostWork,
  name: string,
  ask: { readonly by: string; readonly to?: string; readonly later?: boolean },
  trigger: Trigger,
): Promise<ReportDone> {
  const { runtime, tenant } = work;
  const report = own(work.config.reports, name);
  if (!report) {
    const known = Object.keys(work.config.reports).join(", ");
    throw new HeadgateError(
      "input.invalid",
      `there is no report ${JSON.stringify(name)}; ${known === "" ? "the configuration has none" : `there is ${known}`}`,
    );
  }
  const { status, reason, record, recorded } = await decide(work, name, report, { kind: "ask", ...ask }, trigger);
  if (status === "busy" || status === "conflict" || reason === "refused_under_way")
    throw new HeadgateError(
      "cost.refused",
      record?.trace.at(-1)?.text ?? `${name} is being made right now; ask again`,
      {
        retryable: true,
      },
    );
  // Missed, it is begun by the next tick.
  if (ask.later === true)
    await runtime.timers.wake({ key: reportKey(tenant, name), at: runtime.now() }).catch(() => undefined);
  else await lookAtReport(runtime, tenant, name, trigger);
  return {
    ...(recorded && record ? { decision: record.id } : {}),
    state: reportStateOf(await runtime.store.load(reportKey(tenant, name))),
  };
}
