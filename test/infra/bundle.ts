import { rmSync } from "node:fs";
import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import { root } from "./platform.ts";

export interface Bundle {
  /** Path of the file that Lambda imports. */
  readonly entry: string;
  readonly folder: string;
  /** Bytes that importing the entry loads: itself and all chunks it imports statically. */
  readonly initBytes: number;
  /** Bytes of all JavaScript, chunks of rare paths included. */
  readonly totalBytes: number;
  readonly exports: readonly string[];
  /** File name to bytes. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Names of the npm packages that something of is in a file, by its name. */
  readonly packages: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Modules that SST leaves outside of every bundle, as they are native, and what stacks/functions.ts leaves out. */
const EXTERNAL = ["sharp", "pg-native", "@duckdb/node-api"];

/**
 * Bundles a handler with the options that SST's Node.js runtime gives esbuild for `format: "esm"`, `minify`, `splitting`
 * and `esbuild.target: "node24"`, as stacks/functions.ts sets them: same banner, same main fields, names kept.
 */
export async function bundle(handler: string, name: string): Promise<Bundle> {
  const folder = join(root, ".cache", "bundles", name);
  const source = `${handler.slice(0, handler.lastIndexOf("."))}.ts`;
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: [join(root, source)],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    mainFields: ["module", "main"],
    external: EXTERNAL,
    keepNames: true,
    minify: true,
    splitting: true,
    sourcemap: "linked",
    outdir: folder,
    entryNames: "bundle",
    outExtension: { ".js": ".mjs" },
    banner: {
      js: [
        `import { createRequire as topLevelCreateRequire } from 'module';`,
        `const require = topLevelCreateRequire(import.meta.url);`,
        `import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"`,
        `const __filename = topLevelFileUrlToPath(import.meta.url)`,
        `const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))`,
      ].join("\n"),
    },
    metafile: true,
    absWorkingDir: root,
    logLevel: "silent",
  });
  return measure(metafile, folder, source);
}

function measure({ outputs }: Metafile, folder: string, source: string): Bundle {
  const scripts = Object.entries(outputs).filter(([path]) => path.endsWith(".mjs"));
  // A handler may load another one's file, which esbuild takes for an entry as well.
  const [entry] =
    scripts.find(([, output]) => output.entryPoint === source && output.exports.includes("handler")) ?? [];
  if (entry === undefined) throw new Error("the bundle exports no handler");
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { path: next, kind, external } of outputs[path]?.imports ?? []) {
      if (kind === "import-statement" && !external) visit(next);
    }
  };
  visit(entry);
  const bytes = (path: string) => outputs[path]?.bytes ?? 0;
  return {
    entry: join(root, entry),
    folder,
    initBytes: [...seen].reduce((sum, path) => sum + bytes(path), 0),
    totalBytes: scripts.reduce((sum, [path]) => sum + bytes(path), 0),
    exports: outputs[entry]?.exports ?? [],
    packages: new Map(
      scripts.map(([path, { inputs }]) => [
        path.split("/").at(-1) ?? path,
        new Set(
          Object.keys(inputs).flatMap(
            (input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(input)?.[1] ?? [],
          ),
        ),
      ]),
    ),
    sizes: new Map(scripts.map(([path, output]) => [path.split("/").at(-1) ?? path, output.bytes])),
  };
}
