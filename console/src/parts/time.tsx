import { useNow } from "../clock.ts";
import { absolute, clockTime, relative } from "../format.ts";

/** "3 min ago", the absolute time on hover. */
export function Ago({ at }: { at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={absolute(at)}>
      {relative(at, useNow())}
    </time>
  );
}

/** "14:02:11", with the day when it is not today; the absolute time on hover. */
export function At({ at }: { at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={absolute(at)}>
      {clockTime(at, useNow())}
    </time>
  );
}
