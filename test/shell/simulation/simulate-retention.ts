import { retentionOf } from "../../../shared/core/cost/change/look.ts";
import { changeMachine } from "../../../shared/core/cost/change/machine.ts";
import type {
  ChangeConfig,
  ChangeInput,
  ChangeState,
  NotedOpportunity,
  Seen,
} from "../../../shared/core/cost/change/types.ts";
import { counts, decisive, floorOf } from "../../../shared/core/cost/retention/floor.ts";
import { MEMORY_MS, usageFold } from "../../../shared/core/cost/retention/history.ts";
import { retentionOpportunity } from "../../../shared/core/cost/retention/opportunity.ts";
import { GUARD_ROOM_MS, proposeRetention } from "../../../shared/core/cost/retention/propose.ts";
import type { GroupFacts, TopicFacts } from "../../../shared/core/cost/retention/types.ts";
import { type RetentionConfig, retentionDefaults } from "../../../shared/core/cost/section.ts";
import type { GroupUsage, UsageHour } from "../../../shared/core/cost/usage.ts";
import { DAY_MS, formatDuration, HOUR_MS, MINUTE_MS, type Millis } from "../../../shared/core/kernel/time.ts";
import type { Violation } from "./check.ts";
import { type Dropped, type SegmentLog, segmentLog } from "./retention-log.ts";
import { lagOf, type Reader, type ReaderWorld, readOn, TICK_MS } from "./retention-readers.ts";
import { seeded } from "./scheduler.ts";

/** What can be done wrong: each has its planted fault. */
export interface RetentionFaults {
  /** Nobody looks after it was applied. */
  readonly unguarded?: boolean;
  /** The floor is the largest lag itself, and the guard waits until it is passed. */
  readonly unsafe?: boolean;
  /** A lag that nobody could read is taken for zero. */
  readonly blindIsZero?: boolean;
  /** Compacted topics are taken for others. */
  readonly compactedToo?: boolean;
}

const START = Date.UTC(2026, 0, 5);
/** A guard that misses looks for longer than this is late. */
const AWAY_MS = 4 * HOUR_MS;
const KEYS = 20;

