import { HOUR_MS, parseDuration } from "../shared/core/kernel/time.ts";
import { drill, drills } from "./backup-drills.ts";
import { hold, holds, release } from "./backup-holds.ts";
import { KEY, TO, WHERE } from "./backup-options.ts";
import { diff, list, show, verify } from "./backup-points.ts";
import { restore } from "./backup-restore.ts";
import { PLAN, SAID, said, texts, withWork } from "./backup-verb.ts";
import { type Given, type Group, type Option, text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { facts } from "./format.ts";
import { plain } from "./io.ts";
import { progressBar } from "./progress-bar.ts";

const WAIT: Option = {
  name: "wait",
  value: "DURATION",
  about: "in this process: how long to wait for a cluster that does not answer, 0s to 1h (default: 45s)",
};

function waitOf(options: Given): { readonly waitMs?: number } {
  const given = text(options, "wait");
  if (given === undefined) return {};
  const waitMs = given === "0" ? 0 : parseDuration(given);
  if (waitMs !== undefined && waitMs >= 0 && waitMs <= HOUR_MS) return { waitMs };
  throw new UsageError(
    `--wait ${JSON.stringify(given)} is no duration such as 30s, from 0s to 1h`,
    "headgate backup run --help",
  );
}

const run: Verb = {
  name: "run",
  about: "Takes a restore point now: topics, groups and what else the plan names. Exits 1 where none was made.",
  positionals: ["[PLAN]"],
  options: [
    ...WHERE,
    TO,
    { name: "topic", value: "PATTERN", many: true, about: "with --to: only these topics (default: all)" },
    { name: "exclude", value: "PATTERN", many: true, about: "with --to: not these topics" },
    KEY,
    WAIT,
    PLAN,
    ...SAID,
  ],
  example: "headgate backup run --brokers localhost:9092 --to ./backups",
  run: ({ io, positionals, options }) =>
    withWork(
      io,
      options,
      positionals[0],
      async (work) => {
        const done = await work.run(said(options), progressBar(io), waitOf(options));
        io.document(done);
        const { point } = done;
        io.line(plain(`${done.run}: ${done.outcome}: ${done.text.replace(`${done.run}: `, "")}`));
        if (point && point.missing.length > 0) {
          const { missingText } = await import("../shared/core/backup/run/sealing.ts");
          io.note(plain(`degraded: not at ${missingText(point)}`));
        }
        for (const one of point?.alarming ?? []) io.note(plain(`gap: ${one}`));
        return done.outcome === "sealed" && point?.verified !== "failed" ? 0 : 1;
      },
      { writing: true },
    ),
};

const prune: Verb = {
  name: "prune",
  about: "Removes restore points the plan does not keep, after proving that every kept one still has all it needs.",
  positionals: ["[PLAN]"],
  options: [...WHERE, { name: "dry-run", about: "only say what would go" }, PLAN],
  example: "headgate backup prune --config headgate.yaml --dry-run",
  run: ({ io, positionals, options }) =>
    withWork(io, options, positionals[0], async (work) => {
      const result = await work.prune(options["dry-run"] === true);
      io.document(result);
      for (const line of (await texts()).pruneLines(result)) io.line(line);
      return result.places.every(({ status }) => status === "done" || status === "planned") ? 0 : 1;
    }),
};

const cost: Verb = {
  name: "cost",
  about: "What a plan costs a month, from its points or, before the first, from what lies in the cluster.",
  positionals: ["[PLAN]"],
  options: [...WHERE, TO, PLAN],
  example: "headgate backup cost --config headgate.yaml",
  run: ({ io, positionals, options }) =>
    withWork(
      io,
      options,
      positionals[0],
      async (work) => {
        const view = await work.cost();
        io.document(view);
        for (const line of (await texts()).costLines(view)) io.line(line);
        return 0;
      },
      { writing: true },
    ),
};

const plan: Verb = {
  name: "plan",
  about:
    "What a run would take now, and what it would stumble over (rights that are missing, by name). Exits 1 where something would.",
  positionals: ["[PLAN]"],
  options: [...WHERE, TO, PLAN],
  example: "headgate backup plan --config headgate.yaml",
  run: ({ io, positionals, options }) =>
    withWork(
      io,
      options,
      positionals[0],
      async (work) => {
        const view = await work.preview();
        io.document(view);
        for (const line of (await texts()).previewLines(view)) io.line(line);
        return view.missing.length === 0 ? 0 : 1;
      },
      { writing: true },
    ),
};

const heal: Verb = {
  name: "heal",
  about: "Copies what a destination lacks of points from another one. Each run does it too.",
  positionals: ["[PLAN]"],
  options: [...WHERE, PLAN],
  example: "headgate backup heal",
  run: ({ io, positionals, options }) =>
    withWork(io, options, positionals[0], async (work) => {
      const { healed, failed } = await work.heal();
      io.document({ healed, failed });
      if (healed.length + failed.length === 0) io.line("nothing was missing");
      for (const { id, place } of healed) io.line(plain(`${id} is whole at ${place}`));
      for (const { id, place, why } of failed) io.line(plain(`${id} at ${place}: ${why}`));
      return failed.length === 0 ? 0 : 1;
    }),
};

const key: Verb = {
  name: "key",
  about:
    "Makes a key file for what is sealed. Whoever has it can read secrets in restore points; without it nobody can.",
  positionals: ["FILE"],
  example: "headgate backup key backup.key",
  run: async ({ io, positionals: [file] }) => {
    if (file === undefined || file === "") throw new UsageError("FILE is missing", "headgate backup key --help");
    const { newKeyFile } = await import("../shared/edge/key-file.ts");
    const made = await newKeyFile(file, Date.now());
    io.document({ file, fingerprint: made.fingerprint });
    for (const line of facts([
      ["file", file],
      ["fingerprint", made.fingerprint],
    ]))
      io.line(line);
    io.note("keep a copy elsewhere: what it seals cannot be read without it");
    return 0;
  },
};

export const backup: Group = {
  name: "backup",
  about: "restore points of topics, groups, jobs and configuration: taken, verified, restored, drilled",
  verbs: [run, list, show, verify, diff, restore, prune, drill, drills, cost, plan, heal, hold, release, holds, key],
};
