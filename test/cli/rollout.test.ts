import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { releaseOf, wordsOf } from "../../cli/deploy-release.ts";
import { makeIo } from "../../cli/io.ts";
import type { Answer } from "../api/kit.ts";
import { type DeliveryWorld, deliveryWorld } from "../delivery/functions-kit.ts";
import { headgate, listen } from "./kit.ts";

let w: DeliveryWorld;
let url: string;
let close: () => Promise<void>;
const folder = mkdtempSync(join(tmpdir(), "headgate-rollout-"));
beforeAll(async () => {
  w = await deliveryWorld({ perSecond: 600 });
  ({ url, close } = await listen((request) => w.app.fetch(request)));
});
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

const cli = async (...args: readonly string[]) => {
  await w.refresh();
  const ran = await headgate([...args, "--url", url]);
  await w.refresh();
  return ran;
};
const told = async (...args: readonly string[]): Promise<Answer> => JSON.parse((await cli(...args, "--json")).stdout);
const judging = ({ current }: Answer) => current?.phase === "judging" && current.verdict !== undefined;

describe("a rollout from the command line", () => {
  it("is planned, begun, seen on one screen, paused and aborted, with the reason at the end", async () => {
    const plan = await cli("rollout", "plan", "orders");
    expect(plan.stdout).toMatch(
      /takes: +11 min at least, 2 min of it the bake[\s\S]*10 % +5 min +- +from 1\.\d\d × on +from \d\.\d\d × on/,
    );
    const begun = await cli("deploy", "orders", "--version", "v2", "--image", "orders:2", "--why", "release 2");
    expect(begun).toMatchObject({ status: 0, stderr: "" });
    expect(begun.stdout).toMatch(/^orders: v2, canary, started\n[\s\S]*rol_\w+; headgate rollout watch orders\n$/);
    const again = await cli("deploy", "orders", "--version", "v3", "--image", "orders:3");
    expect(again).toMatchObject({ status: 1, stdout: "" });
    expect(again.stderr).toMatch(/^no: rol_\w+ is under way: v2/);

    w.quality.set("v2", { errors: 0.012 });
    await w.play(600_000, judging);
    const shown = await cli("rollout", "show", "orders");
    expect(shown.stdout).toMatch(/serves: +v1\n/);
    expect(shown.stdout).toMatch(/shares: +v1 90 %, v2 10 %\n/);
    expect(shown.stdout).toMatch(/gate: +continue: /);
    expect(shown.stdout).toMatch(/evidence: +e [\d.]+ of 20 that fails it, after \d+ ticks? \(119 ticks of history\)/);
    expect(shown.stdout).toMatch(/errors: +\d+ of \d+ against \d+ of \d+, [\d.]+ × \([\d.]+ to [\d.]+\)/);
    expect(shown.stdout).toMatch(/visible: +errors from [\d.]+ × on at this traffic/);
    expect(shown.stdout).toMatch(/may be: +pause, promote, skip, abort, rollback/);
    expect(shown.stdout).toMatch(/▸ +1 +10 % +5 min +judging, 10 %\n· +2 +50 % +2 min/);
    expect((await cli("rollout", "list")).stdout).toMatch(
      /orders +v1 +canary +v2: judging step 1 of 3, 10 % +continue: /,
    );

    expect(await cli("rollout", "approve", "orders")).toMatchObject({ status: 1 });
    const paused = await cli("rollout", "pause", "orders", "--why", "lunch", "--by", "ada");
    expect(paused).toMatchObject({ status: 0, stdout: expect.stringMatching(/^paused[: ].*ada.*lunch/) });
    expect((await cli("rollout", "history", "orders")).stdout).toMatch(/v2 +v1 +canary +judging +\d+ \w+.* so far/);
    expect(await told("rollout", "abort", "orders", "--why", "not today")).toMatchObject({ command: "abort" });
    await w.play();
    const watched = await cli("rollout", "watch", "orders");
    expect(watched).toMatchObject({ status: 0, stdout: "no rollout of orders is under way\n" });
    const history = await cli("rollout", "history", "orders");
    expect(history.stdout).toMatch(/v2 +v1 +canary +rolled back +.* aborted: /);
    expect((await told("rollout", "history", "orders", "--limit", "1")).items).toHaveLength(1);
    expect(await cli("rollout", "resume", "orders")).toMatchObject({ status: 1 });
  });

  it("waits until it is over, and exits 1 with the reason and the last lines where it was rolled back", async () => {
    w.releases.behave("orders", "v4", "hopeless");
    const playing = (async () => {
      while (!(await w.state())?.current) await new Promise((resolve) => setImmediate(resolve));
      await w.play();
    })();
    const ran = await cli(
      "deploy",
      "orders",
      "--version",
      "v4",
      "--command",
      "node x.mjs",
      "--strategy",
      "all_at_once",
      "--wait",
    );
    await playing;
    expect(ran.status).toBe(1);
    expect(ran.stdout).toMatch(
      /v4 was rolled back\nhopeless start: v4 cannot start: v4 command not found \(\d+ checks\)\n {2}\| v4: command not found\n$/,
    );
  });

  it.each([
    ["a service that is missing", ["deploy"], /SERVICE is missing/],
    ["a variable without a value", ["deploy", "orders", "--env", "A"], /--env "A" is no KEY=VALUE/],
    ["a quote that is not closed", ["deploy", "orders", "--command", 'node "x'], /" is not closed/],
    ["a strategy nobody knows", ["deploy", "orders", "--strategy", "yolo"], /none of canary, blue-green/],
    ["a count that is none", ["deploy", "orders", "--count", "0"], /no whole number 1\.\.10000/],
    ["a file that is not there", ["deploy", "orders", "--file", "/nowhere/release.yaml"], /does not exist/],
    [
      "a secret in plain text",
      ["deploy", "orders", "--env", "API_TOKEN=abc"],
      /looks like a secret[\s\S]*allowed: a reference: ssm:\/path/,
    ],
    ["memory that is none", ["deploy", "orders", "--memory", "1z"], /found "1z"; allowed: text such as "512m"/],
    [
      "a new service that nothing starts",
      ["deploy", "oders", "--env", "A=1"],
      /no service "oders"; .*an image, or a command/,
    ],
    ["a verb nobody knows", ["rollout", "halt", "orders"], /unknown verb "halt"/],
    ["a service nobody knows", ["rollout", "show", "nobody"], /no service "nobody" is known/],
  ])("exits 2 for %s, and says what is wrong", async (_, args, message) => {
    const ran = await cli(...args);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).not.toContain("abc");
  });
});

