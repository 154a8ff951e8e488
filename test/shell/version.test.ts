import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { VERSION } from "../../shared/shell/version.ts";

test("what is sent says the version of the package", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    readonly version: string;
  };
  expect(VERSION).toBe(version);
});
