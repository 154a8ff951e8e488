// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of Go look like those of JavaScript.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import { alertmanagerAddresses } from "../../shared/core/monitoring/alertmanager-addresses.ts";
import { md5 } from "../../shared/core/monitoring/md5.ts";
import { readPrometheusFile } from "../../shared/core/monitoring/prometheus-file.ts";
import { compileRelabel } from "../../shared/core/monitoring/relabel.ts";
import { RELABEL_ACTIONS, RELABEL_DEFAULTS, type RelabelRule } from "../../shared/core/monitoring/relabel-rule.ts";

const rule = (written: Partial<RelabelRule>): RelabelRule => ({ ...RELABEL_DEFAULTS, ...written });
const relabel = (labels: Labels, ...rules: readonly Partial<RelabelRule>[]) => compileRelabel(rules.map(rule))(labels);

const a = { a: "foo", b: "bar", c: "baz" };

test.each<[string, Labels, Partial<RelabelRule>[], Labels | undefined]>([
  [
    "replace puts groups into the replacement",
    a,
    [{ sourceLabels: ["a"], regex: "f(.*)", targetLabel: "d", replacement: "ch${1}-ch${1}" }],
    { ...a, d: "choo-choo" },
  ],
  [
    "replace joins with the separator, one rule after the other",
    a,
    [
      { sourceLabels: ["a", "b"], regex: "f(.*);(.*)r", targetLabel: "a", replacement: "b${1}${2}m" },
      { sourceLabels: ["c", "a"], regex: "(b).*b(.*)ba(.*)", targetLabel: "d", replacement: "$1$2$2$3" },
    ],
    { a: "boobam", b: "bar", c: "baz", d: "boooom" },
  ],
  ["a regex matches the whole value or not at all", a, [{ sourceLabels: ["a"], regex: "o", targetLabel: "d" }], a],
  [
    "without a match nothing is replaced",
    a,
    [{ sourceLabels: ["a"], regex: "x", targetLabel: "b", replacement: "y" }],
    a,
  ],
  [
    "an empty result removes the label",
    a,
    [{ sourceLabels: ["a"], regex: "(f).*", targetLabel: "b", replacement: "$2" }],
    { a: "foo", c: "baz" },
  ],
  ["a constant replacement needs no source", a, [{ targetLabel: "d", replacement: "x" }], { ...a, d: "x" }],
  ["an empty constant removes", a, [{ targetLabel: "a", replacement: "" }], { b: "bar", c: "baz" }],
  [
    "the name of the target may come from the match",
    { a: "x-y" },
    [{ sourceLabels: ["a"], regex: "(.*)-(.*)", targetLabel: "is_${1}", replacement: "$2" }],
    { a: "x-y", is_x: "y" },
  ],
  [
    "a name that comes out empty writes nothing",
    a,
    [{ sourceLabels: ["a"], targetLabel: "${9}", replacement: "x" }],
    a,
  ],
  [
    "$name takes all letters, digits and underscores that follow; ${name} bounds it; $$ is a dollar; a lone one stays",
    { a: "foo" },
    [
      {
        sourceLabels: ["a"],
        regex: "(?P<first>f)(oo)",
        targetLabel: "d",
        replacement: "$1x|${1}x|$$1|${first}|$|${|$01|$9",
      },
    ],
    { a: "foo", d: "|fx|$1|f|$|${||" },
  ],
  ["drop takes a match away", a, [{ sourceLabels: ["a"], regex: ".*o.*", action: "drop" }], undefined],
  ["drop leaves the rest", a, [{ sourceLabels: ["a"], regex: "no-match", action: "drop" }], a],
  ["keep keeps a match", a, [{ sourceLabels: ["a", "b"], regex: "foo;bar", action: "keep" }], a],
  ["keep takes the rest away", a, [{ sourceLabels: ["a"], regex: "f|o", action: "keep" }], undefined],
  ["an absent label is empty to keep", a, [{ sourceLabels: ["x"], regex: "", action: "keep" }], a],
  [
    "a dot matches a newline, as in Prometheus 3",
    { a: "x\ny" },
    [{ sourceLabels: ["a"], regex: "x.y", action: "keep" }],
    { a: "x\ny" },
  ],
  [
    "keepequal keeps what is equal",
    { __tmp_port: "1234", __port1: "1234", __port2: "5678" },
    [{ sourceLabels: ["__tmp_port"], targetLabel: "__port1", action: "keepequal" }],
    { __tmp_port: "1234", __port1: "1234", __port2: "5678" },
  ],
  ["keepequal drops what differs", a, [{ sourceLabels: ["a"], targetLabel: "b", action: "keepequal" }], undefined],
  [
    "dropequal drops what is equal",
    { a: "1", b: "1" },
    [{ sourceLabels: ["a"], targetLabel: "b", action: "dropequal" }],
    undefined,
  ],
  ["dropequal keeps what differs", a, [{ sourceLabels: ["a"], targetLabel: "b", action: "dropequal" }], a],
  [
    "hashmod: the last 8 bytes of the MD5",
    a,
    [{ sourceLabels: ["c"], targetLabel: "d", action: "hashmod", modulus: 1000 }],
    { ...a, d: "976" },
  ],
  [
    "hashmod over several labels",
    { a: "foo\nbar" },
    [{ sourceLabels: ["a"], targetLabel: "b", action: "hashmod", modulus: 1000 }],
    { a: "foo\nbar", b: "734" },
  ],
  [
    "labelmap copies under the new name",
    { a: "foo", b1: "bar", b2: "baz" },
    [{ regex: "(b.*)", replacement: "bar_${1}", action: "labelmap" }],
    { a: "foo", b1: "bar", b2: "baz", bar_b1: "bar", bar_b2: "baz" },
  ],
  [
    "labelmap over meta labels",
    { a: "foo", __meta_my_bar: "aaa", __meta_my_baz: "bbb", __meta_other: "ccc" },
    [{ regex: "__meta_(my.*)", action: "labelmap" }],
    { a: "foo", __meta_my_bar: "aaa", __meta_my_baz: "bbb", __meta_other: "ccc", my_bar: "aaa", my_baz: "bbb" },
  ],
  ["labeldrop removes names", { a: "1", b1: "2", b2: "3" }, [{ regex: "(b.*)", action: "labeldrop" }], { a: "1" }],
  [
    "labelkeep removes the other names",
    { a: "1", b1: "2", b2: "3" },
    [{ regex: "(b.*)", action: "labelkeep" }],
    { b1: "2", b2: "3" },
  ],
  [
    "lowercase and uppercase go rune by rune",
    { a: "bAr123Foo ΑΣ ß" },
    [
      { sourceLabels: ["a"], targetLabel: "up", action: "uppercase" },
      { sourceLabels: ["a"], targetLabel: "low", action: "lowercase" },
    ],
    { a: "bAr123Foo ΑΣ ß", up: "BAR123FOO ΑΣ ß", low: "bar123foo ασ ß" },
  ],
  [
    "after a drop no rule follows",
    a,
    [
      { sourceLabels: ["a"], action: "drop" },
      { targetLabel: "d", replacement: "x" },
    ],
    undefined,
  ],
  ["empty labels are absent", { a: "", b: "1" }, [], { b: "1" }],
])("%s", (_name, labels, rules, expected) => {
  expect(relabel(labels, ...rules)).toEqual(expected);
});

