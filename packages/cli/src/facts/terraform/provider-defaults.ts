/**
 * What the provider's documentation says of attributes that are not set, as far as other resources calculate with them
 * (https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lambda_function, …/sqs_queue).
 */

export const PROVIDER_DEFAULTS: ReadonlyMap<string, number | boolean> = new Map<string, number | boolean>([
  ["aws_lambda_function.timeout", 3],
  ["aws_lambda_function.memory_size", 128],
  ["aws_lambda_function.reserved_concurrent_executions", -1],
  ["aws_sqs_queue.visibility_timeout_seconds", 30],
  ["aws_sqs_queue.message_retention_seconds", 345_600],
  ["aws_sqs_queue.delay_seconds", 0],
  ["aws_sqs_queue.receive_wait_time_seconds", 0],
  ["aws_sqs_queue.fifo_queue", false],
  ["aws_sqs_queue.content_based_deduplication", false],
  ["aws_kinesis_stream.retention_period", 24],
]);
