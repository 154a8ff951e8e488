import {
  type Experiment,
  type FaultSpec,
  faultName,
  type ProbeSpec,
  probeName,
} from "../../shared/core/backup/chaos/experiment.ts";
import { failingFor, judgeChaos, type ProbeSample } from "../../shared/core/backup/chaos/judge.ts";
import type { ChaosReport, FaultOutcome } from "../../shared/core/backup/chaos/report.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { formatDuration, type Millis } from "../../shared/core/kernel/time.ts";

/** How a fault is undone, as it is kept on disk: by any process, also after this one died. */
export interface Undo {
  readonly kind: string;
  readonly [member: string]: Json | undefined;
}

export interface Broken {
  readonly targets: readonly string[];
  readonly text: string;
}

/** Who breaks things. */
export interface ChaosDriver {
  /**
   * Chooses targets and says how they are undone; nothing is broken yet. Rejects where the blast radius allows none.
   *
   * @param taken targets that other faults have already
   */
  prepare(
    fault: FaultSpec,
    experiment: Experiment,
    taken: number,
  ): Promise<{ readonly targets: readonly string[]; readonly undo?: Undo; readonly state: unknown }>;
  /** Breaks what was prepared. */
  breakIt(
    fault: FaultSpec,
    prepared: { readonly targets: readonly string[]; readonly state: unknown },
  ): Promise<Broken>;
  /** Undoing what is undone already is done. Resolves to what was done. */
  undo(undo: Undo): Promise<string>;
}

/** Where it is kept what has to be undone; written before anything is broken. */
export interface UndoLog {
  add(id: string, index: number, undo: Undo): Promise<void>;
  done(id: string, index: number): Promise<void>;
}

export interface ChaosWorld {
  readonly now: () => Millis;
  /** Real ms; resolves at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly probe: (
    probe: ProbeSpec,
    signal: AbortSignal,
  ) => Promise<{ readonly ok: boolean; readonly text: string; readonly value?: number }>;
  readonly driver: ChaosDriver;
  readonly log: UndoLog;
  /** Told of everything that happens, a line each. */
  readonly say?: (line: string) => void;
  /** Somebody wants it to end: all is undone first. */
  readonly signal: AbortSignal;
}

