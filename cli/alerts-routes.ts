import { matchersText } from "../shared/core/alerting/matchers/match.ts";
import { parseMatcher } from "../shared/core/alerting/matchers/parse.ts";
import { type CompiledRoute, compileRoutes, groupIdentityOf, matchRoutes } from "../shared/core/alerting/routes.ts";
import type { Labels } from "../shared/core/kernel/labels.ts";
import { setLabel } from "../shared/core/kernel/labels.ts";
import { readAlertingFile } from "./alerts-files.ts";
import { text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { type Io, plain } from "./io.ts";

const HELP = "headgate alerts routes --help";

/** Labels as amtool takes them: `name=value`, in quotes where there are blanks or commas. */
function labelsOf(words: readonly string[]): Labels {
  const labels: Record<string, string> = {};
  for (const word of words) {
    const parsed = parseMatcher(word);
    if (!parsed.ok) throw new UsageError(`${JSON.stringify(word)} is no label: ${parsed.message}`, HELP);
    if (parsed.matcher.op !== "=") throw new UsageError(`${JSON.stringify(word)} is no label=value`, HELP);
    // As in an alert, an empty value is an absent label.
    if (parsed.matcher.value !== "") setLabel(labels, parsed.matcher.name, parsed.matcher.value);
  }
  return labels;
}

const groupByOf = ({ groupByAll, groupBy }: CompiledRoute): readonly string[] => (groupByAll ? ["..."] : groupBy);

function tellTree(io: Io, route: CompiledRoute, depth: number): void {
  const { matchers, receiver, continue: goesOn } = route;
  const asks = matchers.length === 0 && depth === 0 ? "default-route" : matchersText(matchers);
  io.line(plain(`${"  ".repeat(depth)}${asks}${goesOn ? "  continue: true" : ""}  receiver: ${receiver}`));
  for (const child of route.routes) tellTree(io, child, depth + 1);
}

const treeOf = (route: CompiledRoute): unknown => ({
  key: route.key,
  receiver: route.receiver,
  groupBy: groupByOf(route),
  continue: route.continue,
  routes: route.routes.map(treeOf),
});

/** `headgate alerts routes`: where an alert goes, by a file alone. */
export const alertsRoutesVerb: Verb = {
  name: "routes",
  about:
    "The receivers an alert with these labels goes to, in order, by alertmanager.yml (or a headgate.yaml) alone; without labels the whole tree. Needs no server. --expect exits 1 where others come out.",
  positionals: ["[LABEL=VALUE]..."],
  options: [
    { name: "config", value: "FILE", about: "alertmanager.yml, or a headgate.yaml that names one", required: true },
    { name: "expect", value: "RECEIVERS", about: "receivers that have to come out, separated by commas, in order" },
  ],
  example: "headgate alerts routes --config alertmanager.yml alertname=Down severity=page",
  run: async ({ io, positionals, options }) => {
    const read = await readAlertingFile(io, text(options, "config") as string);
    const root = compileRoutes("settings" in read ? read.settings.route : read.route);
    const expected = text(options, "expect");
    if (positionals.length === 0 && expected === undefined) {
      io.document(treeOf(root));
      tellTree(io, root, 0);
      return 0;
    }
    const labels = labelsOf(positionals);
    const routes = matchRoutes(root, labels);
    const receivers = routes.map(({ receiver }) => receiver);
    io.document({
      receivers,
      routes: routes.map((route) => ({
        key: route.key,
        receiver: route.receiver,
        groupBy: groupByOf(route),
        groupKey: groupIdentityOf(route, labels).groupKey,
      })),
    });
    io.line(plain(receivers.join(",")));
    if (expected === undefined || expected === receivers.join(",")) return 0;
    io.note(plain(`expected ${expected}`));
    return 1;
  },
};
