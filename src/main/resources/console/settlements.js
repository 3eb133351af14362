// Manual settlements of payments with an unknown outcome: those that wait for another operator, and that of a record.

import { linkTo } from "./address.js";
import { addCell, byId, create, createRow, definitions, setText } from "./dom.js";
import { ageSince, money, outcome, when } from "./payment-text.js";
import { read, readFile } from "./service.js";

/** More are not shown: each waits for a decision of people. */
const MAX_PROPOSALS = 50;
/** An approved one whose payment is unknown was interrupted, and needs another approval. */
const OPEN_STATES = ["proposed", "approved"];

/** The open settlements, with the payments of those that could be read. */
let open = [];
/** The shown rows, as text: unchanged rows keep the focus on their links. */
let shown = "";

/** Reads and shows the open settlements, if the ledger has any. */
export async function showProposals(count) {
  if (count === 0 && open.length === 0) {
    return;
  }
  try {
    open = count === 0 ? [] : await readOpen();
    setText(byId("settlements-fault"), "");
  } catch (problem) {
    setText(byId("settlements-fault"), problem.message);
  }
  show();
}

function show() {
  byId("settlements").hidden = open.length === 0;
  const text = JSON.stringify(open);
  if (text !== shown) {
    shown = text;
    byId("settlements-rows").replaceChildren(...open.map(makeRow));
  }
}

/** Removes a settlement that was ended here, before the next read. */
export function removeProposal({ id }) {
  open = open.filter((settlement) => settlement.id !== id);
  show();
}

async function readOpen() {
  const lists = await Promise.all(
    OPEN_STATES.map((state) => readFile("../settlements?state=" + state + "&limit=" + MAX_PROPOSALS)));
  const known = new Map(open.map((settlement) => [settlement.id, settlement.payment]));
  return Promise.all(lists.flatMap(({ body }) => body.data).slice(0, MAX_PROPOSALS).map(
    async (settlement) => ({
      ...settlement,
      payment: known.get(settlement.id) || await paymentOf(settlement),
    })));
}

/** Its order and amount do not change, so that it is read once; null if it cannot be read. */
const paymentOf = (settlement) =>
  read("payments/" + settlement.payment_id).then(({ body }) => body, () => null);

function makeRow(settlement) {
  const row = createRow();
  const cell = (className, text) => addCell(row, className, text);
  cell("", when(settlement.proposed.at));
  cell("", "").append(create("bdi", "", settlement.proposed.key));
  const { payment } = settlement;
  const subject = cell("wrap", "");
  subject.append(create("bdi", "", payment ? payment.order_id : settlement.payment_id));
  if (payment) {
    subject.append(create("span", "more", money(payment.amount, payment.currency) + " at " + payment.gateway));
  }
  cell("", outcome(settlement.status));
  const why = cell("wrap", "");
  why.append(create("bdi", "", settlement.reason), create("bdi", "more", settlement.evidence));
  const link = linkTo({ payment: settlement.payment_id }, "Review…");
  link.setAttribute("aria-label", "Review the settlement of " + (payment ? payment.order_id : settlement.payment_id));
  cell("").append(link);
  return row;
}

/** Returns the settlement of a payment that waits, or has settled it; null if there is none. */
export async function settlementOf({ id, status, settled_by }) {
  if (status === "unknown") {
    return open.find((settlement) => settlement.payment_id === id) || null;
  }
  return settled_by === "operator" ? (await readFile("../payments/" + id + "/settlement")).body : null;
}

/** Returns what is proposed, as pairs of names and texts. */
export const contentOf = (settlement) => [
  ["Settle as", outcome(settlement.status)],
  ["Reason", settlement.reason],
  ["Evidence", settlement.evidence],
  ["Proposed", "by " + settlement.proposed.key + ", " + when(settlement.proposed.at)
    + " (" + ageSince(settlement.proposed.at) + " ago)"],
];

/** Shows the settlement in the record of its payment. */
export function renderSettlement(settlement) {
  byId("record-settlement-section").hidden = settlement === null;
  byId("record-settlement").replaceChildren(...(settlement === null ? [] : [item(settlement)]));
}

const STATES = {
  proposed: "waits for another operator",
  approved: "approved, but interrupted: approve it again",
  settled: "has settled the payment",
};

function item(settlement) {
  const entry = create("li", settlement.state === "settled" ? "success" : "requires_action");
  const content = create("dl");
  content.append(...definitions([
    ...contentOf(settlement),
    ["Approved", settlement.approved && "by " + settlement.approved.key + ", " + when(settlement.approved.at)],
  ]));
  entry.append(create("span", "outcome", STATES[settlement.state] || settlement.state), content);
  return entry;
}
