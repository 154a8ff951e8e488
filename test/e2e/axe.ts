import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Serious and critical findings of axe-core, one line each. Of all its rules only contrast depends on the theme. */
export async function findings(page: Page, rules: "all" | "contrast" = "all"): Promise<readonly string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const only = rules === "all" ? {} : { runOnly: { type: "rule", values: ["color-contrast"] } };
  const results = (await page.evaluate(
    `axe.run(${JSON.stringify({ resultTypes: ["violations"], ...only })})`,
  )) as AxeResults;
  return results.violations
    .filter((violation) => violation.impact === "serious" || violation.impact === "critical")
    .flatMap((violation) =>
      violation.nodes.map((node) => `${violation.id}: ${node.html} ${node.failureSummary ?? ""}`),
    );
}
