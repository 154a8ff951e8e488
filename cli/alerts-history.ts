import type { AlertEventsView } from "../functions/api/views-notifications.ts";
import type { AlertEvent } from "../shared/core/alerting/engine.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import type { Millis } from "../shared/core/kernel/time.ts";
import { answer, client } from "./client.ts";
import type { Io } from "./io.ts";

/**
 * What the API has received between two instants, oldest first. Changes of the configuration are left out: a replay has its own.
 *
 * @throws ApiError of the API, HeadgateError `input.invalid` where it has what is no event
 */
export async function eventsFromApi(
  io: Io,
  from: Millis | undefined,
  to: Millis | undefined,
): Promise<{ readonly source: string; readonly events: readonly AlertEvent[]; readonly unitMs?: number }> {
  const [{ readEvent }, { readWindows }] = await Promise.all([
    import("../shared/core/alerting/replay-read.ts"),
    import("../shared/core/alerting/silence-windows.ts"),
  ]);
  const { events: route } = client(io).api.v1.alerting;
  const events: AlertEvent[] = [];
  let cursor: string | undefined;
  do {
    const query = {
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const page = await answer<AlertEventsView>(route.$get({ query }));
    for (const item of page.items) {
      if (Object.hasOwn(Object(item), "config")) continue;
      const read = readEvent(item, { readWindows });
      if (!read.ok)
        throw new HeadgateError("input.invalid", `an event that the API has kept: ${read.path} ${read.message}`);
      events.push(read.event);
    }
    io.progress(`${events.length} events …`);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { source: "API", events };
}
