import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ERRORS } from "../../shared/shell/errors.ts";

test("every error code has a row in docs/errors.md with its status, and no row is left over", async () => {
  const text = await readFile("docs/errors.md", "utf8");
  const rows = new Map(
    [...text.matchAll(/^\| `([a-z_.]+)` \| (\d+) \|/gm)].map((match) => [match[1], Number(match[2])]),
  );
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(Object.entries(ERRORS).map(([code, [status]]) => [code, status])),
  );
});
