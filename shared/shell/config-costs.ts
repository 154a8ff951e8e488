import { readPlaces } from "../core/backup/places.ts";
import { checkCost } from "../core/cost/check.ts";
import type { MeaningCheck } from "./config-releases.ts";

/** The meaning of `cost`, whose form is right, and of what it refers to in other sections. */
export const checkCosts: MeaningCheck = ({ cost, streams, destinations, alerting }) =>
  cost === undefined
    ? []
    : checkCost(cost, {
        clusters: Object.keys(streams ?? {}),
        alerting: alerting !== undefined,
        ...(alerting ? { receivers: alerting.settings.receivers.map(({ name }) => name) } : {}),
        places: (to) =>
          readPlaces(to, destinations).faults.map(({ path, message, value, allowed }) => ({
            index: Number(/\[(\d+)\]$/.exec(path)?.[1] ?? 0),
            message,
            value,
            allowed: allowed ?? "a destination",
          })),
      });
