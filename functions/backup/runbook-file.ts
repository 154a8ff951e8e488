import * as v from "valibot";
import { RunbookFile, runbookOf } from "../../shared/core/backup/runbook/file.ts";
import type { Runbook } from "../../shared/core/backup/runbook/types.ts";
import { describe } from "../../shared/shell/config-faults.ts";
import { pathText, readYaml } from "../../shared/shell/yaml-document.ts";
import { refusedFile } from "../refused-file.ts";

const MAX_BYTES = 1_048_576;

/**
 * Reads a runbook (YAML or JSON).
 *
 * @throws HeadgateError `input.invalid` with a fault for each place that is wrong
 */
export function readRunbook(text: string, file = "runbook.yaml"): Runbook {
  const document = readYaml(text, { file, maxBytes: MAX_BYTES, wants: "a map with name and steps" });
  const read = document.ok ? v.safeParse(RunbookFile, document.value) : undefined;
  if (read?.success) return runbookOf(read.output);
  const faults = document.ok
    ? (read?.issues ?? []).map((issue) => {
        const { path, atKey, ...fault } = describe(issue);
        return { file, path: pathText(path), ...document.locate(path, atKey), ...fault };
      })
    : document.faults.map((fault) => ({ file, ...fault }));
  throw refusedFile("input.invalid", file, faults);
}
