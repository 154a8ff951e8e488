import { globalDefaults, globalKind } from "./global.ts";
import { muteTimeIntervals, timeIntervals } from "./interval.ts";
import { eventRecorder, tracing } from "./other-sections.ts";
import { receivers } from "./receiver.ts";
import { string } from "./scalars.ts";
import { kept, list, optional, pointer, type StructOf, struct } from "./structures.ts";
import { inhibitRules, routeKind } from "./tree.ts";

/** Sections of alertmanager.yml in upstream's order. Source: config/config.go Config. */
export const fileFields = {
  global: optional(pointer({ ...globalKind, zero: globalDefaults() })),
  route: optional(pointer(routeKind)),
  inhibit_rules: optional(inhibitRules),
  receivers: optional(receivers),
  templates: kept(list(string)),
  mute_time_intervals: optional(muteTimeIntervals),
  time_intervals: optional(timeIntervals),
  tracing: optional(tracing),
  event_recorder: optional(eventRecorder),
};

export type FileStruct = StructOf<typeof fileFields>;

/** The whole file. */
export const file = struct(fileFields);
