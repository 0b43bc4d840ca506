/** What a region has: all its functions, and all event source mappings. */

import type { EventSourceMappingConfiguration, FunctionConfiguration } from "@aws-sdk/client-lambda";
import type { Calls, Listed } from "./calls.ts";
import type { LiveClients } from "./clients.ts";

export function listFunctions(
  calls: Calls,
  { lambda }: LiveClients,
  seen?: (count: number) => void,
): Promise<Listed<FunctionConfiguration>> {
  return calls.list(
    "lambda:ListFunctions",
    "all functions",
    (Marker, options) => lambda.listFunctions({ Marker }, options),
    ({ Functions, NextMarker }) => ({ items: Functions, next: NextMarker }),
    seen,
  );
}

export function listMappings(
  calls: Calls,
  { lambda }: LiveClients,
): Promise<Listed<EventSourceMappingConfiguration>> {
  return calls.list(
    "lambda:ListEventSourceMappings",
    "all event source mappings",
    (Marker, options) => lambda.listEventSourceMappings({ Marker }, options),
    ({ EventSourceMappings, NextMarker }) => ({ items: EventSourceMappings, next: NextMarker }),
  );
}
