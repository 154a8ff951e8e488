import type { Receivers } from "../../shared/core/alerting/group-config.ts";
import { compileSchedule, standing } from "../../shared/core/alerting/oncall/compile.ts";
import type { OncallSectionValue, ScheduleSection } from "../../shared/core/alerting/oncall/section.ts";
import type { Schedule } from "../../shared/core/alerting/oncall/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { parseInstant } from "../../shared/core/kernel/instant.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { alertingOf } from "./context.ts";
import { rulesOf } from "./group-config.ts";
import { overridesOf } from "./oncall-store.ts";

/** Section `oncall` of the configuration in force; empty where it has none. */
export interface KnownOncall {
  readonly section: OncallSectionValue;
  readonly version: string;
  readonly appliedAt: Millis;
  /** Of alertmanager.yml; none without the section `alerting`. */
  readonly receivers: Receivers;
  readonly publicUrl?: string;
  readonly linkSecret?: string;
}

const NONE: OncallSectionValue = { people: {}, schedules: {}, escalations: {} };

/** @throws HeadgateError of store and objects */
export async function oncallOf(runtime: Runtime, tenant: string): Promise<KnownOncall> {
  const [current, alerting] = await Promise.all([currentConfig(runtime, tenant), alertingOf(runtime, tenant)]);
  const { publicUrl, linkSecret } = alerting?.config ?? {};
  return {
    section: current?.config.oncall ?? NONE,
    version: current?.version ?? "",
    appliedAt: current?.appliedAt ?? 0,
    receivers: alerting ? rulesOf(alerting).receivers : new Map(),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(linkSecret === undefined ? {} : { linkSecret }),
  };
}

/** @throws HeadgateError `oncall.unknown` with the names there are */
export function sectionOf({ schedules }: OncallSectionValue, name: string): ScheduleSection {
  const found = Object.hasOwn(schedules, name) ? schedules[name] : undefined;
  if (found) return found;
  const names = Object.keys(schedules);
  const known = names.length === 0 ? "there are none" : `there are ${names.slice(0, 10).join(", ")}`;
  throw new HeadgateError("oncall.unknown", `no schedule ${JSON.stringify(name.slice(0, 100))}: ${known}`);
}

/** A schedule with the overrides that were made by hand, ready to be asked. @throws HeadgateError `oncall.unknown` and those of the store */
export async function scheduleIn(
  runtime: Runtime,
  tenant: string,
  { section }: KnownOncall,
  name: string,
): Promise<Schedule> {
  const found = sectionOf(section, name);
  const made = await overridesOf(runtime, tenant, [name]);
  return compileSchedule(name, found, standing(section, made.get(name)));
}

/** The instant of a text; one without a zone is wall clock time of the schedule. The text was checked before. */
export function momentIn({ clock }: Pick<Schedule, "clock">, written: string | undefined): Millis | undefined {
  const read = written === undefined ? undefined : parseInstant(written);
  if (!read) return undefined;
  return read.form === "iso" && !read.zoned ? clock.instant(read.at) : read.at;
}
