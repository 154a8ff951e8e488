import { withBits } from "./bits.ts";
import { ask, backOff, clause, enter, giveUp, hold, moved, type Scene } from "./moves.ts";
import type { BackupRun, Beside, Flying, PartNote, RunAction, RunLook, RunMoved, SeenUnit } from "./types.ts";

/** Units handed out for each worker: one it reads, one that waits for it. */
const AHEAD = 2;
/** Most units handed out at a time: what is known of each is part of every decision. */
const MOST_FLYING = 400;
/** How often a unit is handed out before it is given up; its stretches are a gap then. */
const MOST_TRIES = 6;
/** More units than this are not given up one by one: something else is wrong. */
const MOST_LOST = 200;
const MOST_PART_TRIES = 5;
/** By then the other parts have to be there: the rest of the deadline is for sealing. */
const PARTS_SHARE = 0.8;

/** Folds in what was seen of units: whole ones are done, others have come so far. */
function seen(run: BackupRun, units: readonly SeenUnit[]): BackupRun {
  const whole = units.filter((unit) => unit.whole);
  if (whole.length === 0) return run;
  const sum = (what: (unit: SeenUnit) => number): number => whole.reduce((total, unit) => total + what(unit), 0);
  const gone = new Set(whole.map(({ unit }) => unit));
  return {
    ...run,
    done: withBits(run.done, [...gone]),
    counts: {
      units: run.counts.units + gone.size,
      bytes: run.counts.bytes + sum(({ bytes }) => bytes),
      records: run.counts.records + sum(({ records }) => records),
      storedBytes: run.counts.storedBytes + sum(({ storedBytes }) => storedBytes),
    },
    flying: run.flying.filter(({ unit }) => !gone.has(unit)),
    lost: run.lost.filter((unit) => !gone.has(unit)),
  };
}

interface Flight {
  readonly flying: readonly Flying[];
  readonly send: readonly { readonly unit: number; readonly attempt: number }[];
  readonly lost: readonly number[];
  readonly text: readonly string[];
  readonly sent: number;
}

/** What is handed out now: what came to its deadline, failed or fell silent, and what was never handed out. */
function handOut(run: BackupRun, scene: Scene, units: readonly SeenUnit[], failed: RunLook["failed"]): Flight {
  const { config, now } = scene;
  const parts = new Map(units.map((unit) => [unit.unit, unit.parts]));
  const why = new Map((failed ?? []).map((one) => [one.unit, one.why]));
  const [flying, send, lost, text]: [Flying[], { unit: number; attempt: number }[], number[], string[]] = [
    [],
    [],
    [],
    [],
  ];
  const again = (unit: number, had: number, tries: number): void => {
    flying.push({ unit, parts: had, at: now, tries });
    send.push({ unit, attempt: tries });
  };
  const fail = (one: Flying, because: string, had: number): void => {
    const tries = one.tries + 1;
    if (tries < MOST_TRIES) {
      flying.push({ unit: one.unit, parts: had, at: one.at, tries, again: now + backOff(config, tries) });
      text.push(`unit ${one.unit} failed (${because}) and is read again`);
    } else {
      lost.push(one.unit);
      text.push(`unit ${one.unit} was given up after ${tries} tries: ${because}`);
    }
  };
  for (const one of run.flying) {
    const had = parts.get(one.unit) ?? one.parts;
    const because = why.get(one.unit);
    if (had > one.parts) again(one.unit, had, 0);
    else if (because !== undefined && one.again === undefined) fail(one, because, had);
    else if (one.again !== undefined && now >= one.again) again(one.unit, had, one.tries);
    else if (one.again === undefined && now - one.at >= config.silenceMs) fail(one, "its worker fell silent", had);
    else flying.push(one);
  }
  const room = Math.min(MOST_FLYING, AHEAD * config.workers);
  let { sent } = run;
  for (; sent < (run.cut?.units ?? 0) && flying.length < room; sent += 1) again(sent, 0, 0);
  return { flying, send, lost, text, sent };
}

