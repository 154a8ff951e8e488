import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { hasNab, nab } from "./nab-corpus.ts";

const ANOMALY = fileURLToPath(new URL("../../shared/core/anomaly/", import.meta.url));

function sources(folder: string): readonly [string, string][] {
  return readdirSync(`${ANOMALY}${folder}`, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => [name, readFileSync(`${ANOMALY}${folder}${name}`, "utf8")]);
}

/** What the names of the benchmark's files are made of, whether or not the benchmark lies beside the project. */
const WORDS =
  /\bart_(daily|flat|increase|load|noisy)|(ec2|rds|elb|grok|iio)_|exchange-\d|nyc_taxi|rogue_agent|asg_misconf|machine_temperature|(occupancy|speed|TravelTime)_\w*\d|Twitter_volume|real(AWS|Ad|Known|Traffic|Tweets)|artificial(No|With)Anomaly|\bnumenta\/data/i;

/** Signs of constants that depend on which series it is: file names, series names, long tables of numbers, look-ups by name. */
function perFileSigns(source: string, names: readonly string[]): readonly string[] {
  const named = names.filter((name) => source.includes(name.replace(/^.*\//, "").replace(/\.csv$/, "")));
  const word = WORDS.exec(source)?.[0];
  const table = /(?:-?\d[\d_.e-]*\s*,\s*){24,}/.exec(source) ? ["a table of more than two dozen numbers"] : [];
  const lookup = /\b(series|file|name)s?(Name|Id)?\s*(===|\.(includes|startsWith|match|endsWith)\()/.exec(source)?.[0];
  return [...named, ...(word ? [word] : []), ...table, ...(lookup ? [lookup] : [])];
}

describe("one set of constants for all series", () => {
  test.each(sources("detector/"))("detector/%s knows no file", async (_name, source) => {
    const names = hasNab ? (await nab()).map(({ name }) => name) : [];
    expect(perFileSigns(source, names)).toEqual([]);
  });

  test.each([
    ["a file's name", 'const WEIGHTS = { "realTweets/Twitter_volume_AAPL.csv": 2 };'],
    ["part of one", 'if (id.includes("nyc_taxi")) weight = 2;'],
    ["a look-up by name", "const weight = name.startsWith(prefix) ? 2 : 1;"],
    ["a table of thresholds", `const T = [${Array.from({ length: 58 }, (_, i) => 0.5 + i / 100).join(", ")}];`],
  ])("planted: %s is found", (_name, source) => {
    expect(perFileSigns(source, [])).not.toEqual([]);
  });

  test.each(sources("detector/"))(
    "detector/%s is told neither how long a series is nor what its range will be",
    (_name, source) => {
      expect(source).not.toMatch(/\b(rowCount|fileLength|seriesLength|inputMin|inputMax|probation)\b/i);
    },
  );
});
