/** An order consumer of a team that uses Powertools for everything else. */

import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { createOnce } from "@effectively-once/runtime";
import { recordHandler } from "@effectively-once/runtime/powertools-batch";
import { type SqliteTx, sqliteStore } from "@effectively-once/runtime/stores/sqlite";
import { correlated, loggerSink, powertoolsMetricsSink, sinks } from "@effectively-once/runtime/telemetry";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";

const logger = new Logger({ serviceName: "orders" });
const log = correlated(logger);
const metrics = new Metrics({ namespace: "orders", serviceName: "orders" });
export const store = sqliteStore({ path: process.env["ORDERS_DB"] ?? "./orders.db" });
const once = createOnce({
  store,
  namespace: "orders",
  onEvent: sinks(loggerSink(logger), powertoolsMetricsSink(metrics)),
});
const processor = new BatchProcessor(EventType.SQS);

const onRecord = recordHandler<{ orderId: string }, SqliteTx>(
  once,
  { key: (m) => m.body.orderId, envelope: "eventbridge", heartbeat: false },
  async (m) => {
    log.info(`order ${m.body.orderId}`);
    metrics.addMetric("Orders", "Count", 1);
  },
);

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  try {
    return await processPartialResponse(
      event,
      (record: SQSRecord) => onRecord(record, { context }),
      processor,
    );
  } finally {
    metrics.publishStoredMetrics();
  }
}
