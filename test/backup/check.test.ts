import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../shared/shell/config.ts";
import { givenFiles } from "../../shared/shell/config-files.ts";
import { readersFrom } from "../../shared/shell/config-readers.ts";

const told = (yaml: string, files: Readonly<Record<string, string>> = {}) => {
  const parsed = parseConfig(`version: 1\n${yaml}`, readersFrom(givenFiles(files)));
  const lines = (all: readonly { path: string; line?: number; file?: string; message: string }[]) =>
    all.map(({ path, line, file, message }) => `${file === undefined ? "" : `${file}:`}${line} ${path}: ${message}`);
  return parsed.ok
    ? { faults: [], warnings: lines(parsed.warnings), config: parsed.config }
    : { faults: lines(parsed.faults), warnings: [] as string[] };
};

const CLUSTERS = "streams: { main: { kafka: { brokers: [a:9092] } }, other: { embedded: true } }";
const ONE = "streams: { main: { kafka: { brokers: [a:9092] } } }";
const plan = (settings: string, head = ONE) => `${head}\nbackup:\n  hourly: { to: [./a, ./b], ${settings} }\n`;

describe("a plan that can work is quiet", () => {
  test.each([
    ["the platform's rule with nothing said", plan("every: 1h")],
    ["one of two clusters, named", plan("what: { topics: { cluster: other } }", CLUSTERS)],
    ["no topics, whatever clusters there are", plan("what: { topics: false }", CLUSTERS)],
    ["secrets under a key", plan("key: file:keys/backup, what: { config: { ssm: [/prod] } }")],
    [
      "a drill in another cluster",
      plan("drill: { every: 1d, cluster: other }, what: { topics: { cluster: main } }", CLUSTERS),
    ],
    ["an objective that the interval leaves room for", plan("every: 1h, objective: { rpo: 2h, rto: 4h }")],
    ["grandfather, father and son", plan("every: 1h, keep: { hourly: 24, daily: 7, weekly: 4, monthly: 12 }")],
    [
      "destinations by name",
      plan("every: 1h", `${ONE}\ndestinations: { x: { s3: { bucket: backup-primary } } }`).replace("./a", "x"),
    ],
  ])("%s", (_, yaml) => {
    expect(told(yaml)).toMatchObject({ faults: [], warnings: [] });
  });
});

describe("what cannot work is a fault at its place", () => {
  test.each([
    [
      "a destination nobody knows",
      plan("every: 1h").replace("./b", "tape"),
      /^4 backup\.hourly\.to\[1\]: no such destination/,
    ],
    [
      "the same place twice",
      plan("every: 1h").replace("./b", "./a/"),
      /^4 backup\.hourly\.to\[1\]: the same place as \.\/a/,
    ],
    [
      "two clusters and none named",
      plan("every: 1h", CLUSTERS),
      /^4 backup\.hourly\.what\.topics\.cluster: is missing: which of 2 clusters/,
    ],
    [
      "a cluster that is not there",
      plan("what: { topics: { cluster: nowhere } }"),
      /^4 backup\.hourly\.what\.topics\.cluster: there is no such cluster/,
    ],
    [
      "topics without any cluster",
      plan("what: { topics: { include: [a] } }", ""),
      /^4 backup\.hourly\.what\.topics: there is no cluster/,
    ],
    [
      "points that are gone before the next",
      plan("every: 2d, keep: 1d"),
      /^4 backup\.hourly\.keep: shorter than every \(2 d\)/,
    ],
    ["no rule of keeping at all", plan("keep: {}"), /^4 backup\.hourly\.keep: shorter than every/],
    [
      "a new full backup oftener than backups",
      plan("every: 6h, full: 1h"),
      /^4 backup\.hourly\.full: shorter than every/,
    ],
    [
      "a drill in a cluster that is not there",
      plan("drill: { every: 1d, cluster: nowhere }"),
      /^4 backup\.hourly\.drill\.cluster: there is no such cluster/,
    ],
  ])("%s", (_, yaml, fault) => {
    expect(told(yaml).faults).toEqual([expect.stringMatching(fault)]);
  });
});

