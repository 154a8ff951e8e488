import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { readersFrom } from "../../shared/shell/config-readers.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { world } from "../api/kit.ts";
import { headgate, listen } from "./kit.ts";

const folder = mkdtempSync(join(tmpdir(), "headgate-recovery-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DR = `disaster_recovery:
  primary_region: east
  secondary_region: west
  kafka_replication: { tool: MirrorMaker2, topics: [clicks], replication_factor: 3 }
  data_backup: { frequency: hourly, retention: 30d, destinations: [s3://first, s3://second] }
  objectives: { rpo: 2h, rto: 1h }
`;
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const dr = file("dr.yml", DR);
const config = file(
  "headgate.yaml",
  `version: 1
streams: { main: { embedded: true } }
disasterRecovery: dr.yml
backup: { hourly: { to: [./points], what: { state: false } } }
`,
);
const json = (text: string) => JSON.parse(text);

describe("headgate recovery", () => {
  test("plan says what a disaster-recovery file means and what it leaves open; a broken one exits 2 with its line", async () => {
    const { status, stdout } = await headgate(["recovery", "plan", dr, "--json"]);
    expect(status).toBe(0);
    expect(json(stdout)).toMatchObject({ plan: { every: "1h", keep: "30d", to: ["s3://first", "s3://second"] } });
    const broken = await headgate(["recovery", "plan", file("broken.yml", DR.replace("30d", "soon"))]);
    expect(broken.status).toBe(2);
    expect(broken.stderr).toMatch(/broken\.yml:5:.*retention/);
  });

  test("mirror writes what its check accepts, and the check finds what was changed", async () => {
    const out = join(folder, "mm2.properties");
    const brokers = ["--source-brokers", "a:9092", "--target-brokers", "b:9092"];
    expect((await headgate(["recovery", "mirror", "write", dr, ...brokers, "--out", out])).status).toBe(0);
    expect((await headgate(["recovery", "mirror", "check", dr, out])).status).toBe(0);
    const changed = file("other.properties", readFileSync(out, "utf8").replace("clicks", "sums"));
    const found = await headgate(["recovery", "mirror", "check", dr, changed]);
    expect(found.status).toBe(1);
    expect(found.stdout).toMatch(/clicks is not replicated/);
  });

  test("status exits 1 while an objective is not proven; without an objective there is nothing to breach", async () => {
    const asked = await headgate(["recovery", "status", "--config", config, "--json"]);
    expect(asked.status).toBe(1);
    expect(json(asked.stdout).plans).toMatchObject([{ plan: "hourly", verdict: "not_proven" }]);
    const free = file("free.yaml", readFileSync(config, "utf8").replace("disasterRecovery: dr.yml\n", ""));
    expect((await headgate(["recovery", "status", "--config", free])).status).toBe(0);
    expect((await headgate(["recovery", "status", "hourly", "--config", free, "--file", dr])).status).toBe(1);
  });
});

/** A control plane with the same configuration, and a cluster in memory. */
async function plane() {
  const w = await world({ config: "", access: "loopback" });
  const text = readFileSync(config, "utf8");
  const read = (path: string) => (path === "dr.yml" ? DR : undefined);
  const parsed = parseConfig(text, readersFrom({ read, list: () => [] }));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  await applyConfig(w.runtime, "default", { ...parsed, text }, { by: "test" });
  Object.assign(w.runtime, { streams: () => memoryStreams({ now: w.clock.now }), baseDir: folder });
  const server = await listen((request) => w.app.fetch(request));
  const run = (...args: string[]) => headgate(["--url", server.url, "recovery", ...args]);
  return { ...w, ...server, run };
}

describe("runbooks through the API", () => {
  test("a rehearsal does nothing for good and says which steps would not work; a real run stops at them, and goes back on a word", async () => {
    const { run, close } = await plane();
    try {
      expect((await run("runbooks")).stdout).toMatch(/failover .*never run/);
      const rehearsed = await run("start", "failover", "--rehearse", "--why", "quarterly");
      expect(rehearsed.status).toBe(1);
      expect(rehearsed.stdout).toMatch(/points +failed +.*no verified restore point of hourly/);
      expect(rehearsed.stdout).toMatch(/decide +done +.*would wait for a person/);
      expect((await run("status", "--json")).status).toBe(1);
      const real = await run("start", "failover", "--for-real", "--why", "the region is lost", "--json");
      expect(json(real.stdout).current).toMatchObject({ rehearsal: false, at: 0 });
      expect(json(real.stdout).current.steps[0]).toMatchObject({ id: "points", status: "failed" });
      const wrong = await run("approve", "failover");
      expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringMatching(/does not wait for approval/)]);
      expect((await run("start", "failover", "--for-real", "--why", "again")).stderr).toMatch(/is under way/);
      await run("skip", "failover", "--why", "the mirror has all", "--step", "points");
      const shown = await run("show", "failover", "--json");
      expect(json(shown.stdout).current.steps.slice(0, 3)).toMatchObject([
        { status: "skipped" },
        { id: "hold", status: "done" },
        { id: "decide", status: "approval" },
      ]);
      const over = await run("abort", "failover", "--why", "the region is back", "--json");
      expect(json(over.stdout)).toMatchObject({
        ended: [{ outcome: "aborted", rehearsal: false }, { rehearsal: true }],
      });
      expect((await run("show", "nowhere")).stderr).toMatch(/there is failover, failback/);
      expect((await run("start", "failover", "--why", "x")).stderr).toMatch(/either --rehearse or --for-real/);
    } finally {
      await close();
    }
  });
});

describe("headgate chaos", () => {
  const experiment = (fault: string) => `name: one
hypothesis: The program answers.
steady: [{ name: answers, command: { run: ["true"] } }]
faults: [{ name: gone, command: { run: ["${fault}"], undo: ["true"] } }]
every: 20ms
before: 20ms
duration: 60ms
recovery: 1s
blast: { percent: 100 }
`;
  test("exits 0 where the hypothesis held, 1 where the run ended before its time, 2 where the file is wrong; reports are listed", async () => {
    const at = ["--folder", join(folder, "chaos")];
    const good = await headgate(["chaos", "run", file("good.yaml", experiment("true")), ...at, "--json"]);
    expect([good.status, json(good.stdout).verdict]).toEqual([0, "held"]);
    const bad = await headgate(["chaos", "run", file("bad.yaml", experiment("false")), ...at]);
    expect([bad.status, bad.stdout]).toEqual([1, expect.stringMatching(/aborted: .*false exit code 1/)]);
    const wrong = file("wrong.yaml", experiment("true").replace("before: 20ms", "before: soon"));
    expect((await headgate(["chaos", "check", wrong])).status).toBe(2);
    expect((await headgate(["chaos", "run", wrong, ...at])).status).toBe(2);
    const { stdout } = await headgate(["chaos", "list", ...at, "--json"]);
    expect(json(stdout).items.map(({ verdict }: { verdict: string }) => verdict)).toEqual(["aborted", "held"]);
    expect(await headgate(["chaos", "undo", ...at])).toMatchObject({ status: 0, stdout: "nothing was left broken\n" });
  });
});
