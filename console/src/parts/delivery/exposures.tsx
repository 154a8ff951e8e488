import { getExposures } from "../../api-flags.ts";
import { number } from "../../format.ts";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { Empty, Failed, Loading } from "../looks.tsx";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";
import { Ago } from "../time.tsx";

const part = (some: number, all: number): string => (all > 0 ? `, ${number((100 * some) / all)}\u00a0%` : "");

/** How often each variant was given out, and how requests ended that had it. Nobody has reported: nothing is known, which is not none. */
export function Exposures({ name, variants }: { name: string; variants: readonly string[] }) {
  const { value, failure, reload } = useResource(
    `exposures ${name}`,
    (signal) => getExposures(name, signal),
    usePollMs(),
  );
  if (value === undefined)
    return failure ? <Failed failure={failure} what="exposures" retry={reload} /> : <Loading what="exposures" />;
  const { totals, since } = value;
  if (Object.keys(totals).length === 0)
    return (
      <Empty title="Nobody has reported giving it out.">
        <p>That is not known, it is not zero: processes report what they evaluate every few seconds.</p>
      </Empty>
    );
  const exposed = Object.values(totals).reduce((sum, one) => sum + one.exposed, 0);
  return (
    <>
      <div class="list">
        <Table class="exposures">
          <caption class="unseen">Exposures by variant</caption>
          <Thead>
            <Tr>
              {["Variant", "Given out", "Requests that had it", "Errors", "Slow"].map((head) => (
                <Th key={head}>{head}</Th>
              ))}
            </Tr>
          </Thead>
          <Tbody>
            {[...new Set([...variants, ...Object.keys(totals)])].map((variant) => {
              const tally = totals[variant];
              return (
                <Tr key={variant}>
                  <RowTh class="name">
                    <bdi class="mono">{variant}</bdi>
                  </RowTh>
                  <Td data-label="given out">
                    {tally === undefined ? (
                      <span class="none">not reported</span>
                    ) : (
                      `${number(tally.exposed)}${part(tally.exposed, exposed)}`
                    )}
                  </Td>
                  <Td data-label="requests">{tally && number(tally.requests)}</Td>
                  <Td data-label="errors">{tally && `${number(tally.errors)}${part(tally.errors, tally.requests)}`}</Td>
                  <Td data-label="slow">
                    {tally &&
                      (tally.slow < 0 ? (
                        <span class="none">not counted by all</span>
                      ) : (
                        `${number(tally.slow)}${part(tally.slow, tally.requests)}`
                      ))}
                  </Td>
                </Tr>
              );
            })}
          </Tbody>
        </Table>
      </div>
      {since !== undefined && (
        <p class="muted">
          Counted since <Ago at={since} />.
        </p>
      )}
    </>
  );
}