describe("what works and is probably not meant is a warning", () => {
  const LOCKED = (more: string) =>
    plan("keep: 30d", `${ONE}\ndestinations: { x: { s3: { bucket: backup-primary, ${more} } } }`).replace("./a", "x");
  test.each([
    [
      "secret parts without a key",
      plan("what: { config: { secrets: [a], files: [b] } }"),
      [/what\.config\.secrets: there is no key/, /what\.config\.files: there is no key/],
    ],
    [
      "a drill beside the originals",
      plan("drill: { every: 1d }"),
      [/^4 backup\.hourly\.drill: drills restore into main, where the topics come from/],
    ],
    [
      "an interval as long as the objective",
      plan("every: 1h, objective: { rpo: 1h }"),
      [/every: not less than objective\.rpo \(1 h\): at worst the interval, the run and its verification/],
    ],
    [
      "an objective over points nobody verifies",
      plan("verify: off, objective: { rpo: 3h }"),
      [/verify: points are never verified/],
    ],
    [
      "drills oftener than points",
      plan("every: 1d, drill: { every: 1h, cluster: other }, what: { topics: { cluster: main } }", CLUSTERS),
      [/drill\.every: more often than points/],
    ],
    [
      "a lock longer than points are kept, with what it costs",
      LOCKED("objectLock: { mode: compliance, for: 90d }"),
      [/^3 destinations\.x\.s3\.objectLock\.for: plan hourly keeps points for 30 d .* about 3\.0 times the storage/],
    ],
    [
      "a storage class with a longer minimum",
      LOCKED("storageClass: GLACIER_IR"),
      [/^3 destinations\.x\.s3\.storageClass: GLACIER_IR is paid for 90 d at the least/],
    ],
    ["no cluster at all", plan("every: 1h", ""), [/^4 backup\.hourly: takes no topics/]],
  ])("%s", (_, yaml, warnings) => {
    const found = told(yaml);
    expect(found.faults).toEqual([]);
    expect(found.warnings).toEqual(warnings.map((one) => expect.stringMatching(one)));
  });

  test("a lock as long as points are kept costs nothing more", () => {
    expect(told(LOCKED("objectLock: { mode: governance, for: 30d }")).warnings).toEqual([]);
  });
});

describe("the file of disaster recovery", () => {
  const FILE = [
    "disaster_recovery:",
    "  primary_region: us-east-1",
    "  secondary_region: us-west-2",
    "  data_backup:",
    "    frequency: hourly",
    "    retention: 30d",
    "    destinations: [s3://backup-primary, s3://backup-secondary]",
    "",
  ].join("\n");
  const config = (to: string, more = "") =>
    `${ONE}\nbackup: { hourly: { to: ${to}${more} } }\ndisasterRecovery: dr.yml\n`;
  const BOTH = "[s3://backup-primary, s3://backup-secondary]";

  test("is read into the configuration", () => {
    const { config: read, warnings } = told(config(BOTH), { "dr.yml": FILE });
    expect(warnings).toEqual([]);
    expect(read?.disasterRecovery).toMatchObject({ file: "dr.yml", settings: { secondaryRegion: "us-west-2" } });
  });

  test("that is not there is a fault of who names it", () => {
    expect(told(config(BOTH)).faults).toEqual(["4 disasterRecovery: there is no such file"]);
  });

  test("is at fault with its own name, line and column", () => {
    const found = told(config(BOTH), { "dr.yml": FILE.replace("frequency: hourly", "frequency: sometimes") });
    expect(found.faults).toEqual([expect.stringMatching(/^dr\.yml:5 disaster_recovery\.data_backup\.frequency: /)]);
  });

  test("with a key nobody knows works, and is told of with its line", () => {
    const found = told(config(BOTH), { "dr.yml": FILE.replace("    retention", "    retain: 1d\n    retention") });
    expect(found.warnings).toEqual([
      expect.stringMatching(/^dr\.yml:6 disaster_recovery\.data_backup\.retain: unknown key/),
    ]);
  });

  test.each([
    [
      "a point each hour",
      config(BOTH, ", every: 1d"),
      /asks for a restore point each 1 h, and no plan makes one more often than each 1 d/,
    ],
    [
      "thirty days",
      config(BOTH, ", keep: 7d"),
      /asks for points to be kept 30 d, and no plan keeps any longer than 7 d/,
    ],
    [
      "a second place",
      config("[s3://backup-primary]"),
      /asks for points at s3:\/\/backup-secondary, and no plan writes there/,
    ],
    ["any backup", `${ONE}\n\ndisasterRecovery: dr.yml\n`, /asks for backups, and no plan makes any/],
  ])("asks for %s, which no plan gives: said", (_, yaml, warning) => {
    expect(told(yaml, { "dr.yml": FILE }).warnings).toEqual([expect.stringMatching(warning)]);
  });

  test("finds its destinations under whatever names a plan has them", () => {
    const named =
      "destinations: { here: { s3: { bucket: backup-primary } }, far: { s3: { bucket: backup-secondary } } }";
    expect(told(`${named}\n${config("[here, far]")}`, { "dr.yml": FILE }).warnings).toEqual([]);
  });

  const platform = new URL("../../../shared/platform/disaster-recovery.yml", import.meta.url);
  test.skipIf(!existsSync(platform))("of the platform is taken as it is", () => {
    expect(told(config(BOTH), { "dr.yml": readFileSync(platform, "utf8") })).toMatchObject({
      faults: [],
      warnings: [],
    });
  });
});
