import { expect, test } from "vitest";
import { reachOf } from "../../functions/monitoring/reach.ts";

test.each([
  // What every scrape brings anew is known as soon as all targets have been scraped once.
  ["up == 0", 0],
  ["avg by (job) (service_queue_length) > 20", 0],
  ["absent(up)", 0],
  ["rate(x[5m]) > 1", 300_000],
  ["x offset 10m", 600_000],
  ["max_over_time((x > 1)[10m:1m])", 600_000],
  ["rate(x[5m]) / y", 300_000],
])("%s looks %i ms further back than a scrape", (expr, ms) => {
  expect(reachOf(expr)).toBe(ms);
});
