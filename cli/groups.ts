import { alerts } from "./alerts.ts";
import { anomaly } from "./anomaly.ts";
import { autoscaling } from "./autoscaling.ts";
import { backup } from "./backup.ts";
import { canary } from "./canary.ts";
import { chaos } from "./chaos.ts";
import type { Group } from "./command.ts";
import { config } from "./config.ts";
import { cost } from "./cost.ts";
import { decisions } from "./decisions.ts";
import { deployGroup } from "./deploy.ts";
import { flags } from "./flags.ts";
import { gates } from "./gates.ts";
import { health } from "./health.ts";
import { keys } from "./keys.ts";
import { load } from "./load.ts";
import { monitoring } from "./monitoring.ts";
import { oncall } from "./oncall.ts";
import { recovery } from "./recovery.ts";
import { rollout } from "./rollout.ts";
import { rules } from "./rules.ts";
import { services } from "./services.ts";
import { start } from "./start.ts";
import { traffic } from "./traffic.ts";

/** Every command, in the order of the help. Each loads what it runs on when it runs. */
export const groups: readonly Group[] = [
  start,
  services,
  decisions,
  autoscaling,
  anomaly,
  monitoring,
  rules,
  alerts,
  oncall,
  traffic,
  deployGroup,
  rollout,
  canary,
  gates,
  flags,
  backup,
  recovery,
  chaos,
  load,
  cost,
  config,
  keys,
  health,
];
