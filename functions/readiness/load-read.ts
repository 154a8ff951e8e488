import * as v from "valibot";
import { type LoadPlan, LoadPlanFile } from "../../shared/core/readiness/load/plan.ts";
import { describe, listsForMaps } from "../../shared/shell/config-faults.ts";
import { pathText, readYaml } from "../../shared/shell/yaml-document.ts";
import { refusedFile } from "../refused-file.ts";

const MAX_BYTES = 4_194_304;

/**
 * Reads the file of a load test (YAML or JSON).
 *
 * @throws HeadgateError `input.invalid` with a fault for each place that is wrong
 */
export function readLoadPlan(text: string, file = "load.yaml"): LoadPlan {
  const document = readYaml(text, { file, maxBytes: MAX_BYTES, wants: "a map with name, target and stages" });
  const read = document.ok ? v.safeParse(LoadPlanFile, document.value) : undefined;
  const faults = !document.ok
    ? document.faults.map((fault) => ({ file, ...fault }))
    : [...(read?.issues ?? []).map(describe), ...(read?.success ? listsForMaps(document.value, read.output) : [])].map(
        ({ path, atKey, ...fault }) => ({ file, path: pathText(path), ...document.locate(path, atKey), ...fault }),
      );
  if (faults.length > 0 || !read?.success) throw refusedFile("input.invalid", file, faults);
  return read.output;
}
