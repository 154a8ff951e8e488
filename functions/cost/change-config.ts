import type { ChangeConfig } from "../../shared/core/cost/change/types.ts";
import { GUARD_ROOM_MS } from "../../shared/core/cost/retention/propose.ts";
import { type RetentionConfig, retentionDefaults } from "../../shared/core/cost/section.ts";
import { HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { CostWork } from "./context.ts";

/** Settings of `cost.retention`; without that section its defaults: what is applied is guarded whatever the file says later. */
export const retentionConfig = ({ config }: CostWork): RetentionConfig => config.retention ?? retentionDefaults();

export const changeConfig = (work: CostWork, id: string): ChangeConfig => ({
  id,
  mode: retentionConfig(work).mode,
  everyMs: HOUR_MS,
  blindMs: 10 * MINUTE_MS,
  reserveMs: GUARD_ROOM_MS / 2,
});
