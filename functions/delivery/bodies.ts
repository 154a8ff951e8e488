import * as v from "valibot";
import { InstantText, integerText } from "../api/validate.ts";

const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));
/** For the record. */
const said = {
  why: v.optional(v.pipe(v.string(), v.maxLength(500))),
  /** The person, where one key serves several. */
  by: v.optional(text(200)),
};

export const StrategyName = v.picklist(["canary", "blue-green", "rolling", "all-at-once", "flink-blue-green"]);

/**
 * A release: the members below, and beside them (or in `release`) the platform's container configuration: version, image, command,
 * environment, resources, ports, volumes, restart_policy, health_check. What it is worth is said by the parser of releases.
 */
export const ReleaseBody = v.looseObject({
  release: v.optional(v.record(v.string(), v.unknown())),
  strategy: v.optional(StrategyName),
  /** Instances; default: as many as there are now. */
  count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000))),
  /** Whatever the release does not say is as in the version that serves now. */
  inherit: v.optional(v.boolean(), true),
  ...said,
});

export const CommandBody = v.strictObject({
  /** The rollout that is meant: another one by now is refused. */
  id: v.optional(text(100)),
  ...said,
});

export const RolloutsQuery = v.strictObject({
  from: v.optional(InstantText),
  to: v.optional(InstantText),
  limit: v.optional(integerText(1, 100)),
  cursor: v.optional(v.pipe(v.string(), v.maxLength(2_000))),
});

export const PlanQuery = v.strictObject({ strategy: v.optional(StrategyName) });
