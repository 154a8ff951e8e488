import type { TrafficServiceView } from "../../../../functions/api/views-traffic.ts";
import { Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";
import { StandingMark } from "./standing.tsx";

/** Levels are told of where there is more than one, or where one is in panic. */
export function Levels({ view }: { view: TrafficServiceView }) {
  const levels = view.summary.levels ?? view.summary.gateway?.levels ?? [];
  if (levels.length < 2 && !levels.some(({ panic }) => panic)) return null;
  return (
    <section>
      <h2>Levels</h2>
      <Table class="levels">
        <caption class="unseen">Priority levels and their shares</caption>
        <Thead>
          <Tr>
            {["Level", "Backends", "Share", "State"].map((head) => (
              <Th key={head}>{head}</Th>
            ))}
          </Tr>
        </Thead>
        <Tbody>
          {levels.map((level) => (
            <Tr key={level.priority}>
              <Td>{level.priority}</Td>
              <Td>
                {level.healthy} of {level.total} ok
              </Td>
              <Td>{Math.round(level.share)}&nbsp;%</Td>
              <Td>
                <StandingMark
                  standing={
                    level.panic
                      ? { tone: "failing", icon: "failing", word: "panic: all of them are used" }
                      : { tone: "ok", icon: "ok", word: level.share > 0 ? "used" : "waits for its turn" }
                  }
                />
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </section>
  );
}
