// Access to the page. Values from clients (orders, users) are inserted as text, never as markup.

export const byId = (id) => document.getElementById(id);

/** Writes only differences, so that screen readers announce changes only. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

export function setState(element, state) {
  if (element.dataset.state !== state) {
    element.dataset.state = state;
  }
}

/** Returns the terms and descriptions of a list, without those that have no text. */
export const definitions = (pairs) => pairs.filter(([, text]) => text).flatMap(([name, text]) => {
  const description = create("dd");
  description.append(create("bdi", "", text));
  return [create("dt", "", name), description];
});

/** Returns a row of a table, whose roles some browsers forget with another display. */
export function createRow() {
  const row = create("tr");
  row.setAttribute("role", "row");
  return row;
}

/** Adds a cell to a row, and returns it. */
export function addCell(row, className, text) {
  const cell = create("td", className, text);
  cell.setAttribute("role", "cell");
  row.append(cell);
  return cell;
}

export function create(name, className, text) {
  const element = document.createElement(name);
  if (className) {
    element.className = className;
  }
  if (text !== undefined) {
    element.textContent = text;
  }
  return element;
}
