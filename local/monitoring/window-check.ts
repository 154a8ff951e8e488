import { formatDuration, type Millis } from "../../shared/core/kernel/time.ts";
import type { SelfCheck } from "../../shared/shell/runtime.ts";
import type { SampleWindow } from "./window.ts";

const MB = 1024 * 1024;

/** Whether the window holds all that it should: what it lost is missing until a window's length has passed. */
export function windowCheck(
  window: Pick<SampleWindow, "bytes" | "series" | "losses" | "keepMs">,
  now: Millis,
): SelfCheck {
  const { evicted, forgottenSeries, refusedSeries, at } = window.losses();
  const observed = { observedValue: Math.round((window.bytes() / MB) * 10) / 10, observedUnit: "MB" };
  const name = "window:room";
  if (at === undefined || now - at > window.keepMs) return { name, check: { status: "pass", ...observed } };
  const lost = [
    ...(evicted > 0 ? [`${evicted} samples dropped before their time`] : []),
    ...(forgottenSeries > 0 ? [`${forgottenSeries} ended series forgotten`] : []),
    ...(refusedSeries > 0 ? [`${refusedSeries} series not taken`] : []),
  ].join(", ");
  const output = `the window is full: ${lost}, last ${formatDuration(Math.max(0, now - at))} ago; monitoring.windowMb makes it larger`;
  return { name, check: { status: "warn", output, ...observed } };
}
