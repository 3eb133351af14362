// Compiles only if payments and refunds are unions by status.
import type { components } from './schema';

type Schemas = components['schemas'];

export function reason(payment: Schemas['Payment']): string {
  if (payment.status === 'failed') {
    return payment.error.message;
  }
  // @ts-expect-error Only failed payments have an error.
  return payment.error;
}

export function refunded(payment: Schemas['Payment']): string | undefined {
  switch (payment.status) {
    case 'partially_refunded':
    case 'refunded':
      return payment.refunded;
    case 'success':
      return payment.settled_at;
    default:
      // @ts-expect-error Only settled payments have this time: here, some are not.
      return payment.settled_at;
  }
}

export function refundReason(refund: Schemas['Refund']): string {
  if (refund.status === 'failed') {
    return refund.error.message;
  }
  // @ts-expect-error Only failed refunds have an error.
  return refund.error;
}

// @ts-expect-error There is no such status.
export const status: Schemas['Payment']['status'] = 'paid';
