import { getDrivers } from "../../api-cost.ts";
import { calmly } from "../../calm.ts";
import { NOT_SAID } from "../../cost-days.ts";
import { money } from "../../money.ts";
import { useResource } from "../../resource.ts";
import { Empty, Loading } from "../looks.tsx";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";
import { longDay, Money, Notes } from "./figure.tsx";

const REST_MS = 60_000;
const LISTED = 12;

const EFFECTS = {
  price: "price",
  volume: "volume",
  mixed: "price or volume",
  new: "new",
  gone: "gone",
  purchase: "purchases",
  tax: "tax",
  credit: "credits",
  adjustment: "adjustments",
} as const;

const signed = (amount: string, currency: string): string =>
  `${Number(amount) >= 0.005 ? "+" : ""}${money(amount, currency)}`;

/** What changed against the span before: lines that sum to the difference. */
export function Drivers({ from, to }: { from: string; to: string }) {
  const key = `cost drivers ${from} ${to}`;
  const { value, failure } = useResource(
    key,
    () => calmly(key, "", REST_MS, (signal) => getDrivers({ from, to }, signal)),
    REST_MS,
  );
  const currency = value?.currency ?? "";
  return (
    <section>
      <h2>What changed</h2>
      {value === undefined ? (
        failure ? (
          <p class="muted">What changed is not known: {failure.message}</p>
        ) : (
          <Loading what="what changed" rows={4} />
        )
      ) : value.drivers === undefined ? (
        <Empty title="There is nothing to compare with." />
      ) : (
        <>
          <p>
            <strong>{signed(value.drivers.difference, currency)}</strong>{" "}
            <span class="muted">
              against {longDay(value.against.from)} to {longDay(value.against.to)}:{" "}
              {value.drivers.effects.map((one) => `${EFFECTS[one.effect]} ${signed(one.amount, currency)}`).join(", ")}
            </span>
          </p>
          <Table class="cost-plain drivers">
            <caption class="unseen">What changed, the largest difference first</caption>
            <Thead>
              <Tr>
                <Th>What</Th>
                <Th>Why</Th>
                <Th class="number">Before</Th>
                <Th class="number">After</Th>
                <Th class="number">Difference</Th>
              </Tr>
            </Thead>
            <Tbody>
              {value.drivers.rows.slice(0, LISTED).map((one) => {
                const name = [one.service, one.resourceType, one.usageType].filter((part) => part !== undefined);
                return (
                  <Tr key={name.join("\n")}>
                    <RowTh>
                      <bdi>{name[0] ?? NOT_SAID}</bdi>
                      {name.length > 1 && (
                        <span class="outcome">
                          <bdi>{name.slice(1).join(", ")}</bdi>
                        </span>
                      )}
                    </RowTh>
                    <Td>{one.effects.map(({ effect }) => EFFECTS[effect]).join(", ")}</Td>
                    <Td class="number">
                      <Money amount={one.before} currency={currency} />
                    </Td>
                    <Td class="number">
                      <Money amount={one.after} currency={currency} />
                    </Td>
                    <Td class="number">{signed(one.difference, currency)}</Td>
                  </Tr>
                );
              })}
            </Tbody>
          </Table>
          {value.drivers.rows.length > LISTED && (
            <p class="muted">and {value.drivers.rows.length - LISTED} smaller ones</p>
          )}
          <Notes notes={value.notes} />
        </>
      )}
    </section>
  );
}
