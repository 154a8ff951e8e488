import * as v from "valibot";
import { Clock, opt, type Shape } from "../api/schemas-common.ts";
import type { CollectedView } from "../api/views-monitoring.ts";

const object = v.record(v.string(), v.unknown());
const parts = <T extends v.GenericSchema>(part: T) =>
  v.strictObject({ health: opt(part), performance: opt(part), data_processing: opt(part), resources: opt(part) });

/** What was collected of a service, for the OpenAPI document. */
export const CollectedShape = v.strictObject({
  clock: Clock,
  service: v.string(),
  collected: opt(
    v.strictObject({
      service_name: v.string(),
      timestamp: v.string(),
      endpoint: opt(v.string()),
      metrics: parts(object),
      errors: opt(parts(v.string())),
      notes: opt(v.array(v.string())),
    }),
  ),
  trouble: opt(v.string()),
}) satisfies Shape<CollectedView>;
