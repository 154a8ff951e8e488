import type { JobVertex } from "../core/kernel/jobs.ts";
import { fields, list } from "./flink-read.ts";

type Inputs = JobVertex["inputs"];

/** What each vertex of `GET /jobs/:id` reads from, of the plan in it. */
export function readLinks(body: unknown): ReadonlyMap<string, Inputs> {
  const nodes = list(fields(fields(body)["plan"])["nodes"]).map(fields);
  return new Map(
    nodes.flatMap((node): [string, Inputs][] => {
      const { id } = node;
      if (typeof id !== "string") return [];
      const inputs = list(node["inputs"]).flatMap((input) => {
        const { id: from, ship_strategy: ship } = fields(input);
        return typeof from === "string" ? [{ id: from, ship: String(ship ?? "") }] : [];
      });
      return [[id, inputs]];
    }),
  );
}

/** Each after all that it reads from, otherwise as they came. What reads from itself, by whatever way, comes last. */
export function topological(vertices: readonly JobVertex[]): readonly JobVertex[] {
  const sorted: JobVertex[] = [];
  const done = new Set<string>();
  const here = new Set(vertices.map(({ id }) => id));
  let left = [...vertices];
  while (left.length > 0) {
    const ready = left.filter(({ inputs }) => inputs.every(({ id }) => done.has(id) || !here.has(id)));
    const next = ready.length > 0 ? ready : left;
    sorted.push(...next);
    for (const { id } of next) done.add(id);
    left = left.filter(({ id }) => !done.has(id));
  }
  return sorted;
}
