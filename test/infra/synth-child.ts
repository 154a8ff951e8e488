/**
 * Runs the SST app under Pulumi mocks and prints what it would create, as one JSON document. A process of its own, since
 * Pulumi keeps global state and a rejected output ends the process with an error after everything else.
 *
 * What the SST command does before and while it runs a configuration is done here: bundle it with SST's globals, answer
 * the calls to SST's server, and give each resource an id, an ARN and what else the components read back.
 */

import { rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { answerCall, mockInvoke, mockState } from "./mocks.ts";
import { platformDir, root } from "./platform.ts";
import type { Resource, Synth, SynthRequest } from "./synth.ts";

const LOOK_MS = 50;
/** Looks in a row at which nothing had happened. Counted, not timed: on a busy machine this process may itself be what stood still. */
const IDLE_LOOKS = 10;
const LIMIT_MS = 60_000;

const request = JSON.parse(process.argv[2] ?? "{}") as SynthRequest;
const startedAt = Date.now();
let quietLooks = 0;
const touch = () => {
  quietLooks = 0;
};

const errors: string[] = [];
/** An output was rejected: what depends on it never settles. */
let failed = false;
const describe = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));
const fail = (error: unknown) => {
  touch();
  failed = true;
  // One rejection arrives once for each output that hangs on it.
  const text = describe(error);
  if (!errors.includes(text)) errors.push(text);
};
process.on("unhandledRejection", fail);
process.on("uncaughtException", fail);

/** The SST command's globals: providers by alias and the components as `sst`, in every file of ours. */
const globals: Plugin = {
  name: "sst-globals",
  setup(bundle) {
    bundle.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path.startsWith(join(root, ".sst")) || path.includes("node_modules")) return undefined;
      const { readFile } = await import("node:fs/promises");
      const components = join(platformDir, "src/components");
      const prefix = `import * as aws from "@pulumi/aws"; import * as sst from ${JSON.stringify(components)};\n`;
      return { contents: prefix + (await readFile(path, "utf8")), loader: "ts" };
    });
  },
};

async function evaluate(code: string, name: string, app: unknown): Promise<Record<string, unknown>> {
  // Inside the platform's folder, so that what stays external resolves to the platform's own packages.
  const outfile = join(platformDir, `synth.${name}.${process.pid}.mjs`);
  try {
    await build({
      stdin: { contents: code, resolveDir: root, sourcefile: "eval.ts", loader: "ts" },
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node24",
      mainFields: ["module", "main"],
      nodePaths: [join(platformDir, "node_modules")],
      external: ["@pulumi/*", "@pulumiverse/*", "@aws-sdk/*", "undici", "esbuild", "archiver", "glob", "vite"],
      inject: [join(platformDir, "src/shim/run.js")],
      define: {
        $app: JSON.stringify(app),
        $cli: JSON.stringify({
          command: "deploy",
          paths: { home: join(root, ".cache", "sst-config"), root, work: join(root, ".sst"), platform: platformDir },
          state: { version: {} },
        }),
        $dev: "false",
      },
      banner: {
        js: [
          `import { createRequire as topLevelCreateRequire } from "module";`,
          `const require = topLevelCreateRequire(import.meta.url);`,
          `import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url";`,
          `const __filename = topLevelFileUrlToPath(import.meta.url);`,
          `const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url));`,
        ].join("\n"),
      },
      outfile,
      plugins: [globals],
      logLevel: "silent",
    });
    return (await import(pathToFileURL(outfile).href)) as Record<string, unknown>;
  } finally {
    rmSync(outfile, { force: true });
  }
}

async function main(): Promise<Synth> {
  const resources: Resource[] = [];
  const invokes: string[] = [];
  const builds: Synth["builds"] = [];

  const server = createServer(async (incoming, response) => {
    touch();
    let body = "";
    for await (const chunk of incoming) body += chunk;
    const call = JSON.parse(body) as { method: string; params: unknown[] };
    const answer = answerCall(call.method, call.params[0], builds, errors);
    touch();
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  process.env["SST_SERVER"] = `http://127.0.0.1:${address.port}`;

  const config = JSON.stringify(join(root, request.config ?? "sst.config.ts"));
  const first = await evaluate(`import mod from ${config};\nexport const config = mod;`, "app", {});
  const app = await (first["config"] as { app(input: { stage: string }): Promise<Record<string, unknown>> }).app({
    stage: request.stage,
  });

  // The very instance the components use, or the mocks would be set on another copy.
  const pulumi = createRequire(join(platformDir, "package.json"))("@pulumi/pulumi");
  await pulumi.runtime.setMocks(
    {
      newResource: (args: { type: string; name: string; inputs: Record<string, unknown>; id?: string }) => {
        touch();
        resources.push({ type: args.type, name: args.name, inputs: args.inputs });
        return { id: args.id || `${args.name}-id`, state: mockState(args.type, args.name, args.inputs) };
      },
      call: (args: { token: string; inputs: Record<string, unknown> }) => {
        touch();
        invokes.push(args.token);
        return mockInvoke(args.token, args.inputs);
      },
    },
    app["name"],
    request.stage,
    false,
    "organization",
  );

  let outputs: Record<string, unknown> = {};
  let settled = false;
  const code = `import { run } from ${JSON.stringify(join(platformDir, "src/auto/run.ts"))};\nimport mod from ${config};\nexport const program = () => run(mod.run);`;
  const loaded = await evaluate(code, "run", { ...app, stage: request.stage, providers: app["providers"] ?? {} });
  pulumi.runtime
    .runInPulumiStack(async () => {
      const given = await (loaded["program"] as () => Promise<object>)();
      for (const [name, value] of Object.entries(given)) {
        pulumi.output(value).apply((known: unknown) => {
          outputs = { ...outputs, [name]: known };
        });
      }
      return given;
    })
    .catch(fail)
    .finally(() => {
      settled = true;
      touch();
    });

  // A rejected output keeps the program from ever settling: it is over when nothing more happens.
  await new Promise<void>((over) => {
    const timer = setInterval(() => {
      const idle = ++quietLooks > IDLE_LOOKS;
      const late = Date.now() - startedAt >= LIMIT_MS;
      if (late) errors.push(`synth did not end within ${LIMIT_MS / 1000} s`);
      if ((idle && (settled || failed)) || late) {
        clearInterval(timer);
        over();
      }
    }, LOOK_MS);
  });
  return { app: { ...app, stage: request.stage }, outputs, resources, invokes, builds, errors };
}

let result: Synth;
try {
  result = await main();
} catch (error) {
  result = { app: {}, outputs: {}, resources: [], invokes: [], builds: [], errors: [...errors, describe(error)] };
}
// Written before Pulumi's own check at exit can object to outputs that never resolved.
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
