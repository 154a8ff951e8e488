import { expect, it } from "vitest";
import { anomalyText } from "../../shared/core/anomaly/words.ts";

const open = {
  since: 0,
  peak: 0.7,
  kind: "context",
  movement: "rose",
  severity: "medium",
  low: 10,
  high: 150,
} as const;

it.each([
  [200, "traffic rose to 200 requests/s, expected 10 to 150 requests/s (unusual after the last hours, score 0.70)"],
  [
    76,
    "traffic rose to 76 requests/s, inside of the expected 10 to 150 requests/s (unusual after the last hours, score 0.70)",
  ],
])("a value of %d is told truly of its band", (value, text) => {
  expect(anomalyText("traffic", { ...open, value }, "requests/s")).toBe(text);
});
