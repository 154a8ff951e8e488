import { useState } from "preact/hooks";
import { NOT_SAID } from "../../cost-days.ts";
import { number } from "../../format.ts";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";
import { Money } from "./figure.tsx";

const FIRST = 20;

export interface GroupPart {
  readonly name: string;
  readonly cost: string;
  readonly colour: number;
  /** Percent; null: not known. */
  readonly utilization: number | null;
}

/** The same as the pictures, exactly, and with what has no area: credits, and what belongs nowhere. Rows and the unallocated line are the total. */
export function GroupTable(props: {
  parts: readonly GroupPart[];
  unallocated: string;
  total: string;
  currency: string;
  noun: string;
}) {
  const { parts, unallocated, total, currency, noun } = props;
  const [all, setAll] = useState(false);
  const shown = all ? parts : parts.slice(0, FIRST);
  const whole = Number(total);
  const share = (cost: string) => (whole === 0 ? "" : `${number((100 * Number(cost)) / whole)}\u00a0%`);
  return (
    <>
      <Table class="cost-groups">
        <caption class="unseen">Cost by {noun}, the dearest first</caption>
        <Thead>
          <Tr>
            <Th>{noun}</Th>
            <Th class="number">Cost</Th>
            <Th class="number">Share</Th>
            <Th class="number">Utilization</Th>
          </Tr>
        </Thead>
        <Tbody>
          {shown.map(({ name, cost, colour, utilization }) => (
            <Tr key={name} data-group={name}>
              <RowTh>
                <span class={`cost-swatch cat-${colour}`} aria-hidden="true" /> <bdi>{name}</bdi>
              </RowTh>
              <Td class="number">
                <Money amount={cost} currency={currency} />
              </Td>
              <Td class="number">{share(cost)}</Td>
              <Td class="number">
                {utilization === null ? <span class="none">not known</span> : `${number(utilization)}\u00a0%`}
              </Td>
            </Tr>
          ))}
          {Number(unallocated) !== 0 && (
            <Tr>
              <RowTh>
                <span class="none">{NOT_SAID}</span>
              </RowTh>
              <Td class="number">
                <Money amount={unallocated} currency={currency} />
              </Td>
              <Td class="number">{share(unallocated)}</Td>
              <Td />
            </Tr>
          )}
          <Tr class="cost-sum">
            <RowTh>all of it</RowTh>
            <Td class="number">
              <Money amount={total} currency={currency} />
            </Td>
            <Td />
            <Td />
          </Tr>
        </Tbody>
      </Table>
      {parts.length > FIRST && (
        <p class="more">
          <button type="button" onClick={() => setAll(!all)}>
            {all ? "Show fewer" : `Show all ${parts.length}`}
          </button>
        </p>
      )}
    </>
  );
}