interface Live {
  readonly index: number;
  readonly spec: FaultSpec;
  readonly prepared: Awaited<ReturnType<ChaosDriver["prepare"]>>;
  outcome: FaultOutcome;
  state: "ready" | "broken" | "undone";
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Carries out one experiment: the steady state is looked at first, then things are broken as they are told, looked at, undone, and looked at until they are steady again.
 * What was broken is undone whatever happens; what this process does not live to undo is on disk.
 */
export async function runExperiment(experiment: Experiment, id: string, world: ChaosWorld): Promise<ChaosReport> {
  const { now, driver, log, say = () => {} } = world;
  const startedAt = now();
  const samples: ProbeSample[] = [];
  const live: Live[] = [];
  let abortedBy: string | undefined;
  let brokenAt: Millis | undefined;
  let undoneAt: Millis | undefined;

  const look = async (): Promise<void> => {
    const found = await Promise.all(
      experiment.steady.map(async (probe, index): Promise<ProbeSample> => {
        const at = now();
        const result = await world
          .probe(probe, world.signal)
          .catch((error: unknown) => ({ ok: false, text: message(error) }));
        return { probe: index, at, ...result };
      }),
    );
    for (const one of found) {
      const before = samples.findLast(({ probe }) => probe === one.probe);
      const spec = experiment.steady[one.probe];
      if (spec && before?.ok !== one.ok)
        say(`${probeName(spec, one.probe)} ${one.ok ? "is good" : "fails"}: ${one.text}`);
    }
    samples.push(...found);
  };
  const steady = (): boolean =>
    experiment.steady.every((_, index) => samples.findLast(({ probe }) => probe === index)?.ok === true);
  const ended = (): boolean => world.signal.aborted;
  const undo = async (one: Live): Promise<void> => {
    if (one.state !== "broken") return;
    one.state = "undone";
    const back = one.prepared.undo;
    const at = now();
    try {
      const text = back ? await driver.undo(back) : undefined;
      if (back) await log.done(id, one.index);
      one.outcome = {
        ...one.outcome,
        undo: back ? "done" : "none",
        undoneAt: at,
        text: text ? `${one.outcome.text}; ${text}` : one.outcome.text,
      };
      if (text) say(`undone: ${text}`);
    } catch (error) {
      one.outcome = { ...one.outcome, undo: "failed", text: `${one.outcome.text}; not undone: ${message(error)}` };
      say(`NOT undone: ${faultName(one.spec, one.index)}: ${message(error)}`);
    }
  };

  try {
    const until = startedAt + experiment.before;
    do {
      await look();
      if (!steady() || ended()) break;
      if (now() < until) await world.sleep(Math.min(experiment.every, until - now()), world.signal);
    } while (now() < until && !ended());
    if (ended()) abortedBy = "ended by hand before anything was broken";
    else if (!steady())
      abortedBy = `the steady state was not there to begin with: ${samples.findLast(({ ok }) => !ok)?.text}`;
    else {
      let taken = 0;
      for (const [index, spec] of experiment.faults.entries()) {
        const prepared = await driver.prepare(spec, experiment, taken);
        taken += prepared.targets.length;
        const outcome: FaultOutcome = {
          fault: faultName(spec, index),
          targets: prepared.targets,
          text: "not begun",
          undo: "none",
        };
        live.push({ index, spec, prepared, outcome, state: "ready" });
      }
      const zero = now();
      const end = zero + experiment.duration;
      while (abortedBy === undefined) {
        const at = now();
        for (const one of live) {
          const from = zero + one.spec.at;
          const to = Math.min(end, one.spec.for === undefined ? end : from + one.spec.for);
          if (one.state === "ready" && at >= from && at < end && !ended()) {
            if (one.prepared.undo) await log.add(id, one.index, one.prepared.undo);
            one.state = "broken";
            brokenAt ??= now();
            one.outcome = { ...one.outcome, beganAt: now() };
            const { text, targets } = await driver.breakIt(one.spec, one.prepared);
            one.outcome = { ...one.outcome, text, targets };
            say(`${one.outcome.fault}: ${text}`);
          } else if (one.state === "broken" && at >= to) await undo(one);
        }
        if (at >= end) break;
        await look();
        if (ended()) abortedBy = "ended by hand";
        const over = experiment.steady.findIndex(
          (_, index) =>
            failingFor(
              samples.filter((one) => one.at >= zero),
              index,
            ) > experiment.stop.after,
        );
        const spec = experiment.steady[over];
        if (spec)
          abortedBy ??= `${probeName(spec, over)} failed for longer than ${formatDuration(experiment.stop.after)}: stopped`;
        if (abortedBy === undefined)
          await world.sleep(Math.max(0, Math.min(experiment.every, end - now())), world.signal);
      }
    }
  } catch (error) {
    abortedBy = message(error);
  } finally {
    for (const one of [...live].reverse()) await undo(one);
    if (brokenAt !== undefined) undoneAt = now();
  }
  // Also after an abort: how long it takes to be well again is worth knowing. Not when somebody wants to go.
  const until = now() + experiment.recovery;
  while (brokenAt !== undefined && !ended()) {
    await look();
    if (steady() || now() >= until) break;
    await world.sleep(Math.min(experiment.every, until - now()), world.signal);
  }
  const endedAt = now();
  const times = { endedAt, ...defined({ brokenAt, undoneAt }), ...(abortedBy === undefined ? {} : { abortedBy }) };
  const { name, hypothesis } = experiment;
  return {
    v: 1,
    ...{ id, name, hypothesis, startedAt, endedAt },
    ...defined({ brokenAt, undoneAt }),
    faults: live.map(({ outcome }) => outcome),
    ...judgeChaos(experiment, samples, times),
  };
}

const defined = (given: { readonly brokenAt: Millis | undefined; readonly undoneAt: Millis | undefined }) => ({
  ...(given.brokenAt === undefined ? {} : { brokenAt: given.brokenAt }),
  ...(given.undoneAt === undefined ? {} : { undoneAt: given.undoneAt }),
});