describe("a release on the command line", () => {
  const io = makeIo(
    { env: {}, stdin: (async function* () {})(), stdout: () => {}, stderr: () => {}, terminal: false },
    false,
    undefined,
  );

  it("is the file's, with what the options say above it", async () => {
    const file = join(folder, "release.yaml");
    writeFileSync(
      file,
      "image: orders:1\nenvironment: { A: '1', B: '2' }\nresources: { memory: 1g, cpus: 2 }\nhealth_check: { path: /well, retries: 5 }\n",
    );
    const options = { file, image: "orders:2", env: ["B=3", "C=x=y"], memory: "2g", port: ["8080"], health: "/ok" };
    expect(await releaseOf(io, options, "help")).toEqual({
      image: "orders:2",
      environment: { A: "1", B: "3", C: "x=y" },
      resources: { memory: "2g", cpus: 2 },
      ports: ["8080"],
      health_check: { path: "/ok", retries: 5 },
    });
  });

  it.each([
    ["node server.mjs --port 80", ["node", "server.mjs", "--port", "80"]],
    [`sh -c 'a "b" c'  x\\ y ""`, ["sh", "-c", 'a "b" c', "x y", ""]],
    ['["node", "-e", "1 + 1"]', ["node", "-e", "1 + 1"]],
  ])("has its command cut into words as a shell does: %s", (given, words) => {
    expect(wordsOf(given, "help")).toEqual(words);
  });
});
