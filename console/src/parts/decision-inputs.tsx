import type { DecisionView } from "../../../functions/api/views.ts";
import { duration, quantity, words } from "../format.ts";
import type { Point } from "../shapes.ts";
import { listOf, members, numberOf, show, textOf } from "../values.ts";
import { Sparkline } from "./sparkline.tsx";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "./table.tsx";
import { At } from "./time.tsx";

interface Known {
  readonly name: string;
  readonly value: string | undefined;
  /** Milliseconds between the value's time and the decision; undefined where the input carries no time. */
  readonly ageMs: number | undefined;
  readonly from: string;
  readonly points: readonly Point[];
  readonly unit: string;
}

/** What was known when it was decided: each value with its age, and what was not known said as plainly. */
export function DecisionInputs({ decision }: { decision: DecisionView }) {
  const rows = knownOf(decision);
  if (rows.length === 0) return <p class="muted">This decision had no inputs besides its trigger.</p>;
  return (
    <Table class="inputs">
      <caption class="unseen">Inputs with value and age</caption>
      <Thead>
        <Tr>
          <Th>Input</Th>
          <Th>Value</Th>
          <Th>Age</Th>
          <Th>Read from</Th>
        </Tr>
      </Thead>
      <Tbody>
        {rows.map((row) => (
          <Tr key={row.name} class={row.value === undefined ? "input-missing" : undefined}>
            <RowTh>{words(row.name)}</RowTh>
            <Td class="value">{row.value ?? "not known"}</Td>
            <Td class="age">
              {row.ageMs === undefined ? "" : row.ageMs === 0 ? "at the moment" : `${duration(row.ageMs)} old`}
            </Td>
            <Td class="from">
              {row.points.length > 1 && (
                <Sparkline points={row.points} unit={row.unit} metric={row.name} width={72} height={20} />
              )}
              <span>{row.from}</span>
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

/** Readings, observed counts and plain members of any noun's input, in that order. */
function knownOf(decision: DecisionView): readonly Known[] {
  const input = members(decision.input);
  const rows: Known[] = [];
  for (const [name, reading] of Object.entries(members(input["readings"])))
    rows.push(readingRow(name, reading, decision.at));
  if (input["kind"] === "evaluate") rows.push(...countRows(input["actual"], decision.at));
  for (const [name, value] of Object.entries(input)) {
    if (["readings", "actual", "kind"].includes(name) || value === undefined || value === decision.subject) continue;
    rows.push(plainRow(name, value, decision.at));
  }
  return rows;
}

function readingRow(name: string, value: unknown, at: number): Known {
  const reading = members(value);
  const unit = textOf(reading["unit"]) ?? "";
  const points = listOf(reading["points"]) as readonly Point[];
  const newest = points.at(-1);
  const source = textOf(reading["source"]) ?? "";
  const count = points.length === 1 ? "1 point" : `${points.length} points`;
  return {
    name,
    value: newest === undefined ? undefined : quantity(newest.value, unit),
    // A point covers its period from its time on: it is as old as the end of that.
    ageMs: newest === undefined ? undefined : Math.max(0, at - newest.at - (numberOf(reading["periodMs"]) ?? 0)),
    from: newest === undefined ? source : `${count}, ${source}`,
    points,
    unit,
  };
}

function countRows(value: unknown, at: number): readonly Known[] {
  const nothing = { ageMs: undefined, points: [], unit: "" };
  const actual = members(value);
  const seenAt = numberOf(actual["at"]);
  if (seenAt === undefined)
    return [{ ...nothing, name: "instances", value: undefined, from: "the fleet did not answer" }];
  const counts = ["desired", "pending", "running", "ready"].map((name) => `${show(actual[name])} ${name}`).join(", ");
  const note = actual["deploying"] === true ? "a deployment is replacing instances" : "fleet";
  return [{ ...nothing, name: "instances", value: counts, ageMs: Math.max(0, at - seenAt), from: note }];
}

function plainRow(name: string, value: unknown, at: number): Known {
  const nothing = { ageMs: undefined, from: "", points: [], unit: "" };
  const own = members(value);
  const ownAt = numberOf(own["at"]);
  if (ownAt !== undefined) {
    const rest = Object.entries(own).filter(([member]) => member !== "at");
    return {
      ...nothing,
      name,
      value: rest.map(([, member]) => show(member)).join(" · "),
      ageMs: Math.max(0, at - ownAt),
    };
  }
  const isTime = typeof value === "number" && value > 1e12 && ["until", "at", "since"].includes(name);
  return { ...nothing, name, value: isTime ? new Date(value).toISOString() : show(value) };
}

/** What woke it, in one line. */
export function TriggerLine({ decision }: { decision: DecisionView }) {
  const { trigger } = decision;
  return (
    <p class="woken">
      <At at={decision.at} /> · woken by <strong>{words(trigger.type)}</strong>
      {trigger.detail ? `: ${trigger.detail}` : ""} · mode <strong>{decision.mode}</strong>
    </p>
  );
}
