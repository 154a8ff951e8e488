import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Files as they must not be: path, content, the rule that has to speak. */
const PLANTED: readonly (readonly [string, string, string])[] = [
  [
    "shared/core/autoscaling/a.ts",
    'import { x } from "../alerting/step.ts";\nexport const a = x;\n',
    "noRestrictedImports",
  ],
  [
    "shared/core/autoscaling/b.ts",
    'import type { X } from "../alerting/types.ts";\nexport type B = X;\n',
    "noRestrictedImports",
  ],
  [
    "shared/core/autoscaling/c.ts",
    'import { x } from "../../edge/sqlite.ts";\nexport const c = x;\n',
    "noRestrictedImports",
  ],
  [
    "shared/core/autoscaling/d.ts",
    'import { readFileSync } from "node:fs";\nexport const d = readFileSync;\n',
    "noRestrictedImports",
  ],
  ["shared/core/autoscaling/e.ts", "export const e = () => Date.now();\n", "noRestrictedGlobals"],
  ["shared/core/autoscaling/f.ts", "export const f = () => new Date(0);\n", "noRestrictedGlobals"],
  ["shared/core/autoscaling/g.ts", "export const g = () => Math.random();\n", "plugin"],
  ["shared/core/autoscaling/h.ts", "export const h = () => process.pid;\n", "noRestrictedGlobals"],
  ["shared/core/autoscaling/i.ts", 'export const i = () => fetch("http://x");\n', "noRestrictedGlobals"],
  ["shared/core/autoscaling/j.ts", 'import { Hono } from "hono";\nexport const j = Hono;\n', "noRestrictedImports"],
  [
    "shared/core/autoscaling/backtest/k.ts",
    'import { x } from "../../alerting/step.ts";\nexport const k = x;\n',
    "noRestrictedImports",
  ],
  [
    "shared/core/autoscaling/backtest/l.ts",
    'import { x } from "../../../shell/run.ts";\nexport const l = x;\n',
    "noRestrictedImports",
  ],
  [
    "shared/core/kernel/m.ts",
    'import { x } from "../autoscaling/step.ts";\nexport const m = x;\n',
    "noRestrictedImports",
  ],
  ["shared/core/ports/n.ts", 'import { x } from "../../edge/sqlite.ts";\nexport const n = x;\n', "noRestrictedImports"],
  [
    "shared/core/monitoring/aa.ts",
    'import { x } from "../autoscaling/step.ts";\nexport const aa = x;\n',
    "noRestrictedImports",
  ],
  [
    "shared/core/monitoring/promql/ab.ts",
    'import { x } from "../../anomaly/step.ts";\nexport const ab = x;\n',
    "noRestrictedImports",
  ],
  [
    "shared/core/anomaly/detector/ac.ts",
    'import { x } from "../../../shell/run.ts";\nexport const ac = x;\n',
    "noRestrictedImports",
  ],
  [
    "shared/core/alerting/ae.ts",
    'import { x } from "../monitoring/types.ts";\nexport const ae = x;\n',
    "noRestrictedImports",
  ],
  [
    "shared/core/alerting/matchers/af.ts",
    'import { x } from "../../monitoring/promql/matcher.ts";\nexport const af = x;\n',
    "noRestrictedImports",
  ],
  [
    "shared/core/traffic/ah.ts",
    'import { x } from "../alerting/types.ts";\nexport const ah = x;\n',
    "noRestrictedImports",
  ],
  [
    "shared/core/traffic/breaker/ai.ts",
    'import { x } from "../../autoscaling/step.ts";\nexport const ai = x;\n',
    "noRestrictedImports",
  ],
  [
    "shared/core/delivery/ap.ts",
    'import { x } from "../traffic/types.ts";\nexport const ap = x;\n',
    "noRestrictedImports",
  ],
  [
    "shared/core/delivery/gate/aq.ts",
    'import { x } from "../../traffic/types.ts";\nexport const aq = x;\n',
    "noRestrictedImports",
  ],
  [
    "shared/core/backup/at.ts",
    'import { x } from "../delivery/section.ts";\nexport const at = x;\n',
    "noRestrictedImports",
  ],
  [
    "shared/core/backup/format/au.ts",
    'import { x } from "../../traffic/types.ts";\nexport const au = x;\n',
    "noRestrictedImports",
  ],
  ["shared/core/backup/batch/av.ts", "export const av = () => Date.now();\n", "noRestrictedGlobals"],
  ["shared/core/cost/aw.ts", 'import { x } from "../anomaly/step.ts";\nexport const aw = x;\n', "noRestrictedImports"],
  [
    "shared/core/cost/retention/ax.ts",
    'import type { Streams } from "../../ports/streams.ts";\nexport type Ax = Streams;\n',
    "noRestrictedImports",
  ],
  [
    "shared/core/cost/proof/ay.ts",
    'import { x } from "../../anomaly/score.ts";\nexport const ay = x;\n',
    "noRestrictedImports",
  ],
  ["shared/core/cost/report/az.ts", "export const az = () => Date.now();\n", "noRestrictedGlobals"],
  [
    "shared/core/cost/focus/ba.ts",
    'import { gunzipSync } from "node:zlib";\nexport const ba = gunzipSync;\n',
    "noRestrictedImports",
  ],
  [
    "functions/cost/bb.ts",
    'import { CostExplorerClient } from "@aws-sdk/client-cost-explorer";\nexport const bb = CostExplorerClient;\n',
    "noRestrictedImports",
  ],
  ["shared/core/delivery/flags/ar.ts", "export const ar = () => Math.random();\n", "plugin"],
  ["flags/as.ts", 'import { x } from "../functions/runtime.ts";\nexport const as = x;\n', "noRestrictedImports"],
  ["shared/core/traffic/balance/aj.ts", "export const aj = () => Math.random();\n", "plugin"],
  [
    "shared/core/go-template/ag.ts",
    'import { x } from "../alerting/types.ts";\nexport const ag = x;\n',
    "noRestrictedImports",
  ],
  ["shared/core/anomaly/ad.ts", 'import { x } from "node:zlib";\nexport const ad = x;\n', "noRestrictedImports"],
  ["shared/edge/o.ts", 'import { x } from "../shell/run.ts";\nexport const o = x;\n', "noRestrictedImports"],
  [
    "shared/shell/p.ts",
    'import { x } from "../../functions/api/app.ts";\nexport const p = x;\n',
    "noRestrictedImports",
  ],
  [
    "shared/shell/q.ts",
    'import { S3Client } from "@aws-sdk/client-s3";\nexport const q = S3Client;\n',
    "noRestrictedImports",
  ],
  ["functions/api/r.ts", 'import { x } from "../../local/start.ts";\nexport const r = x;\n', "noRestrictedImports"],
  [
    "functions/api/s.ts",
    'import { S3Client } from "@aws-sdk/client-s3";\nexport const s = S3Client;\n',
    "noRestrictedImports",
  ],
  ["stacks/t.ts", 'import { x } from "../shared/core/kernel/time.ts";\nexport const t = x;\n', "noRestrictedImports"],
  ["local/u.ts", 'import { x } from "../stacks/api.ts";\nexport const u = x;\n', "noRestrictedImports"],
  ["cli/v.ts", 'import { x } from "../console/src/app.tsx";\nexport const v = x;\n', "noRestrictedImports"],
  [
    "console/src/w.ts",
    'import { x } from "../../shared/core/kernel/time.ts";\nexport const w = x;\n',
    "noRestrictedImports",
  ],
  ["console/src/x.ts", 'import { x } from "../../functions/runtime.ts";\nexport const y = x;\n', "noRestrictedImports"],
  ["metrics/ae.ts", 'import * as v from "valibot";\nexport const ae = v;\n', "noRestrictedImports"],
  ["metrics/af.ts", 'import { x } from "../functions/own.ts";\nexport const af = x;\n', "noRestrictedImports"],
  ["breaker/ak.ts", 'import { x } from "../functions/own.ts";\nexport const ak = x;\n', "noRestrictedImports"],
  ["breaker/al.ts", 'import { x } from "../local/traffic.ts";\nexport const al = x;\n', "noRestrictedImports"],
  ["traffic/am.ts", 'import { x } from "../cli/traffic.ts";\nexport const am = x;\n', "noRestrictedImports"],
  ["traffic/an.ts", 'import { x } from "../functions/runtime.ts";\nexport const an = x;\n', "noRestrictedImports"],
  [
    "traffic/ao.ts",
    'import { S3Client } from "@aws-sdk/client-s3";\nexport const ao = S3Client;\n',
    "noRestrictedImports",
  ],
  ["shared/shell/y.ts", "export default 1;\n", "noDefaultExport"],
  ["shared/shell/z.ts", "export const z = (x: any) => x;\n", "noExplicitAny"],
  [
    "shared/shell/cycle-a.ts",
    'import { b } from "./cycle-b.ts";\nexport const a = (): number => b();\n',
    "noImportCycles",
  ],
  [
    "shared/shell/cycle-b.ts",
    'import { a } from "./cycle-a.ts";\nexport const b = (): number => a();\n',
    "noImportCycles",
  ],
];

