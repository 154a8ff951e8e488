import { availableParallelism } from "node:os";

/** Below this the operating system's counter (hundredths of a second) says little. */
const MIN_INTERVAL_MS = 100;

/**
 * CPU of this process since the last call, percent of the processors it may use, and its resident memory in bytes. Percent is
 * absent until there is an interval to speak of; within one, the last figure holds.
 */
export function processUsage(): () => { readonly cpuPercent?: number; readonly rssBytes: number } {
  let at = performance.now();
  let used = process.cpuUsage();
  let percent: number | undefined;
  return () => {
    const elapsedMs = performance.now() - at;
    if (elapsedMs >= MIN_INTERVAL_MS) {
      const { user, system } = process.cpuUsage(used);
      percent = ((user + system) / 1000 / elapsedMs / availableParallelism()) * 100;
      at = performance.now();
      used = process.cpuUsage();
    }
    const rssBytes = process.memoryUsage.rss();
    return percent === undefined ? { rssBytes } : { cpuPercent: percent, rssBytes };
  };
}
