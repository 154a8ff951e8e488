import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { Trace } from "../../shared/core/kernel/trace.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** Days of load that are played for a request. */
export const MOST_DAYS = 35;

/** API Gateway gives up after 30 s and the function after 29; reading the load and writing the answer take their part. Real ms. */
const DEPLOYED_MS = 18_000;
/** On one's own machine nobody gives up but who asks: the console waits for a minute. Real ms. */
const LOCAL_MS = 50_000;

/** How long a request may simulate, from when it came. */
export interface Patience {
  readonly ms: number;
  readonly over: () => boolean;
}

/** @param ms real time */
export function patience(ms: number): Patience {
  const end = performance.now() + ms;
  return { ms, over: () => performance.now() > end };
}

/** What a request has where it is answered. */
export const requestPatience = ({ parts }: Pick<Runtime, "parts">): Patience =>
  patience(parts === undefined ? LOCAL_MS : DEPLOYED_MS);

/** Others wait no longer than this for their turn. Real ms. */
const TURN_MS = 10;

/** Runs to the end, with pauses in which everybody else's work is done. */
export async function gently<T>(turns: Generator<unknown, T>): Promise<T>;
/** Undefined: it was given up on the way. */
export async function gently<T>(turns: Generator<unknown, T>, givenUp: () => boolean): Promise<T | undefined>;
export async function gently<T>(turns: Generator<unknown, T>, givenUp?: () => boolean): Promise<T | undefined> {
  let began = performance.now();
  for (;;) {
    if (givenUp?.()) return undefined;
    const turn = turns.next();
    if (turn.done) return turn.value;
    if (performance.now() - began < TURN_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  }
}

/**
 * The same within the time that there is.
 *
 * @param instead what can be done about it, as the end of a sentence
 * @throws HeadgateError `input.too_large` where the time is over
 */
export async function inTime<T>(
  turns: Generator<unknown, T>,
  given: Patience | undefined,
  instead: string = FEWER,
): Promise<T> {
  if (!given) return gently(turns);
  const result = await gently(turns, given.over);
  if (result === undefined) throw tooLong(given, instead);
  return result;
}

const FEWER = "send fewer days, or play them with the command line on a machine of your own";

export const tooLong = ({ ms }: Patience, instead: string = FEWER): HeadgateError =>
  new HeadgateError(
    "input.too_large",
    `playing this takes longer than the ${ms / SECOND_MS} s of a request: ${instead}`,
  );

/** @throws HeadgateError `trace.invalid` where a trace spans more than `mostDays` */
export function notTooManyDays({ points, stepMs }: Trace, mostDays: number | undefined): void {
  const [first, last] = [points[0], points.at(-1)];
  if (mostDays === undefined || !first || !last) return;
  const days = (last.at - first.at + Math.max(stepMs, MINUTE_MS)) / DAY_MS;
  if (days <= mostDays) return;
  // Upwards: what is a little too much must not read as what is allowed.
  const value = `${Math.ceil(days * 10) / 10} days`;
  throw new HeadgateError(
    "trace.invalid",
    `the trace spans ${value}, and at most ${mostDays} are played for a request`,
    {
      faults: [
        {
          ...{ path: "trace", message: "first and last row are too far apart", value },
          allowed: `at most ${mostDays} days; the command line plays more on a machine of your own`,
        },
      ],
    },
  );
}
