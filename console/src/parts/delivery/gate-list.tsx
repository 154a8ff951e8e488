import type { GateView } from "../../../../functions/api/views-gates.ts";
import { gateStanding, SYSTEMS } from "../../delivery-words.ts";
import { told } from "../../format.ts";
import { useActDenial } from "../../me.ts";
import { deliveryLink } from "../../router.ts";
import { closeSheet, sheet } from "../../sheet.ts";
import { Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";
import { Ago } from "../time.tsx";
import { StandingMark } from "../traffic/standing.tsx";
import { GateDialog } from "./gate-dialog.tsx";

const HEADS = ["State", "Rollout", "Service", "What the gate says", "Since", "What can be done"];

/** Rollouts that other systems make and Headgate judges; those that wait for a person first. */
export function GateList({ items }: { items: readonly GateView[] }) {
  const sorted = [...items].sort(
    (a, b) =>
      Number(b.waitsSince !== undefined) - Number(a.waitsSince !== undefined) || (b.begunAt ?? 0) - (a.begunAt ?? 0),
  );
  return (
    <div class="list">
      <Table class="gates">
        <caption class="unseen">Gates of other systems, those that wait for a person first</caption>
        <Thead>
          <Tr>
            {HEADS.map((head) => (
              <Th key={head}>{head}</Th>
            ))}
          </Tr>
        </Thead>
        <Tbody>
          {sorted.map((gate) => (
            <GateRow key={`${gate.system}/${gate.id}`} gate={gate} />
          ))}
        </Tbody>
      </Table>
    </div>
  );
}

function GateRow({ gate }: { gate: GateView }) {
  const at = gate.waitsSince ?? gate.ended?.at ?? gate.begunAt;
  const said = gate.ended?.text ?? gate.text;
  return (
    <Tr data-row={`${gate.system}/${gate.id}`}>
      <Td class="state">
        <StandingMark standing={gateStanding(gate)} />
      </Td>
      <Td class="what">
        <span class="muted">{SYSTEMS[gate.system]}</span> <bdi>{gate.id}</bdi>
        {gate.run && (
          <span class="outcome">
            <bdi class="mono">{gate.run}</bdi>
          </span>
        )}
      </Td>
      <Td class="service">
        {gate.service !== "" && (
          <a href={deliveryLink(gate.service)} data-row-link title={gate.service}>
            <bdi>{gate.service}</bdi>
          </a>
        )}
      </Td>
      <Td class="says">
        {said ? told(said) : <span class="none">nothing judged yet</span>}
        {gate.gate && (
          <span class="outcome">
            {gate.gate.status === "open" ? "opened" : "closed"} by <bdi>{gate.gate.by}</bdi>, <Ago at={gate.gate.at} />
          </span>
        )}
        {gate.rollback?.status === "open" && (
          <span class="outcome">
            way back opened by <bdi>{gate.rollback.by}</bdi>, <Ago at={gate.rollback.at} />
          </span>
        )}
      </Td>
      <Td class="when">{at !== undefined && <Ago at={at} />}</Td>
      <Td class="acts">
        <GateButtons gate={gate} />
      </Td>
    </Tr>
  );
}

/** Opens or closes the gate; where nobody has asked for people, the door is still there. */
export function GateButtons({ gate }: { gate: GateView }) {
  const denial = useActDenial();
  const open = gate.gate?.status === "open";
  const verb = open ? "close" : "open";
  return (
    <span class="act-buttons">
      <button
        type="button"
        data-gate={verb}
        disabled={denial !== undefined}
        title={denial}
        onClick={() => sheet.set(<GateDialog gate={gate} verb={verb} door="gate" onClose={closeSheet} />)}
      >
        {open ? "Close" : gate.waitsSince === undefined ? "Open" : "Approve"}
      </button>
      {gate.system === "flagger" && gate.rollback?.status !== "open" && (
        <button
          type="button"
          data-gate="rollback"
          disabled={denial !== undefined}
          title={denial}
          onClick={() => sheet.set(<GateDialog gate={gate} verb="open" door="rollback" onClose={closeSheet} />)}
        >
          Send back
        </button>
      )}
    </span>
  );
}
