import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fingerprintOf } from "../../shared/core/alerting/fingerprint.ts";
import { byMatcher, compileMatchers, matchersText } from "../../shared/core/alerting/matchers/match.ts";
import { type MatcherMode, parseMatcher, parseMatchers } from "../../shared/core/alerting/matchers/parse.ts";
import { type Alertmanager, absent, amtool, startAlertmanager, startBoth } from "./alertmanager.ts";
import { alertLabels } from "./alertmanager-config.ts";
import { difference } from "./alertmanager-observe.ts";
import { cases, SEED, search } from "./seeded.ts";

const SKIPPED = absent();

/** What matchers are made of, good and bad, and pieces that only meet by chance. */
const NAMES = ["a", "b", "größe", "with space", "x.y", "_", "alertname", "a:b", "1a", "", "🙂"];
const OPS = ["=", "!=", "=~", "!~", "==", "=!", "~", "!", "=~~", ""];
const VALUES = [
  ...[
    "1",
    "2",
    "foo",
    "foo.*",
    ".+",
    "",
    "(",
    "[",
    "a{2}",
    "(?i)FOO",
    "(?=x)",
    "\\d",
    "a,b",
    "{x}",
    "ü",
    "é",
    "\\1",
    "*",
  ],
  ...[
    "back\\slash",
    'q\\"q',
    'q"q',
    "foo\\nbar",
    "\\x41",
    "\\u00fc",
    "\\U0001F642",
    "\\q",
    "\\",
    "\\\\",
    "'",
    "`",
    " sp ",
  ],
];
const QUOTES = ['"', "'", "`", "", "“"];
const SPACE = ["", "", "", " ", "\t", "\n", "\u00a0", "  "];

const piece = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...NAMES, ...OPS, ...VALUES, ...QUOTES, ...SPACE, ",", "{", "}") },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 3 }) },
);

const quoted = (from: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom(...from),
      fc.constantFrom("", '"', '"'),
      fc.constantFrom(...SPACE),
      fc.constantFrom(...SPACE),
    )
    .map(([text, quote, before, after]) => `${before}${quote}${text}${quote}${after}`);

const join3 = (parts: readonly string[]) => parts.join("");
const nearly = fc.tuple(quoted(NAMES), fc.constantFrom(...OPS), quoted(VALUES)).map(join3);
const good = fc
  .tuple(
    fc.constantFrom("a", "b", "_", "alertname", " c", '"x.y"', '"größe"'),
    fc.constantFrom("=", "!=", "=~", "!~"),
    fc.constantFrom("1", '"2"', '"foo.*"', ".+", '""', '"(?i)FOO"', '"foo\\nbar"', "ü ", '"1|2"', '"\\x41"', "q\\d"),
  )
  .map(join3);
const wellFormed = fc.oneof({ weight: 3, arbitrary: good }, { weight: 2, arbitrary: nearly });

/** One or several matchers, nearly right ones more often than noise. */
const matcherTexts = fc.oneof(
  { weight: 8, arbitrary: wellFormed },
  { weight: 3, arbitrary: wellFormed.map((text) => `{${text}}`) },
  { weight: 2, arbitrary: fc.array(wellFormed, { minLength: 2, maxLength: 3 }).map((list) => list.join(",")) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.array(wellFormed, { maxLength: 3 }), fc.constantFrom("}", ",}", ",,}", "", "}}"))
      .map(([list, end]) => `{${list.join(",")}${end}`),
  },
  { weight: 2, arbitrary: fc.array(piece, { maxLength: 7 }).map((parts) => parts.join("")) },
);

const MODES = [
  ["fallback", []],
  ["classic", ["--enable-feature=classic-mode"]],
  ["utf8", ["--enable-feature=utf8-strict-mode"]],
] as const satisfies readonly (readonly [MatcherMode, readonly string[]])[];

const LABELS = fc.sample(alertLabels, { seed: SEED, numRuns: 40 });
const config = "route: { receiver: none }\nreceivers: [{ name: none }]\n";