/** Files as they may be: a wall that stops these would be taken down by the first person in a hurry. */
const ALLOWED: readonly (readonly [string, string])[] = [
  [
    "shared/core/autoscaling/ok.ts",
    'import * as v from "valibot";\nimport { iso } from "../kernel/time.ts";\nimport { x } from "./types.ts";\nexport const ok = [v, iso, x];\n',
  ],
  [
    "shared/core/autoscaling/backtest/ok.ts",
    'import { iso } from "../../kernel/time.ts";\nimport { step } from "../step.ts";\nimport { x } from "./types.ts";\nexport const ok = [iso, step, x];\n',
  ],
  [
    "shared/core/monitoring/rules/ok.ts",
    'import { parser } from "@prometheus-io/lezer-promql";\nimport { iso } from "../../kernel/time.ts";\nimport { x } from "../promql/parse.ts";\nimport { y } from "../types.ts";\nexport const ok = [parser, iso, x, y];\n',
  ],
  [
    "shared/core/alerting/matchers/ok.ts",
    'import { RE2JS } from "re2js";\nimport { parse } from "../../go-template/parse.ts";\nimport { iso } from "../../kernel/time.ts";\nimport { x } from "../settings/types.ts";\nexport const ok = [RE2JS, parse, iso, x];\n',
  ],
  [
    "shared/core/cost/change/ok.ts",
    'import { iso } from "../../kernel/time.ts";\nimport { x } from "../retention/types.ts";\nimport { y } from "../decimal.ts";\nexport const ok = [iso, x, y];\n',
  ],
  ["shared/core/ports/ok.ts", 'import type { Json } from "../kernel/json.ts";\nexport type Ok = Json;\n'],
  [
    "shared/edge/ok.ts",
    'import { S3Client } from "@aws-sdk/client-s3";\nimport type { Objects } from "../core/ports/objects.ts";\nexport const ok = (o: Objects) => [o, S3Client];\n',
  ],
  [
    "functions/autoscaling/ok.ts",
    'import { run } from "../../shared/shell/run.ts";\nimport { x } from "../../shared/edge/sqlite.ts";\nexport const ok = [run, x];\n',
  ],
  [
    "metrics/ok.ts",
    'import { hostname } from "node:os";\nimport { iso } from "../shared/core/kernel/time.ts";\nimport { x } from "../shared/shell/otlp.ts";\nimport { y } from "./types.ts";\nexport const ok = [hostname, iso, x, y];\n',
  ],
  [
    "traffic/ok.ts",
    'import { hostname } from "node:os";\nimport { DynamoDBClient } from "@aws-sdk/client-dynamodb";\nimport * as v from "valibot";\nimport { iso } from "../shared/core/kernel/time.ts";\nimport { x } from "../shared/edge/dynamodb-store.ts";\nimport { z } from "../shared/shell/run.ts";\nimport { y } from "./types.ts";\nexport const ok = [hostname, DynamoDBClient, v, iso, x, z, y];\n',
  ],
  [
    "console/src/ok.ts",
    'import type { AppType } from "../../functions/api/app.ts";\nimport type { V } from "../../functions/api/views.ts";\nimport type { A } from "../../functions/api/views-anomaly.ts";\nexport type Ok = [AppType, V, A];\n',
  ],
];

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string | { readonly file?: string } };
}

