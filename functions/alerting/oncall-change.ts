import { oncallOverrides } from "../../shared/core/alerting/oncall/overrides.ts";
import type { OverridesInput } from "../../shared/core/alerting/oncall/overrides-types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { timeId } from "../../shared/core/kernel/id.ts";
import { type Millis, parseDuration } from "../../shared/core/kernel/time.ts";
import { run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { OverrideChangedView } from "../api/views-oncall.ts";
import { type KnownOncall, momentIn, oncallOf, scheduleIn, sectionOf } from "./oncall-known.ts";
import { overrideViews } from "./oncall-view.ts";

/** An override as it is asked for; see oncall-bodies.ts. */
export interface OverrideAsked {
  readonly person: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly for?: string | undefined;
  readonly why: string;
  readonly by: string;
}

interface Change {
  readonly tenant: string;
  readonly known: KnownOncall;
  readonly schedule: string;
  readonly input: OverridesInput;
}

/** What of an asked override is wrong, by the decision that refused it. */
const AT_FAULT: Readonly<Record<string, string>> = {
  held_unknown_person: "person",
  held_over: "to",
  held_too_long: "to",
  held_full: "person",
};

function refused(reason: string | undefined, text: string): HeadgateError {
  if (reason === "held_unknown_override") return new HeadgateError("oncall.unknown", text);
  const path = AT_FAULT[reason ?? ""] ?? "id";
  return new HeadgateError("input.invalid", text, { faults: [{ path, message: text }] });
}

/** One decision about the overrides of a schedule. @throws HeadgateError where it refuses, `store.throttled`, and those of store and journal */
async function change(runtime: Runtime, { tenant, known, schedule, input }: Change): Promise<OverrideChangedView> {
  const { by, why, id } = input;
  const { status, reason, record } = await run(runtime, {
    machine: oncallOverrides,
    tenant,
    subject: schedule,
    mode: "act",
    config: { schedule, people: Object.keys(known.section.people) },
    configVersion: known.version,
    trigger: { type: "api", detail: why === "" ? by : `${by}: ${why}` },
    observe: async () => input,
    perform: async ({ key }) => ({ key, status: "done", at: runtime.now(), detail: "" }),
  });
  if (status === "busy" || status === "conflict")
    throw new HeadgateError("store.throttled", "somebody else changes the schedule at this moment; say it again", {
      retryable: true,
    });
  const text = record?.trace[0]?.text ?? "";
  if (status === "unchanged") throw refused(reason, text);
  return {
    clock: clockOf(runtime),
    schedule,
    id,
    reason: reason ?? "",
    ...(record ? { decision: record.id } : {}),
    text,
    overrides: overrideViews(await scheduleIn(runtime, tenant, known, schedule), runtime.now()),
  };
}

const endOf = (from: Millis, to: Millis | undefined, length: string | undefined): Millis =>
  to ?? from + (parseDuration(length ?? "") ?? 0);

/** POST /api/v1/oncall/:schedule/overrides. @throws HeadgateError `oncall.unknown`, `input.invalid` */
export async function addOverride(
  runtime: Runtime,
  tenant: string,
  schedule: string,
  asked: OverrideAsked,
): Promise<OverrideChangedView> {
  const known = await oncallOf(runtime, tenant);
  const compiled = await scheduleIn(runtime, tenant, known, schedule);
  const now = Math.floor(runtime.now());
  const from = momentIn(compiled, asked.from) ?? now;
  const until = endOf(from, momentIn(compiled, asked.to), asked.for);
  const { person, why, by } = asked;
  const id = timeId("ovr", now, runtime.random);
  return change(runtime, { tenant, known, schedule, input: { kind: "add", id, from, until, person, why, by } });
}

/** DELETE /api/v1/oncall/:schedule/overrides/:id. @throws HeadgateError `oncall.unknown`, `input.invalid` where it is over */
export async function removeOverride(
  runtime: Runtime,
  tenant: string,
  schedule: string,
  { id, why, by }: { readonly id: string; readonly why: string; readonly by: string },
): Promise<OverrideChangedView> {
  const known = await oncallOf(runtime, tenant);
  sectionOf(known.section, schedule);
  return change(runtime, { tenant, known, schedule, input: { kind: "remove", id, why, by } });
}