test("MD5 equals the system's", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
      const hex = Array.from(md5(text), (byte) => byte.toString(16).padStart(2, "0")).join("");
      expect(hex).toBe(createHash("md5").update(text).digest("hex"));
    }),
  );
});

test("any rule that is read can be run over any labels, changes nothing it was given and is deterministic", () => {
  const labels = fc.dictionary(fc.constantFrom("a", "b", "__address__", "job"), fc.string({ maxLength: 6 }), {
    maxKeys: 4,
  });
  const rules = fc.record({
    action: fc.constantFrom(...RELABEL_ACTIONS),
    sourceLabels: fc.subarray(["a", "b", "job"]),
    separator: fc.constantFrom(";", ""),
    targetLabel: fc.constantFrom("a", "d", "${1}"),
    regex: fc.constantFrom("(.*)", "a?(.)*", "(a|b)+(?P<n>.*)", "[^;]*;?(.*)"),
    modulus: fc.constant(7),
    replacement: fc.constantFrom("$1", "${n}", "$0x", "", "$"),
  });
  fc.assert(
    fc.property(labels, fc.array(rules, { maxLength: 4 }), (given, written) => {
      const before = JSON.stringify(given);
      const run = compileRelabel(written);
      expect(run(given)).toEqual(run(given));
      expect(JSON.stringify(given)).toBe(before);
    }),
    { numRuns: 200 },
  );
});

test("addresses of Alertmanagers: scheme, prefix and relabeling make the URL", () => {
  const file = readPrometheusFile({
    alerting: {
      alertmanagers: [
        { static_configs: [{ targets: ["am:9093"] }] },
        {
          scheme: "https",
          path_prefix: "/am/",
          static_configs: [{ targets: ["a:1", "b:2"] }],
          relabel_configs: [{ source_labels: ["__address__"], regex: "b.*", action: "drop" }],
        },
      ],
    },
  });
  expect(file.ok && file.settings.alertmanagers.flatMap(alertmanagerAddresses)).toEqual([
    "http://am:9093/api/v2/alerts",
    "https://a:1/am/api/v2/alerts",
  ]);
});