/** Parts beside the topics that can be gone on with now; those that take too long are given up. */
export function makeParts(
  run: BackupRun,
  scene: Scene,
  kinds: readonly Beside[] = scene.config.parts,
): { readonly run: BackupRun; readonly actions: readonly RunAction[] } {
  const { now } = scene;
  const late = now >= run.startedAt + PARTS_SHARE * (run.deadline - run.startedAt);
  const actions: RunAction[] = [];
  const parts: { [kind in Beside]?: PartNote } = { ...run.parts };
  for (const kind of kinds) {
    const note = run.parts[kind];
    if (note && note.status !== "waiting") continue;
    if (note && (late || note.tries >= MOST_PART_TRIES)) {
      const why = note.why ?? "nobody said why";
      parts[kind] = {
        ...note,
        status: "failed",
        why: late ? `it was not ready in time${note.why ? `: ${note.why}` : ""}` : why,
      };
    } else if (!note || now >= note.at)
      actions.push(
        ask(
          run,
          scene,
          { type: "make_part", kind, ...(note?.name === undefined ? {} : { progress: note.name }) },
          kind,
        ),
      );
  }
  const changed = kinds.some((kind) => parts[kind] !== run.parts[kind]);
  return { run: changed ? { ...run, parts } : run, actions };
}

export function copying(before: BackupRun, scene: Scene): RunMoved {
  const { config, look, now } = scene;
  if (!before.cut) return moved(enter(before, "cutting", now), "progressed", "there is no cut yet");
  const units = look.units ?? [];
  const met = seen(before, units);
  const flight = handOut(
    met,
    scene,
    units.filter(({ whole }) => !whole),
    look.failed,
  );
  const lost = [...met.lost, ...flight.lost];
  const cut = before.cut;
  const made = makeParts({ ...met, flying: flight.flying, lost, sent: flight.sent }, scene);
  const run = same(before, made.run) ? before : made.run;
  if (lost.length > MOST_LOST || (lost.length > 0 && lost.length === cut.units))
    return giveUp(
      run,
      "units",
      `${lost.length} of ${cut.units} units could not be read: ${flight.text.at(-1) ?? run.trouble ?? "see the log"}`,
    );
  const actions: RunAction[] = [...made.actions];
  if (flight.send.length > 0)
    actions.unshift(ask(run, scene, { type: "send_units", cut: cut.name, units: flight.send }));
  const trace = flight.text.map((text) => clause("changed", "units", text));
  const progress = `${run.counts.units} of ${cut.units} units are read`;
  const values = { done: run.counts.units, units: cut.units, lost: lost.length, bytes: run.counts.bytes };
  const through = run.counts.units + lost.length >= cut.units;
  const waiting = config.parts.filter((kind) => (run.parts[kind]?.status ?? "waiting") === "waiting");
  if (through && waiting.length === 0) {
    const next = moved(
      enter(run, "folding", now),
      "parts_collected",
      `${progress}, and all parts are there`,
      [],
      values,
    );
    return { ...next, trace: [...trace, ...next.trace] };
  }
  const phased = through && run.phase === "copying" ? enter(run, "collecting", now) : run;
  const text = through
    ? `${progress}; ${waiting.join(", ")} ${waiting.length === 1 ? "is" : "are"} being made`
    : progress;
  if (actions.length === 0) {
    const held =
      run === before && phased === run
        ? hold(run, "held_waiting", text, values)
        : moved(phased, "progressed", text, [], values);
    return { ...held, trace: [...trace, ...held.trace] };
  }
  const next = moved(phased, flight.send.length > 0 ? "work_sent" : "parts_asked", text, actions, values);
  return { ...next, trace: [...trace, ...next.trace] };
}

/** Whether nothing but the objects themselves is new. */
const same = (a: BackupRun, b: BackupRun): boolean =>
  a.done === b.done &&
  a.sent === b.sent &&
  a.parts === b.parts &&
  a.lost.length === b.lost.length &&
  a.flying.length === b.flying.length &&
  a.flying.every((one, index) => one === b.flying[index]);
