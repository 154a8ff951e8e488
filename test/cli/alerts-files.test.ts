import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alertsCheckVerb } from "../../cli/alerts-check.ts";
import { alertsRoutesVerb } from "../../cli/alerts-routes.ts";
import type { Group } from "../../cli/command.ts";
import { makeIo } from "../../cli/io.ts";
import { parse } from "../../cli/parse.ts";

const group: Group = { name: "alerts", about: "", verbs: [alertsCheckVerb, alertsRoutesVerb] };

/** Runs one of the two verbs; what is thrown exits 2, as the command line has it. */
async function run(...args: readonly string[]) {
  const [out, err] = [[] as string[], [] as string[]];
  let status: number;
  try {
    const parsed = parse(["alerts", ...args], [group]);
    if (parsed.kind !== "run") throw new Error("help");
    const { verb, positionals, options } = parsed;
    const io = makeIo(
      {
        env: {},
        stdin: (async function* () {})(),
        stdout: (text) => void out.push(text),
        stderr: (text) => void err.push(text),
        terminal: false,
      },
      options["json"] === true,
      undefined,
    );
    status = await verb.run({ io, positionals, options });
  } catch (error) {
    err.push((error as Error).message);
    status = 2;
  }
  return { status, stdout: out.join(""), stderr: err.join("") };
}

let dir: string;
const file = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "headgate-alerts-"));
  mkdirSync(join(dir, "t"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const GOOD = `
route:
  receiver: all
  group_by: [alertname]
  routes:
  - {receiver: page, matchers: [severity="page"], continue: true, group_by: ['...']}
  - {receiver: x team, matchers: [team="x"]}
receivers: [{name: all}, {name: page, webex_configs: [{room_id: r, http_config: {authorization: {credentials: c}}}]}, {name: x team}]
inhibit_rules: [{equal: [a]}]
templates: ['t/*.tmpl']
`;

describe("alerts check", () => {
  it("counts what is in a good file, says what is not sent, exits 0", async () => {
    file("t/a.tmpl", '{{ define "a" }}{{ end }}');
    const path = file("good.yml", GOOD);
    const told = await run("check", path);
    expect(told.status).toBe(0);
    expect(told.stdout).toBe(
      `${path}: no faults; 3 routes, 3 receivers, 1 inhibit rule, 0 time intervals, 1 template pattern\n`,
    );
    expect(told.stderr).toContain("webex is read and checked, and not sent");
    const { files, ok } = JSON.parse((await run("check", path, "--json")).stdout);
    expect([ok, files[0].ok, files[0].found.receivers, files[0].warnings.length]).toEqual([true, true, 3, 1]);
  });

  it("names every fault with file, line and column, exits 1", async () => {
    const path = file("bad.yml", "route: {receiver: r, bogus: 1}\nreceivers:\n- name: r\n  email_configs: [{}]\n");
    const told = await run("check", path);
    expect(told.status).toBe(1);
    expect(told.stderr).toContain(`${path}:1:22`);
    expect(told.stderr).toContain(`${path}:4:19`);
    expect(told.stderr).toContain(`${path}: 2 faults`);
    const { ok, files } = JSON.parse((await run("check", path, "--json")).stdout);
    expect([ok, files[0].faults.length]).toEqual([false, 2]);
  });

  it("exits 1 for a template that does not parse and for a file that is no YAML", async () => {
    file("t/broken.tmpl", "{{ if }}");
    const path = file("tmpl.yml", "route: {receiver: r}\nreceivers: [{name: r}]\ntemplates: [t/broken.tmpl]\n");
    const told = await run("check", path);
    expect([told.status, told.stderr.includes("broken.tmpl:1")]).toEqual([1, true]);
    rmSync(join(dir, "t/broken.tmpl"));
    expect((await run("check", file("no.yml", "a: [b"))).status).toBe(1);
  });

  it("exits 2 where the file cannot be read", async () => {
    expect((await run("check", join(dir, "none.yml"))).status).toBe(2);
  });

  it("reads the file that a headgate.yaml names as well", async () => {
    file("good.yml", GOOD);
    expect((await run("check", file("headgate.yaml", "version: 1\nalerting: {alertmanager: good.yml}\n"))).status).toBe(
      0,
    );
  });
});

describe("alerts routes", () => {
  it("prints receivers in order, with keys and group keys for machines", async () => {
    const path = file("routes.yml", GOOD);
    const told = await run("routes", "--config", path, "--json", "severity=page", "team=x", "alertname=Down");
    expect(told.status).toBe(0);
    expect(JSON.parse(told.stdout)).toEqual({
      receivers: ["page", "x team"],
      routes: [
        {
          key: '{}/{severity="page"}',
          receiver: "page",
          groupBy: ["..."],
          groupKey: '{}/{severity="page"}:{alertname="Down", severity="page", team="x"}',
        },
        {
          key: '{}/{team="x"}',
          receiver: "x team",
          groupBy: ["alertname"],
          groupKey: '{}/{team="x"}:{alertname="Down"}',
        },
      ],
    });
    expect((await run("routes", "--config", path, "severity=page", "team=x")).stdout).toBe("page,x team\n");
    expect((await run("routes", "--config", path, "team=")).stdout).toBe("all\n");
  });

  it("prints the tree without labels, and exits 1 where other receivers were expected", async () => {
    const path = file("routes.yml", GOOD);
    expect((await run("routes", "--config", path)).stdout).toBe(
      'default-route  receiver: all\n  {severity="page"}  continue: true  receiver: page\n  {team="x"}  receiver: x team\n',
    );
    expect((await run("routes", "--config", path, "--expect", "all", "a=b")).status).toBe(0);
    expect((await run("routes", "--config", path, "--expect", "page", "a=b")).status).toBe(1);
  });

  it("refuses what is no label, and a file with faults", async () => {
    const path = file("routes.yml", GOOD);
    expect((await run("routes", "--config", path, "a=~b")).stderr).toContain("is no label=value");
    expect((await run("routes", "--config", path, "a")).status).toBe(2);
    expect((await run("routes", "--config", file("b.yml", "route: {}\n"), "a=b")).status).toBe(2);
    expect((await run("routes", "a=b")).stderr).toContain("--config FILE is missing");
  });
});