/** Status and, where it was taken, the fingerprints found. */
async function filtered(one: Alertmanager, text: string) {
  const { status, text: body } = await one.request("GET", `/api/v2/alerts?filter=${encodeURIComponent(text)}`);
  const found =
    status === 200 ? (JSON.parse(body) as { fingerprint: string }[]).map(({ fingerprint }) => fingerprint) : [];
  return { status, found: [...new Set(found)].sort(), body: status === 200 ? "" : body.trim() };
}

describe.skipIf(SKIPPED !== undefined)(`matchers agree with Alertmanager${SKIPPED ? ` (${SKIPPED})` : ""}`, () => {
  it.each(MODES)(
    "random filters in mode %s: taken or not, and what they find",
    async (mode, args) => {
      const real = await startAlertmanager({ config, args });
      try {
        // Without UTF-8 such names are not taken.
        const plain = LABELS.filter(
          (labels) => mode !== "classic" || Object.keys(labels).every((name) => /^[a-zA-Z_]\w*$/.test(name)),
        );
        await real.post(plain.map((labels) => ({ labels })));
        let taken = 0;
        const differs = async (text: string) => {
          const { status, found, body } = await filtered(real, text);
          const ours = parseMatcher(text, mode);
          taken += status === 200 ? 1 : 0;
          if (ours.ok !== (status === 200))
            return `${JSON.stringify(text)}: ${status} ${body}, ours ${JSON.stringify(ours)}`;
          if (!ours.ok) return undefined;
          const holds = compileMatchers([ours.matcher]);
          return difference(JSON.stringify(text), found, [...new Set(plain.filter(holds).map(fingerprintOf))].sort());
        };
        const count = cases(3_000);
        expect(await search(matcherTexts, { count, parallel: 8, differs })).toEqual([]);
        expect(taken / count).toBeGreaterThan(0.1);
        expect(taken / count).toBeLessThan(0.85);
      } finally {
        await real.stop();
      }
    },
    120_000,
  );

  it("random filters to both servers: the same status, text and alerts", async () => {
    const { real, ours } = await startBoth({ config });
    try {
      for (const one of [real, ours]) await one.post(LABELS.map((labels) => ({ labels })));
      const differs = async (text: string) => {
        const [theirs, mine] = await Promise.all([filtered(real, text), filtered(ours, text)]);
        return difference(JSON.stringify(text), [theirs], [mine]);
      };
      expect(await search(matcherTexts, { count: cases(300), parallel: 4, differs })).toEqual([]);
    } finally {
      await Promise.all([real.stop(), ours.stop()]);
    }
  }, 120_000);

  it("random matchers of a route: taken or not, and how amtool prints them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "headgate-matchers-"));
    try {
      const file = join(folder, "alertmanager.yml");
      const routes = (text: string) => ({
        route: { receiver: "none", routes: [{ receiver: "hit", matchers: [text] }] },
        receivers: [{ name: "none" }, { name: "hit" }],
      });
      const differs = async (text: string) => {
        writeFileSync(file, JSON.stringify(routes(text)));
        const { status, stdout, stderr } = amtool(["config", "routes", "show", `--config.file=${file}`]);
        const ours = parseMatchers(text);
        if (ours.ok !== (status === 0))
          return `${JSON.stringify(text)}: ${status} ${stderr}, ours ${JSON.stringify(ours)}`;
        if (!ours.ok) return undefined;
        const shown = matchersText([...ours.matchers].sort(byMatcher));
        // The text of no matchers is the root's.
        const printed = shown === "{}" ? "    └── default-route" : shown;
        return stdout.includes(`${printed}  receiver: hit`)
          ? undefined
          : `${JSON.stringify(text)}: ${stdout}, ours ${shown}`;
      };
      expect(await search(matcherTexts, { count: cases(400), parallel: 1, differs })).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);
});
