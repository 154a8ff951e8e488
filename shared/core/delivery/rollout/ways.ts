import type { DurationMs } from "../../kernel/time.ts";
import type { DeliveryConfig } from "../section.ts";
import type { PlanStep, Strategy } from "./types.ts";

/** Instances of both versions in a step: what the new one has to have, and what the old one keeps. */
export interface Batch {
  readonly want: number;
  readonly keep: number;
}

/** How one strategy goes: what differs between them. The phases they share are in their own files. */
export interface Ways {
  readonly strategy: Strategy;
  /** The steps of a service of this size, which end with everything that this strategy moves before the old version goes. */
  plan(delivery: DeliveryConfig, size: number): readonly PlanStep[];
  /** Instances in a step; `serving` is how many the old version has now, which may be more than when it began. */
  batch(delivery: DeliveryConfig, size: number, percent: number, step: number, serving: number): Batch;
  /** How long the old version is kept after the last step. */
  bakeMs(delivery: DeliveryConfig): DurationMs;
  /** Time that the gate plans with, ms; undefined: it judges nothing. */
  judgedMs(delivery: DeliveryConfig): DurationMs | undefined;
  /** The old version loses instances on the way, and has to get them back on the way back. */
  readonly shrinks: boolean;
  /** It needs somebody who divides traffic between two versions. */
  readonly needsShares: boolean;
  /** One look that finds all instances ready is enough; else a second one has to find them so. */
  readonly readyAtOnce: boolean;
}

/** Part of the instances, at least one. */
export const partOf = (size: number, percent: number): number => Math.max(1, Math.ceil((size * percent) / 100));

/** Percent of the traffic that the new version's part of the instances is. */
export const percentOf = ({ want, keep = 0 }: Partial<Batch>): number =>
  want === undefined || want + keep === 0 ? 0 : Math.round((1000 * want) / (want + keep)) / 10;
