import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { memoryStreams } from "../../shared/edge/memory-streams.ts";
import { keysAt, type MadePoint, makePoint, memoryPlaces } from "./point-kit.ts";

const page = readFileSync(new URL("../../docs/backup-format.md", import.meta.url), "utf8");
const script = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? "";

test("the script of the page has at most 50 lines and prints every record of a topic, through all earlier points", async () => {
  expect(script.trim().split("\n").length).toBeLessThanOrEqual(50);
  let now = 1_700_000_000_000;
  const log = memoryStreams({ now: () => now++ });
  for (const name of ["orders", "stamped"])
    await log.createTopic({
      ...{ name, partitions: 2, replicationFactor: 1 },
      configs: name === "stamped" ? [{ name: "message.timestamp.type", value: "LogAppendTime" }] : [],
    });
  const [place, ...none] = memoryPlaces("only");
  if (!place || none.length > 0) throw new Error("one place");
  let previous: MadePoint | undefined;
  for (const id of ["bkp_1", "bkp_2", "bkp_3"]) {
    for (const topic of ["orders", "stamped"])
      for (const partition of id === "bkp_2" ? [0] : [0, 1]) {
        const long = "x".repeat(300);
        log.produce(
          topic,
          partition,
          [
            {
              key: "k",
              value: long,
              headers: [
                ["h", "1"],
                ["none", null],
              ],
            },
            { value: null },
          ],
          { codec: "zstd" },
        );
        const transaction = log.transaction("p");
        transaction.produce(topic, partition, [{ value: "never" }]);
        transaction.abort();
        log.produce(topic, partition, [{ key: "ü", timestamp: now - 90 * 86_400_000 }, { key: "late" }]);
      }
    previous = await makePoint(log, [place], id, previous, { chunkBytes: 200 });
  }
  const folder = mkdtempSync(join(tmpdir(), "headgate-format-"));
  try {
    for (const key of await keysAt(place)) {
      mkdirSync(dirname(join(folder, key)), { recursive: true });
      writeFileSync(join(folder, key), (await place.objects.get(key)) ?? "");
    }
    writeFileSync(join(folder, "records.mjs"), script);
    for (const topic of ["orders", "stamped"]) {
      const printed = execFileSync(process.execPath, [join(folder, "records.mjs"), folder, "p", "bkp_3", topic], {
        encoding: "utf8",
      });
      const base64 = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString("base64");
      const expected = [0, 1].flatMap((partition) =>
        log.consume(topic, partition).map(({ offset, timestamp, key, value, headers }) => ({
          ...{ partition, offset, timestamp, key: base64(key), value: base64(value) },
          headers: headers.map(([name, text]) => [name, base64(text)]),
        })),
      );
      expect(expected.length).toBeGreaterThan(8);
      expect(
        printed
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line)),
      ).toEqual(expected);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
