import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./platform.ts";

const tsc = (project: string) =>
  spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--noEmit", "-p", project], {
    cwd: root,
    encoding: "utf8",
  });

it("sst.config.ts and stacks/ agree with the types of SST and the AWS provider", () => {
  const { stdout, status } = tsc("tsconfig.infra.json");
  expect(stdout).toBe("");
  expect(status).toBe(0);
});

it("a wrong property and a wrong schedule are found", () => {
  const { stdout, status } = tsc("test/infra/fixtures/planted/tsconfig.json");
  expect(status).not.toBe(0);
  expect(stdout).toContain("wrong-types.ts(5,");
  expect(stdout).toContain("wrong-types.ts(6,");
});
