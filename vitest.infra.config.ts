import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/infra/**/*.test.ts"],
    // Installs what SST needs, once; says so.
    globalSetup: ["test/infra/platform.ts"],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
  },
});
