import type { FloorFacts, GroupFacts, StoragePrice, TopicFacts } from "../../shared/core/cost/retention/types.ts";
import { type RetentionConfig, retentionDefaults } from "../../shared/core/cost/section.ts";
import { DAY_MS, HOUR_MS } from "../../shared/core/kernel/time.ts";

export const NOW = Date.UTC(2026, 10, 23, 12);

export const reader = (more: Partial<GroupFacts> = {}): GroupFacts => ({
  ...{ group: "billing", members: true, lagMs: HOUR_MS },
  ...more,
});

export const floorFacts = (more: Partial<FloorFacts> = {}): FloorFacts => ({
  ...{ topic: "orders", groups: [reader()], strangers: [], backups: [], knownFrom: NOW - 40 * DAY_MS },
  ...more,
});

/** A topic of 300 GB that keeps a week, watched for as long as is asked for, read with an hour's lag. */
export const topicFacts = (more: Partial<TopicFacts> = {}): TopicFacts => ({
  ...floorFacts(),
  ...{ cluster: "events", topicId: "id", internal: false, partitions: 3, replicationFactor: 3 },
  settings: {
    cleanupPolicy: "delete",
    retentionMs: 7 * DAY_MS,
    retentionBytes: -1,
    segmentMs: 7 * DAY_MS,
    segmentBytes: 1_073_741_824,
    remote: false,
    own: {},
  },
  history: { from: NOW - 8 * DAY_MS, hours: 168, wantedHours: 168, readHours: 160, idleHours: 8 },
  access: "frequent",
  storedBytes: 300 * 2 ** 30,
  oldestMs: 7 * DAY_MS,
  ...more,
});

export const rules = (more: Partial<RetentionConfig> = {}): RetentionConfig => ({ ...retentionDefaults(), ...more });

export const PRICE: StoragePrice = { perGbMonth: { units: 1n, scale: 1 }, currency: "USD", source: "bill aws" };
