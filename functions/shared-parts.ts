// Imported by every part that is loaded later, so that bundlers put all of this into one file instead of one for each
// combination of parts: see deferred.ts. test/infra measures the effect.
import "../shared/core/autoscaling/needs.ts";
import "../shared/core/kernel/acted.ts";
import "../shared/core/kernel/errors.ts";
import "../shared/core/kernel/hash.ts";
import "../shared/core/kernel/id.ts";
import "../shared/core/kernel/instant.ts";
import "../shared/core/kernel/json.ts";
import "../shared/core/kernel/key.ts";
import "../shared/core/kernel/labels.ts";
import "../shared/core/kernel/time.ts";
import "../shared/core/monitoring/rule-subject.ts";
import "../shared/shell/config-store.ts";
import "../shared/shell/trace-context.ts";
import "./api/context.ts";
import "./autoscaling/targets.ts";
import "./bounded.ts";
import "./own.ts";
import "./parse-input.ts";
import "./present.ts";
import "./services/read.ts";
