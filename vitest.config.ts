import { defineConfig } from "vitest/config";

// Peers and infra have their own configs: they need parts that npm alone does not bring.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/peers/**", "test/infra/**", "node_modules/**"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Green is quiet: a test that logs on success is a test nobody reads when it fails.
    silent: "passed-only",
    reporters: ["default"],
  },
});
