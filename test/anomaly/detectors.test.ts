import { expect, test } from "vitest";
import { createNamed, DETECTORS } from "../../shared/core/anomaly/detectors.ts";

test.each(DETECTORS)("%s scores finite values in [0, 1]", (name) => {
  const detector = createNamed(name);
  for (let row = 0; row < 300; row += 1) {
    const score = detector.push(row * 60_000, row === 250 ? 1e6 : Math.sin(row));
    expect(score >= 0 && score <= 1).toBe(true);
  }
});

test.each(["headgate", "seed"] as const)("%s goes on where it was saved", (name) => {
  const value = (row: number) => 10 + ((row * 7919) % 101) / 10 + (row % 83 === 0 ? 40 : 0);
  const whole = createNamed(name);
  const first = createNamed(name);
  for (let row = 0; row < 400; row += 1)
    expect(first.push(row * 300_000, value(row))).toBe(whole.push(row * 300_000, value(row)));
  const state = first.save?.() ?? new Uint8Array();
  const second = createNamed(name, { state });
  for (let row = 400; row < 800; row += 1)
    expect(second.push(row * 300_000, value(row))).toBe(whole.push(row * 300_000, value(row)));
});
