import { alarmsFor } from "../../shared/core/autoscaling/alarms.ts";
import type { AlarmChanges, WantedAlarm } from "../../shared/core/ports/alarms.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { targetsOf } from "../autoscaling/targets.ts";

/** Where nothing holds alarms there is nothing to change. */
export const NO_ALARMS: AlarmChanges = { created: [], updated: [], removed: [], unchanged: 0 };

/** The alarms a configuration needs so that its services wake Headgate, at most two for each. */
export function wantedAlarms(config: HeadgateConfig): readonly WantedAlarm[] {
  return targetsOf(config).flatMap((target) =>
    alarmsFor(target.name, target.config).map(({ purpose: _, ...alarm }) => ({ service: target.ref, ...alarm })),
  );
}
