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