let found: readonly { readonly file: string; readonly category: string }[] = [];
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-walls-"));
  const config = JSON.parse(await readFile("biome.json", "utf8")) as {
    vcs?: unknown;
    $schema?: unknown;
    formatter: unknown;
  };
  delete config.vcs;
  delete config.$schema;
  await writeFile(join(folder, "biome.json"), JSON.stringify({ ...config, formatter: { enabled: false } }));
  await cp("scripts/lint", join(folder, "scripts/lint"), { recursive: true });
  for (const [path, content] of [...PLANTED, ...ALLOWED]) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const binary = join(process.cwd(), "node_modules/.bin/biome");
  const output = await new Promise<string>((resolve) => {
    execFile(
      binary,
      ["lint", "--reporter=json", "--max-diagnostics=none", "."],
      { cwd: folder, maxBuffer: 1 << 26 },
      (_error, stdout) => resolve(stdout),
    );
  });
  const parsed = JSON.parse(output) as { diagnostics: readonly Diagnostic[] };
  found = parsed.diagnostics.map((diagnostic) => ({
    file: String(
      typeof diagnostic.location.path === "string" ? diagnostic.location.path : diagnostic.location.path.file,
    ).replace(/^\.\//, ""),
    category: diagnostic.category,
  }));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("import walls and purity", () => {
  test.each(PLANTED)("catches the planted violation in %s", (path, _content, rule) => {
    expect(found.filter((entry) => entry.file === path).map((entry) => entry.category)).toContainEqual(
      expect.stringContaining(rule),
    );
  });

  test.each(ALLOWED)("lets %s pass", (path) => {
    const walls = found.filter((entry) => entry.file === path && /noRestricted|plugin/.test(entry.category));
    expect(walls).toEqual([]);
  });
});
