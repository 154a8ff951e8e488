import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
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

  describe("headgate/metrics of the packed tarball, unpacked elsewhere without its dependencies", () => {
    const call = promisify(execFile);
    let elsewhere: string;
    beforeAll(async () => {
      elsewhere = mkdtempSync(join(tmpdir(), "headgate-consumer-"));
      await call("npm", ["pack", "--ignore-scripts", "--pack-destination", elsewhere], { cwd: dir });
      const [tarball = ""] = readdirSync(elsewhere).filter((name) => name.endsWith(".tgz"));
      const installed = join(elsewhere, "node_modules", "headgate");
      mkdirSync(installed, { recursive: true });
      await call("tar", ["-xzf", join(elsewhere, tarball), "-C", installed, "--strip-components", "1"]);
      writeFileSync(join(elsewhere, "package.json"), '{"type":"module"}');
    });
    afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

    it("is imported by its name and shows what was measured", async () => {
      const program = `
        import { createServiceMetrics } from "headgate/metrics";
        const metrics = createServiceMetrics({ service: "orders", container: "c1" });
        metrics.request("/a", "GET", 200, 0.3);
        await metrics.event({ type: "click" }, async () => {});
        process.stdout.write(metrics.expose().body);`;
      writeFileSync(join(elsewhere, "service.mjs"), program);
      const { stdout, stderr } = await call(process.execPath, ["service.mjs"], { cwd: elsewhere });
      expect(stderr).toBe("");
      expect(stdout).toContain(
        'data_service_requests_total{endpoint="/a",method="GET",service_name="orders",status="200"} 1',
      );
      expect(stdout).toContain("events_processed_total 1");
    });

    it("imports nothing but Node, and is small", () => {
      const bundle = readFileSync(join(elsewhere, "node_modules", "headgate", "dist", "metrics.js"), "utf8");
      const imported = [...bundle.matchAll(/^import .* from "([^"]+)";$/gm)].map(([, name]) => name);
      expect(imported.length).toBeGreaterThan(0);
      for (const name of imported) expect(name).toMatch(/^node:/);
      expect(bundle.length).toBeLessThan(50_000);
    });

    it("has types for all that it exports, checked strictly", async () => {
      const bundle = (await import(join(elsewhere, "node_modules", "headgate", "dist", "metrics.js"))) as object;
      const program = `
        import { createServer } from "node:http";
        import { type ServiceMetrics, ${Object.keys(bundle).join(", ")} } from "headgate/metrics";
        const metrics: ServiceMetrics = createServiceMetrics({ service: "orders" });
        const measured = metrics.middleware();
        createServer((request, response) => measured(request, response, () => void response.end()));
        export const answer: number = metrics.event({ type: "click" }, () => 1);
        export const handler = metrics.lambda(async (event: { id: string }) => ({ statusCode: 200, id: event.id }));
        export const id: string = (await handler({ id: "1" }, {})).id;
        export const header: string = formatTraceparent(parseTrace("")!);
        // @ts-expect-error a figure is a number
        metrics.cpu("12");`;
      writeFileSync(join(elsewhere, "service.ts"), program);
      const types = join(root, "node_modules", "@types");
      const flags = [
        "--noEmit",
        "--strict",
        "--module",
        "nodenext",
        "--target",
        "es2024",
        "--typeRoots",
        types,
        "--types",
        "node",
      ];
      const tsc = join(root, "node_modules", ".bin", "tsc");
      const { stdout } = await call(tsc, [...flags, "service.ts"], { cwd: elsewhere }).catch(
        (error: { readonly stdout: string }) => error,
      );
      expect(stdout).toBe("");
    });
  });
});
