import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Beside the peers, the simulations of bad luck at their full size.
    include: ["test/peers/**/*.test.ts", "test/shell/simulation*.test.ts"],
    env: { HEADGATE_SEEDS: process.env["HEADGATE_SEEDS"] ?? "2000" },
    testTimeout: 120_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
  },
});
