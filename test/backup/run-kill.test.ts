import { afterEach, describe, expect, test } from "vitest";
import { backupRun } from "../../shared/core/backup/run/machine.ts";
import type { RunInput } from "../../shared/core/backup/run/types.ts";
import type { Objects } from "../../shared/core/ports/objects.ts";
import { type KillOptions, killBackups } from "./run-kill.ts";

const SEEDS = 3;
const { step } = backupRun;

afterEach(() => void Object.assign(backupRun, { step }));

test("killed at any call, with destinations and brokers that fail: a listed point is whole, the next run completes", async () => {
  const from = Number(process.env["HEADGATE_SEED"] ?? 0);
  const count = process.env["HEADGATE_SEED"] === undefined ? SEEDS : 1;
  let kills = 0;
  for (let seed = from; seed < from + count; seed += 1) {
    const outcome = await killBackups(seed);
    expect(outcome.wrong, `seed ${seed}`).toEqual([]);
    kills += outcome.kills;
  }
  if (count > 1) expect(kills).toBeGreaterThan(count);
});

describe("the simulation notices", () => {
  const noticed = async (options: KillOptions = {}, most = 60): Promise<string | undefined> => {
    for (let seed = 0; seed < most; seed += 1) {
      const { wrong } = await killBackups(seed, options);
      if (wrong[0] !== undefined) return wrong[0];
    }
    return undefined;
  };

  test("a manifest that is written before what it refers to", async () => {
    const early = (objects: Objects): Objects => ({
      ...objects,
      put: async (key, body, options) => {
        const [, plan, run] = /^work\/([^/]+)\/([^/]+)\/draft-/.exec(key) ?? [];
        if (plan !== undefined) {
          const { manifest } = JSON.parse(String(body)) as { readonly manifest: string };
          await objects.put(`points/${plan}/${run}/manifest.json`, manifest);
        }
        return objects.put(key, body, options);
      },
    });
    expect(await noticed({ place: early })).toMatch(/half a point is listed/);
  });

  test("a destination that says it has what it has not", async () => {
    let writes = 0;
    const lying = (objects: Objects): Objects => ({
      ...objects,
      putStream: async (key, body, options) => {
        const info = await objects.putStream(key, body, options);
        writes += 1;
        if (writes % 5 === 0) await objects.remove(key);
        return info;
      },
    });
    expect(await noticed({ place: lying })).toBeDefined();
  });

  test("a machine that counts units nobody has read", async () => {
    Object.assign(backupRun, {
      step: ((config, state, input, now) => {
        const flying = state.current?.flying ?? [];
        const units = flying.map(({ unit }) => ({ unit, parts: 1, whole: true, bytes: 0, records: 0, storedBytes: 0 }));
        const told: RunInput = input.kind === "look" ? { ...input, units } : input;
        return step(config, state, told, now);
      }) satisfies typeof step,
    });
    expect(await noticed()).toBeDefined();
  });
});
