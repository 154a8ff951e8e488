import { DAY_MS, type DurationMs, formatDuration } from "../kernel/time.ts";
import type { BackupFinding } from "./check-finding.ts";
import { checkPlan } from "./check-plan.ts";
import { keepSpan } from "./check-times.ts";
import { type PlaceSettings, prefixOf, readPlaces } from "./places.ts";
import type { RecoverySettings } from "./recovery/file.ts";
import type { BackupConfig, DestinationsConfig } from "./section.ts";

/** What the checks look at, its form being right. */
export interface BackupConfigs {
  readonly streams?: Readonly<Record<string, unknown>> | undefined;
  readonly destinations?: DestinationsConfig | undefined;
  readonly backup?: Readonly<Record<string, BackupConfig>> | undefined;
  readonly disasterRecovery?: { readonly file: string; readonly settings: RecoverySettings } | undefined;
}

/** Faults and warnings about the backups of a configuration, in the order of the file. Empty where they can work and are probably meant. */
export function checkBackup(config: BackupConfigs): readonly BackupFinding[] {
  const { destinations = {}, backup = {}, disasterRecovery } = config;
  const clusters = Object.keys(config.streams ?? {});
  const plans = Object.entries(backup);
  return [
    ...Object.entries(destinations).flatMap(([name, { s3 }]) => (s3 ? checkStorage(name, s3, plans) : [])),
    ...plans.flatMap(([name, plan]) => checkPlan(name, plan, { clusters, destinations })),
    ...(disasterRecovery ? checkRecovery(disasterRecovery.settings, disasterRecovery.file, plans, destinations) : []),
  ];
}

type S3 = Extract<PlaceSettings, { s3: unknown }>["s3"];
type Plans = readonly (readonly [string, BackupConfig])[];

/** Days that are paid for at the least (S3 pricing, "minimum storage duration", 2025-11). */
const LEAST_DAYS: Partial<Record<S3["storageClass"], number>> = { STANDARD_IA: 30, ONEZONE_IA: 30, GLACIER_IR: 90 };

/** A lock or a storage class that is longer than the plans keep: it works, and costs. */
function checkStorage(name: string, s3: S3, plans: Plans): readonly BackupFinding[] {
  const spans = plans
    .filter(([, { to }]) => to.includes(name))
    .map(([plan, { keep }]) => ({ plan, ms: keepSpan(keep) }));
  const [shortest] = spans.sort((a, b) => a.ms - b.ms);
  if (!shortest) return [];
  const found: BackupFinding[] = [];
  const more = (ms: DurationMs) => `about ${(ms / shortest.ms).toFixed(1)} times the storage of this plan`;
  const lock = s3.objectLock;
  if (lock && lock.for > shortest.ms)
    found.push({
      path: ["destinations", name, "s3", "objectLock", "for"],
      message: `plan ${shortest.plan} keeps points for ${formatDuration(shortest.ms)} and nobody can delete them before ${formatDuration(lock.for)}: ${more(lock.for)} is paid for`,
      value: formatDuration(lock.for),
      allowed: `at most ${formatDuration(shortest.ms)}, or a plan that keeps as long`,
      works: true,
    });
  const least = (LEAST_DAYS[s3.storageClass] ?? 0) * DAY_MS;
  if (least > shortest.ms)
    found.push({
      path: ["destinations", name, "s3", "storageClass"],
      message: `${s3.storageClass} is paid for ${formatDuration(least)} at the least, and plan ${shortest.plan} keeps points for ${formatDuration(shortest.ms)}: ${more(least)} is paid for`,
      value: s3.storageClass,
      allowed: "STANDARD, or a plan that keeps as long",
      works: true,
    });
  return found;
}

/** Two ways of naming one place are one: "s3://backup-primary" and a destination with that bucket. */
function placesOf(to: readonly string[], destinations: DestinationsConfig): readonly string[] {
  return readPlaces(to, destinations).places.map((one) =>
    "directory" in one ? one.directory : `s3://${one.s3.bucket}/${prefixOf(one.s3.prefix)}`,
  );
}

/** Whether the plans do what the disaster-recovery file promises. */
function checkRecovery(
  { backup }: RecoverySettings,
  file: string,
  plans: Plans,
  destinations: DestinationsConfig,
): readonly BackupFinding[] {
  if (!backup) return [];
  const found: BackupFinding[] = [];
  const warn = (message: string, allowed: string): void =>
    void found.push({ path: ["disasterRecovery"], message, value: file, allowed, works: true });
  if (plans.length === 0) {
    warn("the file asks for backups, and no plan makes any", "a plan under backup");
    return found;
  }
  const oftenest = Math.min(...plans.map(([, { every }]) => every));
  if (oftenest > backup.everyMs)
    warn(
      `the file asks for a restore point each ${formatDuration(backup.everyMs)}, and no plan makes one more often than each ${formatDuration(oftenest)}`,
      "a plan as often as that",
    );
  const longest = Math.max(...plans.map(([, { keep }]) => keepSpan(keep)));
  if (longest < backup.retentionMs)
    warn(
      `the file asks for points to be kept ${formatDuration(backup.retentionMs)}, and no plan keeps any longer than ${formatDuration(longest)}`,
      "a plan that keeps as long",
    );
  const written = new Set(plans.flatMap(([, { to }]) => placesOf(to, destinations)));
  const missing = backup.destinations.filter((one) =>
    placesOf([one], destinations).some((place) => !written.has(place)),
  );
  if (missing.length > 0)
    warn(`the file asks for points at ${missing.join(" and ")}, and no plan writes there`, "these in a plan's to");
  return found;
}
