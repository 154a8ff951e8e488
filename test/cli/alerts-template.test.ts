import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alertsTemplateVerb } from "../../cli/alerts-template.ts";
import { makeIo } from "../../cli/io.ts";

let dir: string;
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "headgate-template-"))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};

async function run(positionals: readonly string[], options: Readonly<Record<string, string>>, json = false) {
  let [stdout, stderr] = ["", ""];
  const none: AsyncIterable<Uint8Array> = (async function* () {})();
  const io = makeIo(
    {
      env: {},
      stdin: none,
      stdout: (text) => void (stdout += text),
      stderr: (text) => void (stderr += text),
      terminal: false,
    },
    json,
    undefined,
  );
  const status = await alertsTemplateVerb.run({ io, positionals, options });
  return { status, stdout, stderr };
}

describe("alerts template", () => {
  it("prints what a template of a file gives with a sample, as it is", async () => {
    const mine = file(
      "mine.tmpl",
      '{{ define "mine" }}{{ range .Alerts }}{{ .Labels.SortedPairs }};{{ end }}{{ end }}',
    );
    const text = '{{ template "mine" . }}{{ template "slack.default.color" . }}';
    expect(await run([mine], { text })).toEqual({
      status: 0,
      stdout:
        "commonlabelkey1=commonlabelvalue1, commonlabelkey2=commonlabelvalue2, instance=foo.bar:1234, label1=value1, label2=value2;" +
        "baz=qux, commonlabelkey1=commonlabelvalue1, commonlabelkey2=commonlabelvalue2, foo=bar;good",
      stderr: "",
    });
  });

  it("takes data, escapes for HTML, and answers machines", async () => {
    const data = file("data.json", JSON.stringify({ status: "<b>", receiver: "a&b" }));
    const ran = await run([], { text: '<p title="{{ .Receiver }}">{{ .Status }}</p>', type: "html", data }, true);
    expect(JSON.parse(ran.stdout)).toEqual({ ok: true, text: '<p title="a&amp;b">&lt;b&gt;</p>' });
  });

  it("says why a template cannot be rendered and exits 2", async () => {
    expect(await run([], { text: "{{ .Nope }}" })).toEqual({
      status: 2,
      stdout: "",
      stderr: 'template: :1:3: executing "" at <.Nope>: can\'t evaluate field Nope in type template.Data\n',
    });
    const bad = file("bad.tmpl", "one\n{{ end }}");
    expect(await run([bad], { text: "x" })).toMatchObject({
      status: 2,
      stderr: "template: bad.tmpl:2: unexpected {{end}}\n",
    });
    const data = file("list.json", "[]");
    expect(await run([], { text: "x", data })).toMatchObject({ status: 2, stderr: "data: an object expected\n" });
  });

  it("refuses another type, and data that is no JSON", async () => {
    await expect(run([], { text: "x", type: "pdf" })).rejects.toThrow('--type "pdf" is no type (allowed: text, html)');
    await expect(run([], { text: "x", data: file("no.json", "{") })).rejects.toThrow("is no JSON");
  });
});
