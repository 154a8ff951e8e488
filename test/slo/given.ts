import * as v from "valibot";
import { type SloConfig, SloSection } from "../../shared/core/slo/config.ts";
import { objectivesOf } from "../../shared/core/slo/objectives.ts";
import type { Minute, Objective } from "../../shared/core/slo/types.ts";

/** A whole hour in November 2023. */
export const START = 472_224 * 3_600_000;

export const RATIO = { promql: { bad: "bad", total: "total" } };

export const sectionOf = (objectives: Readonly<Record<string, unknown>>): SloConfig =>
  v.parse(SloSection, { objectives });

/** One objective as headgate.yaml would have it; 99.9 % over 30 days of a ratio unless it says otherwise. */
export const given = (settings: Readonly<Record<string, unknown>> = {}, name = "checkout"): Objective =>
  objectivesOf(sectionOf({ [name]: { sli: RATIO, target: 99.9, ...settings } }))[0] as Objective;

export const repeat = (count: number, minute: Minute): Minute[] => Array.from({ length: count }, () => minute);
