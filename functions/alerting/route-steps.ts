import { compileMatcher, matcherText } from "../../shared/core/alerting/matchers/match.ts";
import type { CompiledRoute } from "../../shared/core/alerting/routes.ts";
import type { Matcher } from "../../shared/core/alerting/types.ts";
import { type Labels, labelOf } from "../../shared/core/kernel/labels.ts";
import type { RouteStepView } from "../api/views-alerting.ts";

/** Routes below one that did not match, or behind one that took the alert, are told in one line each; a file may have thousands. */
const MOST = 500;

const refusing = (matchers: readonly Matcher[], labels: Labels): Matcher | undefined =>
  matchers.find((matcher) => !compileMatcher(matcher)(labelOf(labels, matcher.name)));

function refusal(matcher: Matcher, labels: Labels): string {
  const has = Object.hasOwn(labels, matcher.name);
  const found = has
    ? `${matcher.name} is ${JSON.stringify(labels[matcher.name])}`
    : `there is no label ${matcher.name}`;
  return `${matcherText(matcher)} does not hold: ${found}`;
}

/** How labels go through the tree of routes: which took them, and why the others did not. In the order in which they are looked at. */
export function routeSteps(root: CompiledRoute, labels: Labels): readonly RouteStepView[] {
  const steps: RouteStepView[] = [];
  const add = (route: CompiledRoute, depth: number, result: RouteStepView["result"], why: string): number => {
    const { key, id, receiver, matchers } = route;
    if (steps.length < MOST) steps.push({ key, id, receiver, matchers, depth, result, why });
    return steps.length - 1;
  };
  const visit = (route: CompiledRoute, depth: number): boolean => {
    const bad = refusing(route.matchers, labels);
    if (bad) {
      add(route, depth, "refused", refusal(bad, labels));
      return false;
    }
    const at = add(route, depth, "chosen", "");
    let taken: CompiledRoute | undefined;
    let ended = false;
    for (const child of route.routes) {
      if (ended) {
        add(
          child,
          depth + 1,
          "skipped",
          `not looked at: the alert went to ${taken?.receiver} before, without continue`,
        );
        continue;
      }
      if (!visit(child, depth + 1)) continue;
      taken = child;
      ended = !child.continue;
    }
    const step = steps[at];
    if (step?.id === route.id)
      steps[at] = taken
        ? { ...step, result: "passed", why: "it matches, and so does a route below it, which takes the alert" }
        : {
            ...step,
            why:
              depth === 0
                ? "no route below it matches: the root takes what is left"
                : `it matches, and none below it does: goes to ${route.receiver}`,
          };
    return true;
  };
  visit(root, 0);
  return steps;
}
