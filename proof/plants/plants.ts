/**
 * Known faults, each as a change of one place in our own code. `says` is what the fault does; `seen` is where it was met:
 * in another library, in the model of the protocol (V), on a real engine (T), or in the scenarios by id.
 */

import { CORE_PLANTS } from "./core.ts";
import { ENGINE_PLANTS } from "./engine.ts";
import type { Plant } from "./plant.ts";
import { STORE_PLANTS } from "./stores.ts";

export const PLANTS: readonly Plant[] = [...CORE_PLANTS, ...ENGINE_PLANTS, ...STORE_PLANTS];
