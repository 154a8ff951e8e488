import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Half of the work of a process that a test starts is compiling what the one before it compiled too.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules", ".cache", "compiled");

// Peers and infra have their own configs: they need parts that npm alone does not bring.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/peers/**", "test/infra/**", "node_modules/**"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Files share the modules of their worker, which is a quarter of all the work: what ours remember hangs on a runtime, a client or a
    // configuration, never on the process. `--sequence.shuffle.files` finds who breaks that.
    isolate: false,
    unstubEnvs: true,
    // Green is quiet: a test that logs on success is a test nobody reads when it fails.
    silent: "passed-only",
    reporters: ["default"],
  },
});
