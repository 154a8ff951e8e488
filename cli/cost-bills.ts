import type { CostImportedView } from "../functions/cost/views.ts";
import { answer } from "./client.ts";
import { text, type Verb } from "./command.ts";
import { WHERE, withCost } from "./cost-where.ts";
import { ApiError, UsageError } from "./errors.ts";
import { plain } from "./io.ts";

/** What became of one file. */
const importLines = (file: string, { source, exports, notes }: CostImportedView): readonly string[] => [
  ...exports.map(({ outcome, rows, rejected, from, to, replaced }) => {
    const days = from === undefined ? "no charge" : from === to ? from : `${from} to ${to}`;
    const out = rejected === 0 ? "" : `, ${rejected} left out`;
    const over = replaced.length === 0 ? "" : `; ${replaced.length} days of earlier bills are replaced`;
    return `${file}: ${outcome === "same" ? `${source} has it already` : `${source}: ${rows} rows${out}, ${days}${over}`}`;
  }),
  ...notes.map((note) => (typeof note === "string" ? note : note.text)),
];

export const importVerb: Verb = {
  name: "import",
  about:
    "Sends bills to headgate: their days replace those of the same source, and the same bytes again change nothing.",
  positionals: ["PATH..."],
  options: [
    { name: "source", value: "NAME", about: "under which name it is kept (default: imported)" },
    { name: "skip-bad", about: "leave rows out that cannot be read, and count them" },
    ...WHERE,
  ],
  example: "headgate cost import bill.csv.gz --source aws",
  run: async ({ io, options, positionals }) => {
    const source = text(options, "source");
    if (source !== undefined && !/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(source))
      throw new UsageError(
        `--source ${JSON.stringify(source)} is no name of letters, digits, "_" and "-"`,
        "headgate cost import --help",
      );
    const [{ eachBillOnce }, { exportsOf, findFault, withJoined }, { openAsBlob }, { basename }] = await Promise.all([
      import("../functions/cost/bill-files.ts"),
      import("./cost-parts.ts"),
      import("node:fs"),
      import("node:path"),
    ]);
    if (positionals.includes("-"))
      throw new UsageError("a bill is sent from a file, not from standard input", "headgate cost import --help");
    const exports = await exportsOf(await eachBillOnce(positionals));
    return withCost(io, options, async (routes) => {
      const items: (CostImportedView & { readonly file: string; readonly parts: number })[] = [];
      const send = async (file: string, name: string): Promise<CostImportedView> => {
        const query = {
          name: basename(name),
          ...(source === undefined ? {} : { source }),
          ...(options["skip-bad"] === true ? { skipBad: "true" as const } : {}),
        };
        const body = await openAsBlob(file, { type: "application/octet-stream" });
        return answer<CostImportedView>(routes.import.$post({ query }, { init: { body } }));
      };
      for (const parts of exports) {
        const [file = ""] = parts;
        const sent = parts.length === 1 ? send(file, file) : withJoined(parts, (path) => send(path, file));
        const done = await sent.catch(async (error: unknown) => {
          if (parts.length > 1 && error instanceof ApiError && error.code === "bill.invalid") await findFault(parts);
          throw error;
        });
        const named = parts.length === 1 ? file : `${file} and ${parts.length - 1} more of its parts`;
        for (const line of importLines(named, done)) io.line(plain(line));
        items.push({ file, parts: parts.length, ...done });
      }
      io.document({ items });
      return 0;
    });
  },
};
