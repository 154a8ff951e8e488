import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const COUNTS: readonly unknown[] = ["serious", "critical"];

/**
 * Serious and critical findings of axe-core, one line each. Rules that find nothing so grave are left out, and so is what would be thrown away:
 * selectors of the nodes, and style sheets fetched once more. Of all its rules only contrast depends on the theme.
 */
export async function findings(page: Page, rules: "all" | "contrast" = "all"): Promise<readonly string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const results = await page.evaluate(
    async ({ counts, contrast }): Promise<AxeResults> => {
      const { axe } = window as unknown as { axe: Axe };
      const light = axe._audit.rules.filter(({ impact }) => !counts.includes(impact));
      return axe.run({
        resultTypes: ["violations"],
        preload: false,
        selectors: false,
        ...(contrast
          ? { runOnly: { type: "rule", values: ["color-contrast"] } }
          : { rules: Object.fromEntries(light.map(({ id }) => [id, { enabled: false }])) }),
      });
    },
    { counts: COUNTS, contrast: rules === "contrast" },
  );
  return results.violations
    .filter(({ impact }) => COUNTS.includes(impact))
    .flatMap((violation) =>
      violation.nodes.map((node) => `${violation.id}: ${node.html} ${node.failureSummary ?? ""}`),
    );
}

/** As it stands in the page: with what the findings of a rule weigh, each of which is what its rule says. */
interface Axe {
  readonly _audit: { readonly rules: readonly { readonly id: string; readonly impact: string }[] };
  run(options: object): Promise<AxeResults>;
}
