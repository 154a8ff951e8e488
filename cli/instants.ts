import type { DecisionsView } from "../functions/api/views.ts";
import { parseInstant } from "../shared/core/kernel/instant.ts";
import { parseDuration } from "../shared/core/kernel/time.ts";
import { answer, client } from "./client.ts";
import { type Given, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import type { Io } from "./io.ts";

/**
 * An instant, or a length of time (`1h`, `-1h`) before the control plane's now, whose clock may run faster than this machine's.
 *
 * @throws UsageError where it is neither
 */
export async function instant(io: Io, options: Given, name: string, help: string): Promise<number | undefined> {
  const given = text(options, name);
  if (given === undefined) return undefined;
  const length = parseDuration(given.replace(/^-/, ""));
  if (length !== undefined) {
    const { clock } = await answer<DecisionsView>(client(io).api.v1.decisions.$get({ query: { limit: 1 } }));
    return clock.now - length;
  }
  const parsed = parseInstant(given);
  if (!parsed) throw new UsageError(`--${name} ${given} is neither an instant nor a duration such as 1h`, help);
  return parsed.at;
}
