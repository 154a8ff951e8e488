import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileTemplates } from "../../shared/core/alerting/templates/compile.ts";
import { readTemplateData } from "../../shared/core/alerting/templates/read-data.ts";
import { AMTOOL, absent } from "./alertmanager.ts";
import { DATA, DEFAULTS, type RandomTemplate, randomTemplate } from "./alertmanager-template-texts.ts";
import { cases, search } from "./seeded.ts";

const SKIPPED = absent();
const NOW = Date.now();

describe.skipIf(SKIPPED !== undefined)(`templates agree with amtool${SKIPPED ? ` (${SKIPPED})` : ""}`, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "headgate-templates-"));
    writeFileSync(join(folder, "data.json"), JSON.stringify(DATA));
    writeFileSync(join(folder, "empty.tmpl"), "");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What amtool makes of a template; undefined: an error. */
  const real = ({ type, text }: RandomTemplate): Promise<{ out: string | undefined; error: string }> =>
    new Promise((resolve, reject) => {
      const args = ["template", "render", `--template.type=${type}`, `--template.text=${text}`];
      const files = [`--template.glob=${join(folder, "*.tmpl")}`, `--template.data=${join(folder, "data.json")}`];
      const child = spawn(AMTOOL, [...args, ...files], { env: { ...process.env, HOME: "/nonexistent", TZ: "UTC" } });
      let [out, error] = ["", ""];
      child.stdout.setEncoding("utf8").on("data", (part: string) => void (out += part));
      child.stderr.setEncoding("utf8").on("data", (part: string) => void (error += part));
      child.once("error", reject);
      child.once("close", (code) => resolve({ out: code === 0 ? out : undefined, error: error.trim() }));
    });

  const data = readTemplateData(DATA);
  const compiled = compileTemplates([]);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.faults));
  const ours = ({ type, text }: RandomTemplate) => compiled.templates[type](text, data, { now: NOW });

  const differs = async (template: RandomTemplate): Promise<string | undefined> => {
    const [{ out, error }, mine] = [await real(template), ours(template)];
    const same = mine.ok ? mine.text === out : out === undefined;
    if (same) return undefined;
    const said = mine.ok ? JSON.stringify(mine.text) : `error ${mine.message}`;
    return `${template.type} ${template.text}\n  amtool ${out === undefined ? error : JSON.stringify(out)}\n  ours   ${said}`;
  };

  it.each(DEFAULTS)("default, %s: %s", async (type, text) => {
    expect(await differs({ type, text })).toBeUndefined();
  });

  it("random templates: the same text, or an error on both sides", async () => {
    expect(await search(randomTemplate, { count: cases(600), parallel: 3, differs })).toEqual([]);
  }, 180_000);
});
