import * as v from "valibot";
import { DAY_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { durationText, InstantText, integerText } from "../api/validate.ts";

const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));
const Cursor = v.optional(text(2_000));

export const BackendsQuery = v.strictObject({ limit: v.optional(integerText(1, 10_000)), cursor: Cursor });

/** Backends as the file has them; each is checked on its own, so that a fault names the one it is in. */
export const RegisterBody = v.strictObject({
  backends: v.pipe(
    v.array(v.looseObject({ host: v.string(), port: v.number() })),
    v.minLength(1, "at least one backend"),
    v.description(
      "host and port; id, weight, maxConnections, capacity, tags, zone, region, version, priority, metadata, hashKey.",
    ),
  ),
  /** Who registers; renewals have to say the same. */
  source: v.optional(v.picklist(["api", "deploy"]), "api"),
  /** Not renewed within it: gone. Default: the service's. "none": until it is taken out. */
  lease: v.optional(v.union([v.literal("none"), durationText(SECOND_MS, 30 * DAY_MS)])),
});

const Ids = v.pipe(v.array(text(300)), v.minLength(1, "at least one id"), v.maxLength(20_000));
/** For the record. */
const said = {
  why: v.optional(v.pipe(v.string(), v.maxLength(500))),
  /** The person, where one key serves several. */
  by: v.optional(text(200)),
};
export const DrainBody = v.strictObject({
  ids: Ids,
  /** They take requests again. */
  undo: v.optional(v.boolean(), false),
  ...said,
});
export const RemoveBody = v.strictObject({ ids: Ids, ...said });

/** A request as a policy sees it. */
export const PickBody = v.strictObject({
  /** What consistent hashing hashes: any text. */
  key: v.optional(v.pipe(v.string(), v.maxLength(10_000))),
  tags: v.optional(v.pipe(v.array(text(200)), v.maxLength(100))),
  match: v.optional(v.record(text(200), v.pipe(v.string(), v.maxLength(1_000)))),
  /** Ids that were tried already. */
  tried: v.optional(v.pipe(v.array(text(300)), v.maxLength(1_000))),
});

export const HistoryQuery = v.strictObject({
  from: v.optional(InstantText),
  to: v.optional(InstantText),
  limit: v.optional(integerText(1, 500)),
  cursor: Cursor,
});

const Policy = v.picklist([
  "round_robin",
  "weighted_round_robin",
  "least_connections",
  "least_response_time",
  "consistent_hashing",
  "data_locality_aware",
  "random",
  "power_of_two",
  "ring_hash",
  "maglev",
  "rendezvous",
]);

/** Without requests: the latest that a gateway of this process has served. */
export const ReplayBody = v.strictObject({
  requests: v.optional(
    v.pipe(
      v.array(
        v.looseObject({
          at: v.number(),
          ms: v.optional(v.pipe(v.number(), v.minValue(0))),
          key: v.optional(v.pipe(v.string(), v.maxLength(1_000))),
          tags: v.optional(v.array(text(200))),
          match: v.optional(v.record(text(200), v.pipe(v.string(), v.maxLength(1_000)))),
          backend: v.optional(text(300)),
          status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(999))),
        }),
      ),
      v.maxLength(50_000, "at most 50,000 requests"),
    ),
  ),
  policies: v.optional(v.pipe(v.array(Policy), v.minLength(1), v.maxLength(11))),
  serviceMs: v.optional(v.pipe(v.number(), v.minValue(0.001), v.maxValue(3_600_000))),
  seed: v.optional(v.pipe(v.number(), v.integer())),
});

/** Shares of versions, absolute: percent or parts. `release`: back to the configuration's. */
export const VersionsBody = v.union([
  v.strictObject({
    shares: v.pipe(
      v.record(text(200), v.pipe(v.number(), v.minValue(0), v.maxValue(1_000_000))),
      v.check((all) => Object.keys(all).length <= 100, "at most 100 versions"),
    ),
    /** Also where another hand has changed the load balancer meanwhile. */
    takeOver: v.optional(v.boolean(), false),
    ...said,
  }),
  v.strictObject({ release: v.literal(true), ...said }),
]);
