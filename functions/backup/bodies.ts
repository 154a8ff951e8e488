import * as v from "valibot";

const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));
const names = v.pipe(v.array(text(249)), v.maxLength(10_000));
const offset = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const instant = v.pipe(v.number(), v.integer());
const rename = v.pipe(v.array(v.strictObject({ from: text(249), to: text(249) })), v.maxLength(10_000));
/** For the record. */
const said = {
  why: v.optional(v.pipe(v.string(), v.maxLength(500))),
  /** The person, where one key serves several. */
  by: v.optional(text(200)),
};

export const SaidBody = v.strictObject(said);
export const StopBody = v.strictObject({ ...said, id: v.optional(text(100)) });
export const HoldBody = v.strictObject({ reason: text(500), by: v.optional(text(200)) });
export const VerifyBody = v.strictObject({ deep: v.optional(v.boolean(), false) });
export const PruneBody = v.strictObject({ dryRun: v.optional(v.boolean(), true) });
export const DrillBody = v.strictObject({ ...said, point: v.optional(text(100)) });
export const DiffQuery = v.strictObject({ to: v.optional(text(100)) });

/** As `RestoreRequest` in shared/core/backup/restore/types.ts says; what it is worth is said by the plan. */
const Request = v.strictObject({
  topics: v.exactOptional(names),
  exclude: v.exactOptional(names),
  slices: v.exactOptional(
    v.pipe(
      v.array(
        v.strictObject({
          topic: v.exactOptional(text(249)),
          partition: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
          from: v.exactOptional(offset),
          to: v.exactOptional(offset),
        }),
      ),
      v.maxLength(10_000),
    ),
  ),
  time: v.exactOptional(v.strictObject({ from: v.exactOptional(instant), to: v.exactOptional(instant) })),
  keys: v.exactOptional(v.pipe(v.array(v.string()), v.maxLength(10_000))),
  rename: v.exactOptional(rename),
  prefix: v.exactOptional(text(200)),
  offsets: v.exactOptional(v.picklist(["keep", "translate"])),
  groups: v.exactOptional(v.union([v.picklist(["all", "none"]), names])),
  renameGroups: v.exactOptional(rename),
  groupPrefix: v.exactOptional(text(200)),
  existingGroups: v.exactOptional(v.picklist(["set", "keep"])),
  existing: v.exactOptional(v.picklist(["refuse", "continue", "append"])),
  replicationFactor: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100))),
  holdRetention: v.exactOptional(v.boolean()),
  acls: v.exactOptional(v.boolean()),
  quotas: v.exactOptional(v.boolean()),
  schemas: v.exactOptional(v.boolean()),
  jobs: v.exactOptional(v.boolean()),
  limits: v.exactOptional(v.strictObject({ pad: v.exactOptional(offset), markers: v.exactOptional(offset) })),
});

export const RestorePlanBody = v.strictObject({
  point: v.optional(text(100), "latest"),
  /** A cluster of `streams`; default: the plan's own. */
  into: v.optional(text(200)),
  request: v.optional(Request, {}),
});
export const RestoreBody = v.strictObject({
  ...RestorePlanBody.entries,
  ...said,
  /** It waits for somebody else's word before anything is written. */
  approval: v.optional(v.boolean(), false),
  /** Every record is read back and compared with the point. */
  check: v.optional(v.boolean(), false),
});
