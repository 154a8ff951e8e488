import type { DecisionView } from "../../../functions/api/views.ts";
import { duration, words } from "../format.ts";
import { knownOf } from "../known.ts";
import { nameWords } from "../values.ts";
import { Sparkline } from "./sparkline.tsx";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "./table.tsx";
import { At } from "./time.tsx";

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
        {rows.map((row, index) => (
          <Tr key={index} class={row.value === undefined ? "input-missing" : undefined}>
            <RowTh>{nameWords(row.name)}</RowTh>
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
