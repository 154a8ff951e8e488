import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/**
 * Bundles the command line (and with it the local control plane) into dist/ for the packed package: Node strips no types
 * below node_modules. Dependencies stay dependencies; what only the build brings along goes into the bundle.
 */
export async function buildPackage(root: string, outdir: string): Promise<void> {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: { cli: join(root, "cli", "main.ts") },
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    external: Object.keys(manifest.dependencies).flatMap((name) => [name, `${name}/*`]),
    logLevel: "warning",
  });
  await buildMetrics(root, outdir);
}

/**
 * `headgate/metrics`: one file without any dependency for the services that are controlled, which may run on older versions of
 * Node, and its declarations.
 */
export async function buildMetrics(root: string, outdir: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: { metrics: join(root, "metrics", "main.ts") },
    outdir,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
  });
  // metrics/types.ts stands alone and holds types only, so it is a declaration file already but for the values.
  const types = readFileSync(join(root, "metrics", "types.ts"), "utf8");
  const values = [
    "export declare const createServiceMetrics: CreateServiceMetrics;",
    "export declare const parseTrace: ParseTrace;",
    "export declare const formatTraceparent: FormatTraceparent;",
  ];
  writeFileSync(join(outdir, "metrics.d.ts"), `${types}\n${values.join("\n")}\n`);
}

if (import.meta.main) {
  const root = join(import.meta.dirname, "..");
  await buildPackage(root, join(root, "dist"));
}
