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
  await buildTraffic(root, outdir);
  await buildBreaker(root, outdir);
  await buildFlags(root, outdir);
}

/**
 * `headgate/metrics`: one file without any dependency for the services that are controlled, which may run on older versions of
 * Node, and its declarations.
 */
export const buildMetrics = (root: string, outdir: string): Promise<void> =>
  buildLibrary(root, outdir, "metrics", [
    "export declare const createServiceMetrics: CreateServiceMetrics;",
    "export declare const parseTrace: ParseTrace;",
    "export declare const formatTraceparent: FormatTraceparent;",
  ]);

/** `headgate/traffic`: balancing and circuit breaking for functions that call services. Nothing but AWS's client is left outside. */
export const buildTraffic = (root: string, outdir: string): Promise<void> =>
  buildLibrary(
    root,
    outdir,
    "traffic",
    ["export declare const connectTraffic: ConnectTraffic;"],
    ["@aws-sdk/client-dynamodb"],
  );

/** `headgate/breaker`: circuits that functions share. Nothing but AWS's client is left outside. */
export const buildBreaker = (root: string, outdir: string): Promise<void> =>
  buildLibrary(
    root,
    outdir,
    "breaker",
    ["export declare const createBreakers: CreateBreakers;"],
    ["@aws-sdk/client-dynamodb"],
  );

/** `headgate/flags`: feature flags in a process, also as a provider of OpenFeature. Without any dependency. */
export const buildFlags = (root: string, outdir: string): Promise<void> =>
  buildLibrary(root, outdir, "flags", ["export declare const createFlagProvider: CreateFlagProvider;"]);

/**
 * One file of a folder's main.ts, and its declarations: the folder's types.ts stands alone (it imports nothing) and holds types only, so it is
 * a declaration file already but for the values.
 */
async function buildLibrary(
  root: string,
  outdir: string,
  name: string,
  values: readonly string[],
  external: readonly string[] = [],
): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: { [name]: join(root, name, "main.ts") },
    outdir,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: [...external],
    logLevel: "warning",
  });
  const types = readFileSync(join(root, name, "types.ts"), "utf8");
  writeFileSync(join(outdir, `${name}.d.ts`), `${types}\n${values.join("\n")}\n`);
}

if (import.meta.main) {
  const root = join(import.meta.dirname, "..");
  await buildPackage(root, join(root, "dist"));
}
