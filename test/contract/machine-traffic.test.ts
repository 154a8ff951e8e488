import { circuitMachine } from "../../shared/core/traffic/breaker/machine.ts";
import { someInput, somePolicy } from "../traffic/given-breakers.ts";
import { machineLaws } from "./machine.ts";

machineLaws("traffic, circuits", circuitMachine, { config: somePolicy, input: someInput, maxPauseMs: 90_000 });
