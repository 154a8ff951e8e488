import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPackage } from "../../scripts/build.ts";
import { spawned } from "./kit.ts";

const root = join(import.meta.dirname, "..", "..");

describe("the packed package", () => {
  let dir: string;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "headgate-package-"));
    await buildPackage(root, join(dir, "dist"));
    for (const part of ["bin", "package.json", "examples"])
      cpSync(join(root, part), join(dir, part), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const run = (...args: string[]) => spawned(args, { bin: join(dir, "bin", "headgate.mjs") });

  it("runs from its bundle, without any source", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(await run("--version")).toEqual({ status: 0, stdout: `headgate ${version}\n`, stderr: "" });
    const checked = await run("config", "check", join(dir, "examples", "shop", "headgate.yaml"), "--json");
    expect(checked.status, checked.stderr).toBe(0);
    expect(JSON.parse(checked.stdout)).toMatchObject({ ok: true });
  });

  it("brings what its build needs only: no development dependency is imported", () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      devDependencies: Record<string, string>;
    };
    const bundle = readFileSync(join(dir, "dist", "cli.js"), "utf8");
    for (const name of Object.keys(devDependencies)) expect(bundle).not.toMatch(new RegExp(`from "${name}["/]`));
  });
});
