/**
 * One id for everything that one piece of work causes, through queues, topics, buses and calls: where it is read from, and
 * how it goes on. Nothing here is module state: the id of the message in hand comes with its context (C-16).
 */

/** What is carried on beside the id, as it came: W3C trace context and baggage (https://www.w3.org/TR/trace-context/). */
export interface Carrier {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  readonly baggage?: string | undefined;
}

export interface Correlation {
  /** `undefined`: the message came with none. */
  readonly id: string | undefined;
  readonly carrier: Carrier;
}

/** Where a message may carry it, each part absent where the source has none. */
export interface CorrelationPlaces {
  /** Message attributes or HTTP headers, by name. */
  readonly attributes?: Readonly<Record<string, string | undefined>> | undefined;
  /** An EventBridge event's detail, or whatever else has the id among its fields. */
  readonly detail?: unknown;
  /** `AWSTraceHeader`, or the header `X-Amzn-Trace-Id`. */
  readonly traceHeader?: string | undefined;
}

/** The name of the attribute and of the field that is written; the header is `X-Correlation-Id`. */
export const CORRELATION_ATTRIBUTE = "correlationId";
export const CORRELATION_HEADER = "x-correlation-id";

/** Of `correlationId`, `Correlation-ID`, `x_correlation_id` and their like. */
const NAME = /^(x[-_]?)?correlation[-_]?id$/i;
const MAX_ID = 128;
const MAX_CARRIED = 1_024;
/** Its trace id, span id and flags. */
export const TRACEPARENT: RegExp =
  /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;
const ROOT = /(?:^|;)\s*Root=([^;\s]+)/;

/**
 * The first of these that is there: an attribute (or header) of that name, a field `correlationId` or
 * `metadata.correlationId` of the detail, the entry `correlationId` of the baggage, the trace id of `traceparent`, the root
 * of the X-Ray header.
 */
export function readCorrelation({ attributes = {}, detail, traceHeader }: CorrelationPlaces): Correlation {
  const named = new Map<string, string>();
  let own: string | undefined;
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value !== "string" || value === "") continue;
    if (NAME.test(name)) own ??= value;
    else named.set(name.toLowerCase(), value);
  }
  const traceparent = named.get("traceparent");
  const traceId = traceparent === undefined ? undefined : TRACEPARENT.exec(traceparent)?.[1];
  const baggage = carried(named.get("baggage"));
  const header = traceHeader ?? named.get("x-amzn-trace-id");
  const id =
    own ??
    inDetail(detail) ??
    inBaggage(baggage) ??
    traceId ??
    (header === undefined ? undefined : ROOT.exec(header)?.[1]);
  return {
    id: id === undefined ? undefined : safeId(id),
    carrier:
      traceId === undefined
        ? { baggage }
        : { traceparent, tracestate: carried(named.get("tracestate")), baggage },
  };
}

/** Whatever a producer sent, as it may stand in a header, an attribute and one line of a log (F-16). */
function safeId(id: string): string | undefined {
  const safe = id.slice(0, MAX_ID).replace(/[^\x21-\x7e]/g, "_");
  return safe === "" ? undefined : safe;
}

function carried(value: string | undefined): string | undefined {
  return value !== undefined && value.length <= MAX_CARRIED && /^[\x20-\x7e]+$/.test(value)
    ? value
    : undefined;
}

function inDetail(detail: unknown): string | undefined {
  if (typeof detail !== "object" || detail === null) return undefined;
  const { metadata } = detail as { readonly metadata?: unknown };
  return named(detail) ?? (typeof metadata === "object" && metadata !== null ? named(metadata) : undefined);
}

function named(fields: object): string | undefined {
  for (const [name, value] of Object.entries(fields))
    if (NAME.test(name) && typeof value === "string" && value !== "") return value;
  return undefined;
}

function inBaggage(baggage: string | undefined): string | undefined {
  for (const entry of baggage?.split(",") ?? []) {
    const [name = "", value = ""] = (entry.split(";")[0] ?? "").split("=", 2);
    if (!NAME.test(name.trim()) || value.trim() === "") continue;
    try {
      return decodeURIComponent(value.trim());
    } catch {
      return value.trim();
    }
  }
  return undefined;
}

/** The most important first: what has no room is left out. */
export function outgoing(
  id: string,
  { traceparent, tracestate, baggage }: Carrier,
): readonly (readonly [string, string])[] {
  const all: readonly (readonly [string, string | undefined])[] = [
    [CORRELATION_ATTRIBUTE, id],
    ["traceparent", traceparent],
    ["baggage", baggage],
    ["tracestate", tracestate],
  ];
  return all.filter((entry): entry is readonly [string, string] => entry[1] !== undefined);
}
