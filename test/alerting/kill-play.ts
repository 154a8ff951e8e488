import { flushDue } from "../../functions/alerting/flush.ts";
import { handleWake } from "../../functions/alerting/queue.ts";
import { receiveAlerts } from "../../functions/alerting/receive.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { seeded } from "../shell/simulation/scheduler.ts";
import { alert, type LiveWorld, liveWorld, SIMPLE, shape, TENANT, type Told } from "./live-kit.ts";
import { mortal } from "./mortal.ts";

const NAMES = ["a", "b", "c"];
const CONFIG = SIMPLE.replace("group_wait: 10s", "group_wait: 2s").replace("group_interval: 1m", "group_interval: 20s");

/** One life after the other on the same storage; each is killed at a call the seed chooses. */
async function play(
  seed: number,
): Promise<{ readonly world: LiveWorld; readonly firing: ReadonlyMap<string, boolean> }> {
  const random = seeded(seed);
  const world = liveWorld(undefined, seed + 1);
  await world.apply(CONFIG);
  const { clock, base } = world;
  let calls = 0;
  let last = 1 + Math.floor(random() * 60);
  let life = mortal(base, () => (calls += 1) > last);
  /** Whoever comes next; the storage is all that is left. */
  const reborn = () => {
    calls = 0;
    last = 1 + Math.floor(random() * 90);
    life = mortal(base, () => (calls += 1) > last);
  };
  const attempt = async (work: (runtime: typeof life.runtime) => Promise<unknown>): Promise<boolean> => {
    const done = await work(life.runtime).then(
      () => true,
      () => false,
    );
    if (life.dead()) reborn();
    return done;
  };
  const far = clock.now() + 100 * HOUR_MS;
  const firing = new Map<string, boolean>();
  for (let step = 0; step < 14; step += 1) {
    const name = NAMES[Math.floor(random() * NAMES.length)] as string;
    const fires = random() < 0.6;
    // As Prometheus does: sent again until it is accepted.
    const posted = async () => {
      const startsAt = clock.now();
      const one = alert("Down", { instance: name }, fires ? { startsAt, endsAt: far } : { endsAt: clock.now() });
      for (let tries = 0; tries < 50; tries += 1)
        if (await attempt((runtime) => receiveAlerts(runtime, TENANT, [one]))) return;
      throw new Error("never accepted");
    };
    if (fires || firing.has(name)) {
      const flushing = random() < 0.5 ? attempt((runtime) => flushDue(runtime, TENANT)) : undefined;
      await posted();
      firing.set(name, fires);
      await flushing;
    }
    clock.advance(Math.floor(random() * 25 * SECOND_MS));
    await Promise.all([
      attempt((runtime) => flushDue(runtime, TENANT)),
      ...world.timers.take().map((wake) => attempt((runtime) => handleWake(runtime, wake))),
    ]);
  }
  // Nobody is killed any more; leases end, what was left is finished.
  for (let minute = 0; minute < 12; minute += 1) {
    clock.advance(MINUTE_MS);
    await flushDue(base, TENANT);
  }
  return { world, firing };
}

/** What the receiver knows in the end: the last it heard of each alert. */
const known = (told: readonly Told[]): ReadonlyMap<string, string> =>
  new Map(
    told.flatMap(({ alerts }) => alerts.map(({ labels, status }) => [labels["instance"] ?? "", status] as const)),
  );

export interface Death {
  /** Alerts that were accepted and that the receiver knows otherwise in the end, or not at all. */
  readonly lost: readonly string[];
  /** Notifications that came a second time under another key. */
  readonly twoKeys: readonly string[];
  /** Deliveries, and different keys among them. */
  readonly sent: number;
  readonly keys: number;
}

/** Plays the lives of a seed to their end, and what went wrong. */
export async function killed(seed: number): Promise<Death> {
  const { world, firing } = await play(seed);
  const last = known(world.told);
  const lost = [...firing].flatMap(([name, fires]) => {
    const said = last.get(name);
    // What ended before it was told of is never told of.
    const right = fires ? said === "firing" : said === undefined || said === "resolved";
    return right ? [] : [`${name} is ${fires ? "firing" : "resolved"}, told: ${said ?? "nothing"}`];
  });
  // Nothing is repeated within four hours: what is told twice in a row is the same notification and has the same key.
  const news = world.told.filter(({ key }, index) => world.told.findIndex((one) => one.key === key) === index);
  const twoKeys = news.flatMap((one, index) => {
    const before = news[index - 1];
    return before && shape(before) === shape(one) ? [`${before.key} and ${one.key}`] : [];
  });
  return { lost, twoKeys, sent: world.told.length, keys: news.length };
}