const pick = <T>(random: () => number, values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;

/** One topic and its readers for weeks: watched, proposed for, changed and guarded by the real decisions, deleted from as Kafka deletes. */
export function simulateRetention(seed: number, faults: RetentionFaults = {}) {
  const random = seeded(seed);
  const luck = new Map<string, number>();
  const log: string[] = [];
  const violations: Violation[] = [];
  const chance = (name: string, probability: number): boolean => {
    if (random() >= probability) return false;
    luck.set(name, (luck.get(name) ?? 0) + 1);
    return true;
  };
  const count = (name: string) => void luck.set(name, (luck.get(name) ?? 0) + 1);
  const partitions = 1 + Math.floor(random() * 2);
  const original = pick(random, [5, 7, 10, 14]) * DAY_MS;
  const settings = {
    retentionMs: original,
    retentionRecords: random() < 0.2 ? 1000 : -1,
    segmentMs: pick(random, [HOUR_MS, 6 * HOUR_MS, DAY_MS, 7 * DAY_MS]),
    segmentRecords: pick(random, [12, 100, 1000]),
  };
  const compacted = random() < 0.1 || faults.compactedToo === true;
  const cleanupPolicy = compacted ? "compact,delete" : "delete";
  const config: RetentionConfig = {
    ...retentionDefaults(),
    mode: "act",
    threshold: "0",
    safety: pick(random, [1.5, 2, 3, 3]),
    minimum: pick(random, [HOUR_MS, 6 * HOUR_MS, DAY_MS]),
    liveFor: pick(random, [5 * DAY_MS, 30 * DAY_MS]),
    history: pick(random, [3, 7]) * DAY_MS,
  };
  const change: ChangeConfig = {
    id: "opp_simulated",
    mode: "act",
    everyMs: HOUR_MS,
    blindMs: 10 * MINUTE_MS,
    reserveMs: faults.unsafe ? 0 : GUARD_ROOM_MS / 2,
  };
  const logs: readonly SegmentLog[] = Array.from({ length: partitions }, () => segmentLog(settings));
  const fresh = (name: string, position: number[]): Reader => ({
    ...{ name, position, speed: pick(random, [2, 10, 50]), weekdays: random() < 0.15 },
    ...{ stalledUntil: 0, stoppedUntil: 0, seen: undefined, liveAt: 0 },
  });
  const readers: Reader[] = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, index) =>
    fresh(
      `group-${index}`,
      logs.map(() => 0),
    ),
  );
  const hours: UsageHour[] = [];
  /** All of them, folded as they come: within a month, lags and replays are the same whenever they are asked for. */
  const whole = usageFold(START + MEMORY_MS, config.history);
  const replays = random() < 0.3;
  let now = START;
  let state: ChangeState = changeMachine.initial(change, now);
  let dueAt: Millis | undefined;
  let awayUntil = 0;
  /** Nobody of us reaches the brokers, which go on deleting. */
  let cutUntil = 0;
  let darkUntil = 0;
  let blindGroup: string | undefined;
  /** Groups that the last good look counted: nothing they have not read may go. */
  let promised = new Set<string>();
  const say = (what: string) => void log.push(`${formatDuration(now - START)}: ${what}`);
  let longestReplay = 0;
  const watchMs = config.history + DAY_MS;
  const isLater = () => now >= START + watchMs;
  const world: ReaderWorld = {
    random,
    chance,
    // Within what was seen, once something depends on it.
    replayMs: () => (isLater() ? longestReplay : replays ? 2 * DAY_MS : 0),
    get stallMs() {
      return isLater() ? 3 * DAY_MS : 6 * HOUR_MS;
    },
  };

  let once = KEYS;
  /** Most keys are written again and again, some once and never more. */
  const keyOf = (): number => (random() < 0.02 ? once++ : Math.floor(random() * KEYS));

  const groupsNow = (): readonly GroupFacts[] =>
    readers.map((reader) => {
      const blind = blindGroup === reader.name || blindGroup === "*";
      const behind = logs.some((one, partition) => (reader.position[partition] ?? 0) < one.start());
      const known = blind ? (faults.blindIsZero ? 0 : undefined) : behind ? undefined : lagOf(reader, logs, now);
      return {
        group: reader.name,
        members: now >= reader.stoppedUntil,
        ...(known === undefined
          ? { why: behind ? "behind the start of the log" : "nobody answers" }
          : { lagMs: known }),
      };
    });

  const observe = (): void => {
    if (chance("hour unseen", 0.01)) return;
    const groups = readers.map((reader): GroupUsage => {
      const seen = reader.seen;
      reader.seen = [...reader.position];
      const back = seen?.map((before, partition) => (reader.position[partition] ?? 0) < before);
      const replayed = back?.some(Boolean) ? lagOf(reader, logs, now) : undefined;
      longestReplay = Math.max(longestReplay, replayed ?? 0);
      const unread = chance("lag unread", 0.01) || blindGroup === reader.name || blindGroup === "*";
      return {
        group: reader.name,
        topic: "t",
        live: reader.liveAt > now - HOUR_MS,
        fetchedRecords: 1,
        ...(unread ? (faults.blindIsZero ? { maxTimeLagMs: 0 } : {}) : { maxTimeLagMs: lagOf(reader, logs, now) }),
        ...(replayed === undefined ? {} : { replayAgeMs: replayed }),
      };
    });
    const hour: UsageHour = {
      ...{ v: 1, cluster: "c", hour: now - HOUR_MS, seenMs: HOUR_MS, jobs: [], services: [], missing: [] },
      topics: [{ topic: "t", topicId: "id", partitions, replicationFactor: 1, cleanupPolicy }],
      groups,
    };
    hours.push(hour);
    whole.add(hour);
  };

  /** How many hours were seen and read depends on now; the floor, for which there is a look each hour, does not ask for that. */
  const foldNow = () => {
    const fold = usageFold(now, config.history);
    for (const hour of hours) fold.add(hour);
    return fold;
  };

  const factsNow = (fold = whole): TopicFacts => {
    const seen = fold.topic("t", "id");
    const oldest = Math.min(...logs.map((one) => one.oldest() ?? now));
    const knownFrom = fold.knownFrom();
    const { replay } = seen ?? {};
    return {
      ...{ cluster: "c", topic: "t", topicId: "id", internal: false, partitions, replicationFactor: 1 },
      settings: {
        cleanupPolicy: faults.compactedToo ? "delete" : cleanupPolicy,
        retentionMs: settings.retentionMs,
        retentionBytes: -1,
        remote: false,
        own: { "retention.ms": String(settings.retentionMs) },
      },
      groups: groupsNow().map((group) => {
        const before = seen?.groups.get(group.group);
        return before ? { ...group, ...before } : group;
      }),
      strangers: [],
      ...(replay ? { replay } : {}),
      backups: [],
      ...(knownFrom === undefined ? {} : { knownFrom }),
      history: seen?.history ?? { hours: 0, wantedHours: 1, readHours: 0, idleHours: 0 },
      access: seen?.access ?? "unknown",
      storedBytes: logs.reduce((sum, one) => sum + one.size(), 0),
      oldestMs: now - oldest,
    };
  };
  const rules = faults.unsafe ? { ...config, safety: 1, minimum: HOUR_MS } : config;

  /** Whose reading counted at the last look, as the documentation says it: members, or not seen without life for as long as `liveFor`. */
  let live: readonly string[] = [];
  const seenNow = (): Seen => {
    const facts = factsNow();
    const floor = floorOf(facts, rules, now);
    live = facts.groups.filter((group) => counts(group, facts, config, now)).map(({ group }) => group);
    return {
      status: "seen",
      topicId: "id",
      own: [{ name: "retention.ms", value: String(settings.retentionMs) }],
      cleanupPolicy: facts.settings.cleanupPolicy,
      floor:
        floor.status === "known"
          ? { status: "known", ms: floor.ms, needMs: floor.needMs, text: decisive(floor).text, terms: floor.terms }
          : { status: "unknown", text: floor.text },
    };
  };

  /** Decides, and does what was decided, a moment later or not at all this time. */
  const decide = (input: ChangeInput): void => {
    const step = changeMachine.step(change, state, input, now);
    count(step.reason);
    if (step.reason !== "held_guarding") say(`${step.reason}: ${step.trace.at(-1)?.text}`);
    state = step.state;
    const [deed] = step.actions;
    if (deed) {
      const value = Number(deed.set[0]?.value);
      const lost = now < cutUntil || chance("worker died", 0.02);
      if (!lost) {
        settings.retentionMs = value;
        state = changeMachine.settle(change, state, [{ key: deed.key, status: "done", at: now, detail: "set" }], now);
      }
    }
    dueAt = changeMachine.dueAt(change, state, now);
    if (state.status !== "guarded") promised = new Set();
    else if (
      step.reason === "held_guarding" ||
      step.reason === "sees_again" ||
      step.reason === "applying" ||
      step.reason === "applied"
    )
      promised = new Set(live);
  };

  const propose = (): void => {
    const facts = factsNow(foldNow());
    const proposal = proposeRetention(facts, rules, undefined, now);
    count(proposal.status === "none" ? proposal.reason : "proposed");
    if (proposal.status === "none") return;
    const retentionMs = faults.unsafe
      ? Math.ceil(Math.max(proposal.floor.needMs, HOUR_MS) / HOUR_MS) * HOUR_MS
      : proposal.retentionMs;
    const { savingPerMonth: _, ...made } = retentionOpportunity(
      facts,
      { ...proposal, retentionMs },
      { currency: "USD", now },
    );
    const opportunity: NotedOpportunity = made;
    decide({ kind: "apply", by: "headgate", why: "simulated", opportunity, seen: seenNow() });
    if (made.action.type === "topic_configs" && state.status === "guarded")
      say(`keeps ${formatDuration(retentionOf(made.action) ?? 0)}`);
  };

  const check = (partition: number, gone: Dropped): void => {
    // Older than what was kept before, or too much: it would be gone without the change, too.
    if (gone.bySize || now - gone.at >= original) return;
    if (compacted && gone.newestOfKey)
      violations.push({
        rule: "the newest record of a key stays",
        detail: `key ${gone.key} went after ${formatDuration(now - gone.at)}`,
      });
    for (const reader of readers) {
      if (!promised.has(reader.name) || (reader.position[partition] ?? 0) > gone.offset) continue;
      violations.push({
        rule: "no record that a live group still needs is dropped",
        detail: `${reader.name} has not read ${gone.offset} of ${partition}, which went after ${formatDuration(now - gone.at)}`,
      });
    }
  };

  const end = START + watchMs + 8 * DAY_MS;
  for (; now < end; now += TICK_MS) {
    const night = (now / HOUR_MS) % 24 < 6;
    for (const one of logs) if (random() < (night ? 0.3 : 0.9)) one.append(now - random() * MINUTE_MS, now, keyOf());
    logs.forEach((one, partition) => {
      for (const gone of one.clean(now)) check(partition, gone);
    });
    if (isLater() && readers.length < 6 && chance("new group", 0.0004))
      readers.push(
        fresh(
          `group-${readers.length}`,
          logs.map((one) => one.start()),
        ),
      );
    for (const reader of readers) readOn(reader, logs, now, world);
    if (violations.length > 0) break;
    if ((now - START) % HOUR_MS === 0 && now > START) observe();
    if (!isLater()) continue;
    if (now >= darkUntil) blindGroup = undefined;
    if (chance("observer away", faults.blindIsZero ? 0.003 : 0.0008)) {
      darkUntil = now + random() * (faults.blindIsZero ? 72 : 12) * HOUR_MS;
      blindGroup = random() < 0.5 ? "*" : pick(random, readers).name;
    }
    // One trouble after another, with good looks between them: late is by up to so long, not by any length.
    if (now >= Math.max(awayUntil, cutUntil) + 2 * HOUR_MS) {
      if (chance("guard away", 0.001)) awayUntil = now + random() * AWAY_MS;
      else if (chance("cut off", 0.0005)) cutUntil = now + random() * AWAY_MS;
    }
    const rests = ["open", "reverted", "superseded"].includes(state.status);
    if (rests && (now - START) % (6 * HOUR_MS) === 0 && now >= cutUntil) propose();
    else if (dueAt !== undefined && now >= dueAt && now >= awayUntil && !faults.unguarded) {
      decide({
        kind: "look",
        seen:
          now < cutUntil || chance("unreachable", 0.01)
            ? { status: "unreachable", text: "no broker answers" }
            : seenNow(),
      });
    }
  }
  return { violations, luck, log };
}
