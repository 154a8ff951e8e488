import { setTimeout as sleep } from "node:timers/promises";
import type { DeliveryServiceView } from "../functions/api/views-delivery.ts";
import { answer, client } from "./client.ts";
import { ApiError } from "./errors.ts";
import type { Io } from "./io.ts";

/** Real ms between two looks, and looks in a row that may fail: a control plane that restarts is back within. */
const POLL_MS = 500;
const MOST_FAILED = 20;

/** The state of a service's delivery. @throws ApiError */
export const deliveryOf = (io: Io, service: string): Promise<DeliveryServiceView> =>
  answer<DeliveryServiceView>(
    client(io).api.v1.delivery[":service"].$get({ param: { service: encodeURIComponent(service) } }),
  );

/**
 * Looks until the rollout is over.
 *
 * @param timeoutMs real ms; undefined: as long as it takes
 * @returns the last that was seen, and whether it is over
 * @throws ApiError where the API says no, or does not answer for a while
 */
export async function waitForRollout(
  io: Io,
  service: string,
  id: string,
  timeoutMs: number | undefined,
  seen: (view: DeliveryServiceView) => void,
): Promise<{ readonly view: DeliveryServiceView; readonly over: boolean }> {
  const until = timeoutMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
  let failed = 0;
  for (;;) {
    try {
      const view = await deliveryOf(io, service);
      failed = 0;
      seen(view);
      // What came after it says that it is over, whatever became of it.
      const current = view.summary.current?.id;
      if (current !== id) return { view, over: true };
      if (performance.now() >= until) return { view, over: false };
    } catch (error) {
      const passing = error instanceof ApiError && (error.code === "unreachable" || error.status >= 500);
      failed += 1;
      if (!passing || failed >= MOST_FAILED || performance.now() >= until) throw error;
    }
    await sleep(POLL_MS);
  }
}
