import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { memorySource } from "../../shared/core/monitoring/promql/memory-source.ts";
import { parsePromql } from "../../shared/core/monitoring/promql/parse.ts";
import { INVALID } from "../monitoring/promql-invalid.ts";
import { missing } from "./parts.ts";
import { type Prometheus, startPrometheus } from "./prometheus.ts";
import { difference, ours, theirs } from "./promql-compare.ts";
import { LENGTH_MS, randomData, START } from "./promql-data.ts";
import { questions } from "./promql-queries.ts";

const why = missing("prometheus");
/** Play a failing run again: HEADGATE_SEED and HEADGATE_QUERIES. */
const SEED = Number(process.env["HEADGATE_SEED"] ?? 20_240_229);
const COUNT = Number(process.env["HEADGATE_QUERIES"] ?? 2_000);

describe.skipIf(why)(`PromQL against Prometheus${why ? ` [skipped: ${why}]` : ""}`, () => {
  const data = randomData(SEED);
  const source = memorySource(data);
  let prometheus: Prometheus;
  beforeAll(async () => {
    prometheus = await startPrometheus();
    await prometheus.write(data);
  });
  afterAll(async () => prometheus?.stop());

  // Debian's Prometheus is a 2: ranges closed on the left, sums and averages not compensated. Those are the `v2` semantics.
  test(`${COUNT} random queries over random data: no difference (seed ${SEED})`, async () => {
    const differences: string[] = [];
    let [full, refused] = [0, 0];
    for (const one of questions(SEED, COUNT)) {
      const answer =
        "at" in one
          ? await prometheus.instant(one.query, one.at)
          : await prometheus.range(one.query, one.from, one.to, one.stepMs);
      const other = theirs(answer);
      if ("refused" in other) refused += 1;
      else if (other.values.size > 0) full += 1;
      const different = difference(ours(one, source, { semantics: "v2" }), other);
      if (different) differences.push(`${JSON.stringify(one)}: ${different}`);
    }
    expect(differences).toEqual([]);
    // A comparison of nothing with nothing would be green as well.
    expect(full / COUNT).toBeGreaterThan(0.5);
    expect(refused).toBeGreaterThan(COUNT / 100);
  });

  test("the comparison has eyes: the semantics of Prometheus 3 differ from this 2", async () => {
    let different = 0;
    for (const one of questions(SEED, 150)) {
      if (!("at" in one)) continue;
      const answer = theirs(await prometheus.instant(one.query, one.at));
      // As Prometheus 3 does it, and with a lookback of a minute.
      if (difference(ours(one, source, { semantics: "v3", lookbackMs: 60_000 }), answer)) different += 1;
    }
    expect(different).toBeGreaterThan(0);
  });

  test.each(INVALID)("both refuse to read %s", async (query) => {
    expect(parsePromql(query).ok).toBe(false);
    expect(await prometheus.instant(query, START + LENGTH_MS)).toMatchObject({
      status: "error",
      errorType: "bad_data",
    });
  });
});
