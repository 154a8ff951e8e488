import type { RouteStepView } from "../../../../functions/api/views-alerting.ts";
import { Icon, type IconName } from "../../icons.tsx";
import { Matchers } from "./matchers.tsx";

const RESULTS: Readonly<Record<RouteStepView["result"], readonly [word: string, icon: IconName]>> = {
  chosen: ["goes here", "chosen"],
  passed: ["passed on", "arrow"],
  refused: ["not this one", "vetoed"],
  skipped: ["not asked", "held"],
};

/** What became of an alert at one route, as shape and word. */
export function StepResult({ result }: { result: RouteStepView["result"] }) {
  const [word, icon] = RESULTS[result];
  return (
    <span class={`health step-${result}`}>
      <Icon name={icon} size={14} />
      {word}
    </span>
  );
}

interface Node {
  readonly step: RouteStepView;
  readonly under: Node[];
}

/** Steps with their depths as a tree. */
function nested(steps: readonly RouteStepView[]): readonly Node[] {
  const top: Node[] = [];
  const path: Node[] = [];
  for (const step of steps) {
    const node = { step, under: [] };
    path.length = Math.min(path.length, step.depth);
    (path.at(-1)?.under ?? top).push(node);
    path.push(node);
  }
  return top;
}

/** The way of one alert through the tree: which routes took it, and why the others did not. */
export function RouteSteps({ steps }: { steps: readonly RouteStepView[] }) {
  return <Steps nodes={nested(steps)} />;
}

/** Of a file with hundreds of routes most have nothing to do with an alert. */
const REFUSED_SHOWN = 20;

function Steps({ nodes }: { nodes: readonly Node[] }) {
  const taken = ({ step }: Node) => step.result === "chosen" || step.result === "passed";
  const others = nodes.filter((node) => !taken(node));
  const folded = new Set(others.length > REFUSED_SHOWN ? others.slice(REFUSED_SHOWN) : []);
  return (
    <ul class="tree">
      {nodes
        .filter((node) => !folded.has(node))
        .map((node) => (
          <Step key={node.step.id} node={node} />
        ))}
      {folded.size > 0 && (
        <li>
          <details>
            <summary>{folded.size} more routes that did not take it</summary>
            <ul class="tree">
              {[...folded].map((node) => (
                <Step key={node.step.id} node={node} />
              ))}
            </ul>
          </details>
        </li>
      )}
    </ul>
  );
}

function Step({ node: { step, under } }: { node: Node }) {
  return (
    <li>
      <div class={`route route-${step.result}`}>
        <p class="route-head">
          <StepResult result={step.result} />
          <strong>
            <bdi>{step.receiver}</bdi>
          </strong>
        </p>
        <Matchers matchers={step.matchers} />
        <p class="muted">
          <bdi>{step.why}</bdi>
        </p>
      </div>
      {under.length > 0 && <Steps nodes={under} />}
    </li>
  );
}
