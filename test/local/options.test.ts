import { expect, test } from "vitest";
import { readStartOptions, START_FLAGS, START_USAGE } from "../../local/options.ts";

test("without options: port 4180, .headgate, load, decisions printed, speed by what is run", () => {
  expect(readStartOptions([])).toEqual({ port: 4180, data: ".headgate", load: true, quiet: false });
});

test("every option is read, in both spellings of a value", () => {
  const args = [
    "--config",
    "a.yaml",
    "--trace=t.csv",
    "--speed",
    "2.5",
    "--port=0",
    "--data",
    "d",
    "--no-load",
    "--quiet",
  ];
  expect(readStartOptions(args)).toEqual({
    config: "a.yaml",
    trace: "t.csv",
    speed: 2.5,
    port: 0,
    data: "d",
    load: false,
    quiet: true,
  });
});

test.each([
  [["--speed", "0"], "--speed is not allowed: 0 (allowed: number 1..600)"],
  [["--speed", "fast"], "--speed is not allowed: fast (allowed: number 1..600)"],
  [["--port", "65536"], "--port is not allowed: 65536 (allowed: whole number 0..65535)"],
  [["--port", "-1"], "--port"],
  [["--port", "4180.5"], "--port is not allowed: 4180.5"],
  [["--data", ""], "--data is empty"],
  [["--sped", "3"], "--sped"],
  [["extra"], "extra"],
])("%j is refused by name", (args, said) => {
  expect(() => readStartOptions(args)).toThrow(said);
});

test("help names every option", () => {
  expect(readStartOptions(["--help", "--port", "1"])).toBe("help");
  for (const name of Object.keys(START_FLAGS)) expect(START_USAGE).toContain(`--${name}`);
});
