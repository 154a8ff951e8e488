import * as v from "valibot";
import { ServiceTraffic, type TrafficConfig } from "../../shared/core/traffic/section.ts";

export type Section = v.InferInput<typeof ServiceTraffic>;

/** A traffic section with its defaults. */
export const traffic = (section: Section = {}): TrafficConfig => v.parse(ServiceTraffic, section);
