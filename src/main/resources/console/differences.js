// Rows of the ledger that differ from what was counted, until an operator accepts them.

import { openDialog, startDialog } from "./actions.js";
import { addCell, byId, create, createRow, setText } from "./dom.js";
import { number, usd } from "./format.js";
import { when } from "./payment-text.js";
import { act, read, repeat } from "./service.js";

const READ_MILLIS = 5000;

/** Statuses of problems that the status of the page already shows: no service, or no ledger. */
const SHOWN_ABOVE = [0, 503];

const rowsAndSum = (rows, cents) => number(rows, "row") + ", " + usd(cents) + " USD";

async function refresh() {
  try {
    show((await read("differences")).body.data);
  } catch (problem) {
    if (!SHOWN_ABOVE.includes(problem.status)) {
      byId("differences").hidden = false;
    }
    setText(byId("differences-fault"), problem.message);
  }
}

function show(differences) {
  setText(byId("differences-fault"), "");
  byId("differences").hidden = differences.length === 0;
  byId("differences-rows").replaceChildren(...differences.map(makeRow));
}

function makeRow(difference) {
  const row = createRow();
  const cell = (className, text) => addCell(row, className, text);
  cell("", "").append(create("bdi", "", difference.instance));
  cell("", difference.epoch + " / " + difference.segment);
  cell("number", rowsAndSum(difference.rows, difference.cents));
  cell("number", rowsAndSum(difference.found_rows, difference.found_cents));
  cell("", when(difference.compared_at));
  const button = create("button", "", "Accept…");
  button.type = "button";
  button.addEventListener("click", () => open(difference));
  cell("").append(button);
  return row;
}

function open(difference) {
  byId("acknowledge-reason").value = "";
  setText(
    byId("acknowledge-text"),
    "The look-back will expect the rows of instance " + difference.instance + " as they are now: "
      + rowsAndSum(difference.found_rows, difference.found_cents) + ", instead of "
      + rowsAndSum(difference.rows, difference.cents)
      + ", which were counted. Counters do not change.");
  openDialog("acknowledge", difference);
}

async function acknowledge({ instance, epoch, segment, found_state }) {
  await act("acknowledgements", {
    instance, epoch, segment, found_state, reason: byId("acknowledge-reason").value.trim(),
  });
  await refresh();
}

export function startDifferences() {
  startDialog("acknowledge", acknowledge);
  repeat(refresh, READ_MILLIS);
}
