// Makes the calls of calls.json with the generated client, and prints each result as JSON.
import calls from './calls.json';
import * as client from './typescript-fetch';

declare const process: { argv: string[]; exitCode: number };

interface Call {
  operation: string;
  arguments?: Record<string, any>;
  save?: Record<string, string>;
  await?: string;
}

interface Result {
  status: number;
  result: any;
}

const configuration = new client.Configuration({ basePath: process.argv[2] });
const description = new client.DescriptionApi(configuration);
const gateways = new client.GatewaysApi(configuration);
const observations = new client.ObservationsApi(configuration);
const payments = new client.PaymentsApi(configuration);
const refunds = new client.RefundsApi(configuration);
const saved: Record<string, string> = {};
const MAX_ATTEMPTS = 100;
const PAUSE_MILLIS = 200;

const operations: Record<string, (given: Record<string, any>) => Promise<Result>> = {
  describe: () => read(description.describeRaw({}), file => file.text()),
  createPayment: given =>
    read(
      payments.createPaymentRaw({
        order: client.OrderFromJSON(given.order),
        idempotencyKey: given.idempotency_key,
      }),
      client.PaymentToJSON),
  findPayment: given => read(payments.findPaymentRaw({ id: given.id }), client.PaymentToJSON),
  findHistory: given => read(payments.findHistoryRaw({ id: given.id }), client.HistoryToJSON),
  listPayments: given =>
    read(
      payments.listPaymentsRaw({
        limit: given.limit,
        after: given.after,
        status: given.status,
        gateway: given.gateway,
        userTier: given.user_tier,
        orderId: given.order_id,
        userId: given.user_id,
        merchant: given.merchant,
      }),
      client.PaymentPageToJSON),
  listDisputes: given =>
    read(payments.listDisputesRaw({ id: given.id }), client.DisputeListToJSON),
  capturePayment: given =>
    read(
      payments.capturePaymentRaw({
        id: given.id,
        idempotencyKey: given.idempotency_key,
        captureOrder: client.CaptureOrderFromJSON(given.capture_order),
      }),
      client.PaymentToJSON),
  voidPayment: given => read(payments.voidPaymentRaw({ id: given.id }), client.PaymentToJSON),
  createRefund: given =>
    read(
      refunds.createRefundRaw({
        id: given.id,
        idempotencyKey: given.idempotency_key,
        refundOrder: client.RefundOrderFromJSON(given.refund_order),
      }),
      client.RefundToJSON),
  findRefund: given =>
    read(refunds.findRefundRaw({ id: given.id, refund: given.refund }), client.RefundToJSON),
  listRefunds: given => read(refunds.listRefundsRaw({ id: given.id }), client.RefundPageToJSON),
  observe: given =>
    read(
      observations.observeRaw({ observation: client.ObservationFromJSON(given.observation) }),
      client.ReportResultToJSON),
  receiveGatewayWebhook: given =>
    read(
      gateways.receiveGatewayWebhookRaw({ gateway: given.gateway, body: given.body }),
      client.GatewayWebhookResultToJSON),
};

async function read<T>(
    response: Promise<client.ApiResponse<T>>, toJson: (value: T) => any): Promise<Result> {
  try {
    const answer = await response;
    return { status: answer.raw.status, result: await toJson(await answer.value()) };
  } catch (error) {
    if (error instanceof client.ResponseError) {
      return { status: error.response.status, result: await error.response.json() };
    }
    throw error;
  }
}

function fill(value: any): any {
  return typeof value === 'string' ? value.replace(/\${(\w+)}/, (_, name) => saved[name]) : value;
}

/** Repeats a call until the member that it awaits has elements. */
async function make(call: Call, given: Record<string, any>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    const result = await operations[call.operation](given);
    if (!call.await || result.result[call.await]?.length > 0 || attempt === MAX_ATTEMPTS) {
      return result;
    }
    await new Promise(resolve => setTimeout(resolve, PAUSE_MILLIS));
  }
}

async function main() {
  for (const call of calls as unknown as Call[]) {
    const given = Object.entries(call.arguments ?? {}).map(([name, value]) => [name, fill(value)]);
    const { status, result } = await make(call, Object.fromEntries(given));
    for (const [name, pointer] of Object.entries(call.save ?? {})) {
      saved[name] = pointer.split('/').slice(1).reduce((value, member) => value[member], result);
    }
    console.log(JSON.stringify({ operation: call.operation, status, result }));
  }
}

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
