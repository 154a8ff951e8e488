import type { Machines } from "../shared/shell/replay.ts";

/** Every noun of this build that decides; replay finds the machine of a record here. */
export const machines: Machines = {
  autoscaling: async (record) => (await import("./autoscaling/machine-of.ts")).autoscalingMachine(record),
  alerting: async () => (await import("./alerting/deferred.ts")).alertGroup,
  anomaly: async () => (await import("./anomaly/deferred.ts")).anomaly,
  backup: async (record) => (await import("./backup/deferred.ts")).backupMachine(record),
  cost: async (record) => (await import("./cost/deferred.ts")).costMachine(record),
  delivery: async (record) => (await import("./delivery/deferred.ts")).deliveryMachine(record),
  monitoring: async () => (await import("./monitoring/deferred.ts")).alertRule,
  oncall: async () => (await import("./alerting/oncall-deferred.ts")).oncallOverrides,
  traffic: async (record) => (await import("./traffic/deferred.ts")).trafficMachine(record),
};
