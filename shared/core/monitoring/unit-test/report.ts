import { labelsText } from "../../kernel/labels.ts";
import { formatPromDuration } from "../../kernel/prometheus-duration.ts";
import type { AlertGot, TestFailure } from "./types.ts";

const alertLines = (title: string, alerts: readonly AlertGot[]): readonly string[] =>
  alerts.length === 0
    ? [`    ${title}: []`]
    : [
        `    ${title}: [`,
        ...alerts.flatMap(({ labels, annotations }, index) => [
          `      ${index}:`,
          `        Labels:${labelsText(labels)}`,
          `        Annotations:${labelsText(annotations)}`,
        ]),
        "    ]",
      ];

const sampleLines = (title: string, samples: readonly string[]): readonly string[] => [
  `    ${title}: ${samples.length === 0 ? "nil" : samples.join(", ")}`,
];

/** What was expected and what came, in promtool's words. */
export function failureLines(failure: TestFailure): readonly string[] {
  const time = formatPromDuration(failure.evalTimeMs);
  switch (failure.kind) {
    case "alert":
      return [
        `  alertname: ${failure.alertname}, time: ${time},`,
        ...alertLines("exp", failure.expected),
        ...alertLines("got", failure.got),
      ];
    case "expr":
      return [
        `  expr: ${JSON.stringify(failure.expr)}, time: ${time},`,
        ...sampleLines("exp", failure.expected),
        ...sampleLines("got", failure.got),
      ];
    case "error":
      return [`  ${failure.what}, time: ${time}, err: ${failure.message}`];
  }
}
