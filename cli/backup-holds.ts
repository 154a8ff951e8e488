import { WHERE } from "./backup-options.ts";
import { PLAN, POINT, SAID, withPoint, withWork } from "./backup-verb.ts";
import { type Option, text, type Verb } from "./command.ts";
import { stamp } from "./format.ts";
import { plain, table } from "./io.ts";

export const hold: Verb = {
  name: "hold",
  about: "Keeps a point, and all it needs, whatever the plan says (legal hold).",
  positionals: POINT,
  options: [...WHERE, { name: "why", value: "TEXT", about: "the reason", required: true }, SAID[1] as Option, PLAN],
  example: 'headgate backup hold bkp_20261123_060000 --why "audit 2026"',
  run: ({ io, positionals: [point = ""], options }) =>
    withPoint({ io, options }, point, async (work) => {
      const held = await work.hold(point, text(options, "why") ?? "", text(options, "by"));
      io.document(held);
      io.line(plain(`${held.id} stays: ${held.reason} (${held.by})`));
      return 0;
    }),
};

export const release: Verb = {
  name: "release",
  about: "Takes a legal hold away.",
  positionals: POINT,
  options: [...WHERE, PLAN],
  example: "headgate backup release bkp_20261123_060000",
  run: ({ io, positionals: [point = ""], options }) =>
    withPoint({ io, options }, point, async (work) => {
      const held = await work.release(point);
      io.document(held);
      io.line(plain(`${held.id} is kept as the plan says`));
      return 0;
    }),
};

export const holds: Verb = {
  name: "holds",
  about: "Legal holds.",
  positionals: ["[PLAN]"],
  options: [...WHERE, PLAN],
  example: "headgate backup holds",
  run: ({ io, positionals, options }) =>
    withWork(io, options, positionals[0], async (work) => {
      const items = await work.holds();
      io.document({ items });
      if (items.length === 0) io.line("no holds");
      else
        for (const line of table([
          ["POINT", "SINCE", "BY", "WHY"],
          ...items.map((one) => [one.id, stamp(one.at), one.by, one.reason]),
        ]))
          io.line(line);
      return 0;
    }),
};
