import { dirname, isAbsolute, join } from "node:path";
import type { AlertingConfig, AlertmanagerSettings } from "../shared/core/alerting/types.ts";
import type { AlertTestFile, AlertTestResult } from "../shared/core/alerting/unit-test/types.ts";
import { type Fault, HeadgateError } from "../shared/core/kernel/errors.ts";
import { readAlertingFile } from "./alerts-files.ts";
import type { Verb } from "./command.ts";
import { faultText } from "./faults.ts";
import { readText } from "./files.ts";
import { type Io, plain } from "./io.ts";

const MAX_TEST_BYTES = 8_388_608;

type Config = AlertmanagerSettings | AlertingConfig;

/** The tests of a file, or every fault in it. */
async function readTests(io: Io, file: string): Promise<AlertTestFile | readonly Fault[]> {
  const content = await readText(io, file, MAX_TEST_BYTES);
  const [{ readYaml }, { placedFault }, { readAlertTests }] = await Promise.all([
    import("../shared/shell/yaml-document.ts"),
    import("../shared/shell/placed-fault.ts"),
    import("../shared/core/alerting/unit-test/read.ts"),
  ]);
  const options = { file, maxBytes: MAX_TEST_BYTES, wants: "a file of routing tests with config and tests" };
  const document = readYaml(content, options);
  if (!document.ok) return document.faults.map((fault) => ({ ...fault, file }));
  const read = readAlertTests(document.value);
  return read.ok ? read.file : read.faults.map((fault) => placedFault(file, content, document, fault));
}

/** Every configuration that the tests name, by the name they use. */
async function readConfigs(io: Io, file: string, tests: AlertTestFile): Promise<ReadonlyMap<string, Config>> {
  const names = new Set([tests.config]);
  for (const { events } of tests.tests)
    for (const event of events) if (event.kind === "config") names.add(event.config);
  const configs = new Map<string, Config>();
  for (const name of names) {
    const path = isAbsolute(name) || file === "-" ? name : join(dirname(file), name);
    configs.set(name, await readAlertingFile(io, path));
  }
  return configs;
}

function tell(io: Io, file: string, results: readonly AlertTestResult[]): void {
  for (const { name, failures } of results) {
    if (failures.length === 0) continue;
    io.line(plain(`FAILED ${file}: ${name}`));
    for (const { message, instead = [] } of failures) {
      io.line(plain(`  ${message}`));
      for (const line of instead) io.line(plain(`    ${line}`));
    }
  }
  const good = results.filter(({ ok }) => ok).length;
  io.line(
    plain(`${file}: ${good} of ${results.length} ${results.length === 1 ? "test" : "tests"} came out as expected`),
  );
}

/** `headgate alerts test`. */
export const alertsTestVerb: Verb = {
  name: "test",
  about:
    "Runs routing tests (YAML: who gets what when, what is held back and why) in virtual time; needs no server. Exits 1 if one fails, 2 if a file is wrong.",
  positionals: ["FILE..."],
  example: "headgate alerts test examples/alerting/routing.test.yml",
  run: async ({ io, positionals }) => {
    const { runAlertTest } = await import("../shared/core/alerting/unit-test/run.ts");
    const tested: { readonly file: string; readonly tests: readonly AlertTestResult[] }[] = [];
    const faults: Fault[] = [];
    for (const file of positionals) {
      const read = await readTests(io, file);
      if (!("tests" in read)) {
        faults.push(...read);
        continue;
      }
      try {
        const configs = await readConfigs(io, file, read);
        const config = configs.get(read.config) as Config;
        tested.push({ file, tests: read.tests.map((test) => runAlertTest(test, config, configs)) });
      } catch (error) {
        if (!(error instanceof HeadgateError)) throw error;
        const whole = { file, path: "config", message: error.message };
        faults.push(...(error.faults.length > 0 ? error.faults : [whole]));
      }
    }
    const failed = tested.some(({ tests }) => tests.some(({ ok }) => !ok));
    io.document({ ok: !failed && faults.length === 0, files: tested, faults });
    for (const fault of faults) io.note(plain(faultText(fault)));
    for (const { file, tests } of tested) tell(io, file, tests);
    return faults.length > 0 ? 2 : failed ? 1 : 0;
  },
};
