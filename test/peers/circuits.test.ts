import { setTimeout as sleep } from "node:timers/promises";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BreakerPolicySchema } from "../../shared/core/traffic/breaker/policy.ts";
import { dynamodbCircuits } from "../../shared/edge/dynamodb-circuits.ts";
import { dynamodbJournal } from "../../shared/edge/dynamodb-journal.ts";
import { sharedBreakers } from "../../shared/shell/breakers.ts";
import { transitionJournal } from "../../shared/shell/breakers-record.ts";
import type { SharedBreaker } from "../../shared/shell/breakers-types.ts";
import { circuitsContract } from "../contract/circuits.ts";
import { dynamodbClient } from "../contract/dynalite.ts";
import { useDynamoDbLocal } from "./dynamodb-local.ts";
import { missing, type Part } from "./parts.ts";
import { type Line, startLine } from "./toxiproxy.ts";

const why = missing("dynamodb-local");
const whyLine = why ?? missing("toxiproxy");

describe.skipIf(why)(`circuits on DynamoDB Local${why ? ` [skipped: ${why}]` : ""}`, () => {
  const dynamodb = useDynamoDbLocal();

  circuitsContract("DynamoDB Local", async () => {
    const clock = { now: 0 };
    const circuits = dynamodbCircuits({
      client: dynamodb.client(),
      table: await dynamodb.table(),
      now: () => clock.now,
    });
    return { circuits, clock, close: async () => {} };
  });

  describe.skipIf(whyLine)(`16 clients behind a bad line${whyLine ? ` [skipped: ${whyLine}]` : ""}`, () => {
    const STORE_TIMEOUT_MS = 500;
    /** What a busy machine takes for a call beside waiting for the store. */
    const SLACK_MS = 1_500;
    let toxiproxy: Part | undefined;
    let line: Line;
    let name: string;
    let breakers: SharedBreaker[] = [];
    const clients: DynamoDBClient[] = [];
    /** The other side. */
    const other = { ok: true, live: 0, most: 0, failed: 0 };
    const policy = v.parse(BreakerPolicySchema, {
      rule: "consecutive",
      recovery: "2s",
      jitter: 0,
      staleness: "1s",
      probeLease: "3s",
      storeTimeout: `${STORE_TIMEOUT_MS}ms`,
    });

    beforeAll(async () => {
      name = await dynamodb.table();
      ({ part: toxiproxy, line } = await startLine(dynamodb.endpoint()));
      breakers = Array.from({ length: 16 }, (_, nth) => {
        const own = dynamodbClient(line.endpoint, 2);
        clients.push(own);
        return sharedBreakers({
          circuits: dynamodbCircuits({ client: own, table: name, now: Date.now }),
          tenant: "default",
          policyOf: () => policy,
          now: Date.now,
          wallNow: Date.now,
          random: Math.random,
          environment: `client-${nth}`,
          onTransition: transitionJournal(dynamodbJournal({ client: own, table: name })).made,
        }).get("payments");
      });
    });
    afterAll(async () => {
      for (const one of clients) one.destroy();
      await toxiproxy?.stop();
    });

    /** One call of each client at once; how each ended and how long it took at most. */
    const round = async () => {
      let longest = 0;
      const answers = await Promise.all(
        breakers.map(async (breaker) => {
          const from = performance.now();
          let reached = false;
          const probing = breaker.state().status !== "closed";
          const answer = await breaker
            .run(async () => {
              reached = true;
              if (probing) other.most = Math.max(other.most, ++other.live);
              await sleep(20);
              if (probing) other.live -= 1;
              if (!other.ok) throw new Error("503");
            })
            .then(
              () => "ok",
              (error: Error) => (reached ? error.message : "refused"),
            );
          longest = Math.max(longest, performance.now() - from);
          return answer;
        }),
      );
      return { answers, longest };
    };
    const only = (answers: readonly string[]) => [...new Set(answers)];

    test("with latency: what one learns all know, and the opening is one", async () => {
      await line.toxics([{ type: "latency", attributes: { latency: 40, jitter: 20 } }]);
      expect(only((await round()).answers)).toEqual(["ok"]);
      other.ok = false;
      // The first failure of each takes back what went well before; the second one in a row opens.
      expect(only((await round()).answers)).toEqual(["503"]);
      await round();
      await sleep(1_100);
      expect(only((await round()).answers)).toEqual(["refused"]);
      const { items } = await dynamodbJournal({ client: dynamodb.client(), table: name }).list({ tenant: "default" });
      expect(items.filter(({ reason }) => reason === "opened_consecutive")).toHaveLength(1);
    }, 30_000);

    test("with latency: one probe at a time, and three that succeed close it for all", async () => {
      other.ok = true;
      for (let tries = 0; tries < 60 && only((await round()).answers).join() !== "ok"; tries += 1) await sleep(200);
      expect(only((await round()).answers)).toEqual(["ok"]);
      const { items } = await dynamodbJournal({ client: dynamodb.client(), table: name }).list({ tenant: "default" });
      expect(items.map(({ reason }) => reason)).toEqual(["closed", "probing", "opened_consecutive"]);
    }, 30_000);

    test("cut off: last seen closed, all calls go through, none waits long, and it says so", async () => {
      await line.cut(true);
      await sleep(1_100);
      for (let nth = 0; nth < 10; nth += 1) {
        const { answers, longest } = await round();
        expect(only(answers)).toEqual(["ok"]);
        expect(longest).toBeLessThan(STORE_TIMEOUT_MS + SLACK_MS);
      }
      expect(breakers.every((breaker) => breaker.state().degraded)).toBe(true);
      await line.cut(false);
    }, 30_000);

    test("a line of 1 KB/s: no call waits longer than the store may take", async () => {
      await line.toxics([{ type: "bandwidth", attributes: { rate: 1 } }]);
      await sleep(1_100);
      for (let nth = 0; nth < 5; nth += 1) {
        const { answers, longest } = await round();
        expect(only(answers)).toEqual(["ok"]);
        expect(longest).toBeLessThan(STORE_TIMEOUT_MS + SLACK_MS);
        await sleep(300);
      }
    }, 30_000);

    test("when the line is good again, they share their state again", async () => {
      await line.toxics([]);
      for (let tries = 0; tries < 100 && breakers.some((one) => one.state().degraded); tries += 1) {
        await sleep(100);
        await round();
      }
      expect(breakers.map((one) => one.state().degraded)).not.toContain(true);
      other.ok = false;
      await round();
      await round();
      await sleep(1_100);
      expect(only((await round()).answers)).toEqual(["refused"]);
    }, 30_000);
  });
});
