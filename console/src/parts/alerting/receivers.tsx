import type { AlertRoutesView } from "../../../../functions/api/views-alerting.ts";
import { sendTrial } from "../../api-alerting.ts";
import { useActDenial } from "../../me.ts";
import { closeSheet, sheet } from "../../sheet.ts";
import { ActSheet } from "../act-sheet.tsx";
import { Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";

type Receiver = AlertRoutesView["receivers"][number];

/** Who can be told, by what, and a trial message to each. */
export function Receivers({ receivers }: { receivers: readonly Receiver[] }) {
  const denial = useActDenial();
  return (
    <Table class="receivers">
      <caption class="unseen">Receivers</caption>
      <Thead>
        <Tr>
          <Th>Receiver</Th>
          <Th>Told by</Th>
          <Th>Try</Th>
        </Tr>
      </Thead>
      <Tbody>
        {receivers.map((receiver) => (
          <Tr key={receiver.name}>
            <Td class="name">
              <bdi>{receiver.name}</bdi>
            </Td>
            <Td class="by">
              {receiver.integrations.length === 0 && <span class="none">nothing: nobody is told</span>}
              {receiver.integrations.map((one) => (
                <span key={one.id} class="integration">
                  <code>{one.id}</code>
                  {!one.sendable && <span class="muted"> not sent by Headgate</span>}
                  {!one.sendResolved && <span class="muted"> firing only</span>}
                </span>
              ))}
            </Td>
            <Td class="try">
              <button
                type="button"
                data-trial={receiver.name}
                aria-label={`Send a trial message to ${receiver.name}`}
                disabled={denial !== undefined || receiver.integrations.length === 0}
                title={denial}
                onClick={() => sheet.set(<TrialDialog receiver={receiver} onClose={closeSheet} />)}
              >
                Trial message
              </button>
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

function TrialDialog({ receiver, onClose }: { receiver: Receiver; onClose: () => void }) {
  const sendable = receiver.integrations.filter((one) => one.sendable);
  return (
    <ActSheet
      title="Send a trial message"
      subject={receiver.name}
      button="Send"
      fault={undefined}
      consequences={[
        sendable.length === 0
          ? "Headgate sends to none of its integrations itself: nothing goes out."
          : `One message, marked as a trial, goes out now by ${sendable.map(({ id }) => id).join(", ")}.`,
        "Whoever is behind it may be paged by it. No alert, group or history changes.",
      ]}
      send={async (key) => {
        const { items } = await sendTrial(receiver.name, key);
        return {
          told: items.map((one) => `${one.integration}: ${one.ok ? "delivered" : "not delivered"}, ${one.detail}`),
          ok: items.every((one) => one.ok),
        };
      }}
      onClose={onClose}
    >
      {null}
    </ActSheet>
  );
}
