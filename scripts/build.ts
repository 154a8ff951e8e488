import { readFileSync, rmSync } from "node:fs";
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
}

if (import.meta.main) {
  const root = join(import.meta.dirname, "..");
  await buildPackage(root, join(root, "dist"));
}
